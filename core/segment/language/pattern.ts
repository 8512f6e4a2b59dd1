import { err, ok, type Result } from '../../lib/result.ts';
import type { CodeSet } from './pattern-set.ts';
import { type Assertion, PatternError, type PatternNode, PatternParser } from './pattern-syntax.ts';

/** One instruction of the machine in runtime/pattern. Plain JSON: a published program carries it. */
export type Instruction =
  | { readonly op: 'set'; readonly set: CodeSet }
  | { readonly op: 'assert'; readonly at: Assertion }
  /** Remembers the place as one end of a group: 2 × group, or that plus 1. */
  | { readonly op: 'save'; readonly slot: number }
  /** Goes on at both places; the first is preferred. */
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'match' };

export interface Pattern {
  readonly instructions: readonly Instruction[];
  /** Capturing groups, without the whole match. */
  readonly groups: number;
}

/** Matching costs at most instructions × code points; this bounds the first factor. */
const MAX_INSTRUCTIONS = 2000;
const MAX_PATTERN = 1000;
const TOO_LARGE = 'The pattern is too large: its repetitions multiply.';

/** Compiles RE2 syntax into a Thompson machine (Thompson 1968; Pike's variant with groups). The error is one sentence. */
export function compilePattern(text: string): Result<Pattern, string> {
  if (text.length > MAX_PATTERN) return err(`A pattern has at most ${MAX_PATTERN} characters.`);
  try {
    const parser = new PatternParser(text);
    const tree = parser.parse();
    const instructions: Instruction[] = [];
    emit({ kind: 'group', index: 0, of: tree }, instructions);
    instructions.push({ op: 'match' });
    if (instructions.length > MAX_INSTRUCTIONS) return err(TOO_LARGE);
    return ok({ instructions, groups: parser.groups });
  } catch (error) {
    if (error instanceof PatternError) return err(error.message);
    throw error;
  }
}

function emit(node: PatternNode, out: Instruction[]): void {
  if (out.length > MAX_INSTRUCTIONS) throw new PatternError(TOO_LARGE);
  switch (node.kind) {
    case 'set':
      out.push({ op: 'set', set: node.set });
      return;
    case 'assert':
      out.push({ op: 'assert', at: node.at });
      return;
    case 'group':
      out.push({ op: 'save', slot: 2 * node.index });
      emit(node.of, out);
      out.push({ op: 'save', slot: 2 * node.index + 1 });
      return;
    case 'sequence':
      for (const part of node.of) emit(part, out);
      return;
    case 'choice':
      emitChoice(node.of, out);
      return;
    case 'repeat':
      emitRepeat(node, out);
  }
}

function emitChoice(parts: readonly PatternNode[], out: Instruction[]): void {
  const ends: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1) emit(part, out);
    else {
      const split = reserve(out);
      emit(part, out);
      ends.push(reserve(out));
      out[split] = { op: 'split', first: split + 1, second: out.length };
    }
  }
  for (const end of ends) out[end] = { op: 'jump', to: out.length };
}

function emitRepeat({ of, min, max, lazy }: Extract<PatternNode, { kind: 'repeat' }>, out: Instruction[]): void {
  const fork = (at: number, into: number, past: number) => {
    out[at] = lazy ? { op: 'split', first: past, second: into } : { op: 'split', first: into, second: past };
  };
  if (max === Number.POSITIVE_INFINITY) {
    if (min > 1) emitRepeat({ kind: 'repeat', of, min: min - 1, max: min - 1, lazy }, out);
    // `x*` is `(x+)?`, so that an `x` that matches nothing still takes part once, as in RE2.
    const skip = min === 0 ? reserve(out) : null;
    const body = out.length;
    emit(of, out);
    const again = reserve(out);
    fork(again, body, out.length);
    if (skip !== null) fork(skip, body, out.length);
    return;
  }
  for (let i = 0; i < min; i++) {
    const before = out.length;
    emit(of, out);
    // Nothing any number of times is nothing; nested, the number of times would be enormous.
    if (out.length === before) break;
  }
  const splits: number[] = [];
  for (let i = min; i < max; i++) {
    splits.push(reserve(out));
    emit(of, out);
  }
  for (const split of splits) fork(split, split + 1, out.length);
}

/** A place that is filled in once it is known where the code goes on. */
function reserve(out: Instruction[]): number {
  out.push({ op: 'match' });
  return out.length - 1;
}
