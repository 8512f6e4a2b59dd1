import { hasCode } from '../../language/pattern-set.ts';
import type { PatternCode } from '../program.ts';
import { EDGE, holds, kindOf } from './place.ts';

/** States and characters of one pattern that are remembered; beyond them all are forgotten and met again. */
const MOST_STATES = 256;
const MOST_CODES = 4096;

/** Characters that the pattern does not tell apart. `accepts[i]`: instruction i takes them. */
interface CodeClass {
  readonly id: number;
  readonly kind: number;
  readonly accepts: readonly boolean[];
}

/** Instructions that may go on here, and what was read last. `next[class]`: the state after it; null: found. */
interface State {
  readonly threads: readonly number[];
  readonly before: number;
  readonly next: (State | null | undefined)[];
}

/**
 * Whether the pattern is found anywhere in a text, in time linear in the text. The machine's sets of threads become states of an automaton as they
 * are met, one transition for each class of characters. A transition knows both characters around a place, so assertions need nothing else.
 */
export function createPatternTest({ instructions }: PatternCode): (text: string) => boolean {
  const { isAnchored, isWhole, test } = beginningOf(instructions);
  if (isWhole) return test;
  const end: CodeClass = { id: 0, kind: EDGE, accepts: [] };
  const classes: CodeClass[] = [end];
  const byKey = new Map<string, CodeClass>();
  const byCode = new Map<number, CodeClass>();
  const ascii = new Uint8Array(128);
  const states = new Map<string, State>();

  const stateOf = (threads: readonly number[], before: number): State => {
    const key = `${before} ${threads.join()}`;
    const known = states.get(key);
    if (known) return known;
    const state = { threads, before, next: [] };
    if (states.size > MOST_STATES) {
      states.clear();
      start = stateOf([0], EDGE);
    }
    states.set(key, state);
    return state;
  };
  let start = stateOf([0], EDGE);

  const classOf = (code: number): CodeClass => {
    const known = byCode.get(code);
    if (known) return known;
    const kind = kindOf(code);
    const accepts = instructions.map((instruction) => instruction.op === 'set' && hasCode(instruction.set, code));
    const key = kind + accepts.map(Number).join('');
    const found = byKey.get(key) ?? { id: classes.length, kind, accepts };
    classes[found.id] = found;
    byKey.set(key, found);
    if (byCode.size > MOST_CODES) byCode.clear();
    byCode.set(code, found);
    if (code < 128 && found.id < 256) ascii[code] = found.id;
    return found;
  };

  /** The state after a character of the class, or null once the pattern is found before it. */
  const step = ({ threads, before }: State, { kind, accepts }: CodeClass): State | null => {
    const seen = new Set<number>();
    const after = new Set<number>(isAnchored ? [] : [0]);
    const open = [...threads];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const instruction = instructions[at];
      switch (instruction?.op) {
        case 'match':
          return null;
        case 'jump':
          open.push(instruction.to);
          break;
        case 'split':
          open.push(instruction.first, instruction.second);
          break;
        case 'set':
          if (accepts[at]) after.add(at + 1);
          break;
        default:
          if (instruction?.op !== 'assert' || holds(instruction.at, before, kind)) open.push(at + 1);
      }
    }
    return stateOf(
      [...after].sort((a, b) => a - b),
      kind,
    );
  };

  return (text) => {
    if (!test(text)) return false;
    let state = start;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      let id = code < 128 ? (ascii[code] as number) : 0;
      if (id === 0) {
        const point = text.codePointAt(i) as number;
        if (point > 0xffff) i++;
        id = classOf(point).id;
      }
      let next = state.next[id];
      if (next === undefined) {
        next = step(state, classes[id] as CodeClass);
        state.next[id] = next;
      }
      if (next === null) return true;
      if (next.threads.length === 0) return false;
      state = next;
    }
    let last = state.next[0];
    if (last === undefined) {
      last = step(state, end);
      state.next[0] = last;
    }
    return last === null;
  };
}

/** What a pattern begins with as plain text: what lacks it does not match. `isWhole`: there is nothing else in the pattern. */
function beginningOf(instructions: PatternCode['instructions']) {
  let [at, text, isAnchored, isEnded] = [0, '', false, false];
  for (; at < instructions.length - 1; at++) {
    const instruction = instructions[at];
    if (instruction?.op === 'assert') {
      if (instruction.at === 'textStart' && text === '') isAnchored = true;
      else if (instruction.at === 'textEnd') isEnded = true;
      else break;
    } else if (instruction?.op === 'set') {
      const { ranges, negated, fold } = instruction.set;
      const code = ranges[0] ?? 0;
      const isOne = ranges.length === 2 && ranges[1] === code && !negated && !fold;
      if (!isOne || isEnded || (code >= 0xd800 && code < 0xe000)) break;
      text += String.fromCodePoint(code);
    } else if (instruction?.op !== 'save') break;
  }
  const isWhole = at === instructions.length - 1;
  const endsHere = isWhole && isEnded;
  const test = isAnchored
    ? (of: string) => (endsHere ? of === text : of.startsWith(text))
    : (of: string) => (endsHere ? of.endsWith(text) : of.includes(text));
  return { isAnchored, isWhole, test };
}
