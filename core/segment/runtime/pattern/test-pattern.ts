import type { Instruction, Pattern } from '../../language/pattern.ts';
import { type CodeSet, hasCode } from '../../language/pattern-set.ts';
import { EDGE, holds, kindOf, OTHER } from './place.ts';

/** States and characters of one pattern that are remembered; beyond them all are forgotten and met again. */
const MOST_STATES = 256;
const MOST_CODES = 4096;

/** Characters that the pattern does not tell apart. `accepts[i]` is true: instruction i takes them. */
interface CodeClass {
  readonly id: number;
  readonly kind: number;
  readonly accepts: readonly boolean[];
}

/** Instructions that may go on here, and what was read last. */
interface State {
  readonly threads: readonly number[];
  readonly before: number;
}

/** What the table of transitions says of a state and a class, below the number of the first state. */
const UNKNOWN = 0;
const FOUND = 1;
/** Nothing can be found any more. */
const DEAD = 2;
const FIRST_STATE = 3;
/** Classes of characters that have room in a row of the table at first. */
const LEAST_STRIDE = 8;

/**
 * Whether the pattern is found anywhere in a text, in time linear in the text. The machine's sets of threads become states of an automaton as they
 * are met, one transition for each class of characters. A transition knows both characters around a place, so assertions need nothing else.
 * `from`: no match begins before that place.
 */
export function createPatternTest({ instructions }: Pattern): (text: string, from?: number) => boolean {
  const { isAnchored, isWhole, test } = beginningOf(instructions);
  if (isWhole) return test;
  const end: CodeClass = { id: 0, kind: EDGE, accepts: [] };
  const classes: CodeClass[] = [end];
  const byKey = new Map<string, CodeClass>();
  const byCode = new Map<number, CodeClass>();
  const ascii = new Uint8Array(128);
  const { singles, wide } = sortSets(instructions);
  let states: State[] = [];
  let numbers = new Map<string, number>();
  let stride = LEAST_STRIDE;
  /** Rows of `stride` by state: the state after each class. */
  let table = new Uint16Array(stride * 2 * FIRST_STATE);

  const numberOf = (threads: readonly number[], before: number): number => {
    if (threads.length === 0) return DEAD;
    const key = `${before} ${threads.join()}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = states.length + FIRST_STATE;
    states.push({ threads, before });
    numbers.set(key, number);
    const room = (number + 1) * stride;
    if (room > table.length) {
      const longer = new Uint16Array(2 * room);
      longer.set(table);
      table = longer;
    }
    return number;
  };
  const forget = () => {
    states = [];
    numbers = new Map();
    table.fill(UNKNOWN);
    for (let kind = EDGE; kind <= OTHER; kind++) numberOf([0], kind);
  };
  forget();

  const classOf = (code: number): CodeClass => {
    const known = byCode.get(code);
    if (known) return known;
    const kind = kindOf(code);
    const accepting = [...(singles.get(code) ?? [])];
    for (const [at, set] of wide) if (hasCode(set, code)) accepting.push(at);
    const key = `${kind} ${accepting.join()}`;
    let found = byKey.get(key);
    if (!found) {
      found = { id: classes.length, kind, accepts: [] };
      for (const at of accepting) (found.accepts as boolean[])[at] = true;
    }
    classes[found.id] = found;
    byKey.set(key, found);
    if (byCode.size > MOST_CODES) byCode.clear();
    byCode.set(code, found);
    if (code < 128 && found.id < 256) ascii[code] = found.id;
    return found;
  };

  /** By instruction: the last step that came there, and that goes on there. */
  const seen = new Int32Array(instructions.length);
  const entered = new Int32Array(instructions.length);
  let steps = 0;

  /** The state after a character of the class; FOUND: the pattern is found before it. */
  const step = ({ threads, before }: State, { kind, accepts }: CodeClass): number => {
    const after = isAnchored ? [] : [0];
    const open = threads.slice();
    steps++;
    entered[0] = steps;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen[at] === steps) continue;
      seen[at] = steps;
      const instruction = instructions[at] as Instruction;
      switch (instruction.op) {
        case 'set':
          if (!accepts[at] || entered[at + 1] === steps) break;
          entered[at + 1] = steps;
          after.push(at + 1);
          break;
        case 'split':
          open.push(instruction.first, instruction.second);
          break;
        case 'jump':
          open.push(instruction.to);
          break;
        case 'match':
          return FOUND;
        default:
          if (instruction.op === 'save' || holds(instruction.at, before, kind)) open.push(at + 1);
      }
    }
    return numberOf(after.length > 1 ? after.sort(rising) : after, kind);
  };

  /** Where a state goes on a code point, or at the end of the text (-1): found in the table, or put there. */
  const follow = (number: number, code: number): number => {
    const of = code < 0 ? end : classOf(code);
    const known = of.id < stride ? (table[number * stride + of.id] as number) : UNKNOWN;
    if (known !== UNKNOWN) return known;
    const state = states[number - FIRST_STATE] as State;
    let from = number;
    if (of.id >= stride || states.length > MOST_STATES) {
      while (of.id >= stride) stride *= 2;
      forget();
      from = numberOf(state.threads, state.before);
    }
    const next = step(state, of);
    table[from * stride + of.id] = next;
    return next;
  };

  return (text, from = 0) => {
    if (from === 0 ? !test(text) : isAnchored) return false;
    let state = FIRST_STATE + (from === 0 ? EDGE : kindOf(text.charCodeAt(from - 1)));
    let rows = table;
    let width = stride;
    for (let i = from; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const id = code < 128 ? (ascii[code] as number) : 0;
      let next = id === 0 ? UNKNOWN : (rows[state * width + id] as number);
      if (next < FIRST_STATE) {
        if (next === UNKNOWN) {
          const point = text.codePointAt(i) as number;
          if (point > 0xffff) i++;
          next = follow(state, point);
          rows = table;
          width = stride;
        }
        if (next < FIRST_STATE) return next === FOUND;
      }
      state = next;
    }
    return follow(state, -1) === FOUND;
  };
}

const rising = (a: number, b: number) => a - b;

/** Instructions that take one character, by that, and those that take more: most patterns are words, so that most characters ask few sets. */
function sortSets(instructions: Pattern['instructions']) {
  const singles = new Map<number, number[]>();
  const wide: [at: number, set: CodeSet][] = [];
  for (let at = 0; at < instructions.length; at++) {
    const instruction = instructions[at];
    if (instruction?.op !== 'set') continue;
    const code = onlyCode(instruction.set);
    if (code === null) wide.push([at, instruction.set]);
    else singles.set(code, [...(singles.get(code) ?? []), at]);
  }
  return { singles, wide };
}

/** The one character of a set; null: it is not one. */
function onlyCode({ ranges, negated, fold }: CodeSet): number | null {
  const [first, last] = ranges;
  return first !== undefined && first === last && ranges.length === 2 && !negated && !fold ? first : null;
}

/** What a pattern begins with as plain text: what lacks it does not match. `isWhole`: there is nothing else in the pattern. */
function beginningOf(instructions: Pattern['instructions']) {
  let [at, text, isAnchored, isEnded] = [0, '', false, false];
  for (; at < instructions.length - 1; at++) {
    const instruction = instructions[at];
    if (instruction?.op === 'assert') {
      if (instruction.at === 'textStart' && text === '') isAnchored = true;
      else if (instruction.at === 'textEnd') isEnded = true;
      else break;
    } else if (instruction?.op === 'set') {
      const code = onlyCode(instruction.set);
      if (code === null || isEnded || (code >= 0xd800 && code < 0xe000)) break;
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
