import { JUMP } from '../program.ts';

/**
 * Runs the jump code of one segment: triples of literal, counter when it is set, counter when not. `start` may be an end already. True:
 * member. The two ways are branches on purpose: to pick the counter by arithmetic is slower, because nothing can be run ahead then.
 */
export function runJump(code: Int32Array, start: number, words: Int32Array): boolean {
  let at = start;
  while (at >= 0) {
    const literal = code[at] as number;
    if ((((words[literal >> 5] as number) >>> literal) & 1) !== 0) at = code[at + 1] as number;
    else at = code[at + 2] as number;
  }
  return at === JUMP.member;
}
