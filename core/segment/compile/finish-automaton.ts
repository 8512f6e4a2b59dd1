import type { Instruction, Pattern } from '../language/pattern.ts';
import { type CodeSet, hasCode } from '../language/pattern-set.ts';
import { EDGE, holds, kindOf, OTHER } from '../runtime/pattern/place.ts';
import { AUTOMATON, type Automaton } from '../runtime/program.ts';

/** Beyond these a pattern keeps its machine, which meets its states while it runs. */
const MOST_RUNS = 64;
const MOST_STATES = 128;
const MOST_ENTRIES = 2000;

/** Where the kind of a neighbour changes (place.ts), from 0. */
const KIND_RUNS = [0, 10, 11, 48, 58, 65, 91, 95, 96, 97, 123];

/** Characters that are taken by the same instructions; 0: the end of the text. */
interface CodeClass {
  readonly kind: number;
  readonly accepts: ReadonlySet<number>;
}

interface State {
  readonly threads: readonly number[];
  readonly before: number;
}

/**
 * The pattern's automaton by the construction of subsets (Rabin and Scott 1959), with the fewest states (Moore 1956); null: it would be too large, or
 * the pattern ignores case in a way that is only known of each character.
 */
export function finishAutomaton({ instructions }: Pattern): Automaton | null {
  const runs = runsOf(instructions);
  if (runs === null) return null;
  const { firsts, classOfRun, classes } = classesOf(instructions, runs);
  // Only assertions care for what stands before.
  const asserts = instructions.some(({ op }) => op === 'assert');
  const states: State[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (threads: readonly number[], kind: number): number => {
    const before = asserts ? kind : OTHER;
    const key = `${before} ${threads.join()}`;
    const number = numbers.get(key) ?? states.length;
    if (number === states.length) states.push({ threads, before });
    numbers.set(key, number);
    return number;
  };
  const starts = Array.from({ length: OTHER + 1 }, (_, kind) => numberOf([0], kind));
  const rows: number[][] = [];
  for (let number = 0; number < states.length; number++) {
    if (states.length > MOST_STATES) return null;
    const state = states[number] as State;
    rows.push(
      classes.map((of, id) => {
        const threads = step(instructions, state, of);
        if (threads === null) return AUTOMATON.found;
        return id === 0 ? AUTOMATON.dead : numberOf(threads, of.kind);
      }),
    );
  }
  return packed(merged(rows), starts, firsts, classOfRun);
}

/** Where runs of code points begin that no set and no assertion tells apart. */
function runsOf(instructions: Pattern['instructions']): readonly number[] | null {
  const firsts = new Set(KIND_RUNS);
  for (const instruction of instructions) {
    if (instruction.op !== 'set') continue;
    const { ranges, fold } = instruction.set;
    if (fold) return null;
    for (let i = 0; i < ranges.length; i += 2) firsts.add(ranges[i] as number).add((ranges[i + 1] as number) + 1);
    if (firsts.size > MOST_RUNS) return null;
  }
  return [...firsts].sort((a, b) => a - b);
}

function classesOf(instructions: Pattern['instructions'], runs: readonly number[]) {
  const asserts = instructions.some(({ op }) => op === 'assert');
  const sets = instructions.flatMap((instruction, at): [number, CodeSet][] =>
    instruction.op === 'set' ? [[at, instruction.set]] : [],
  );
  const classes: CodeClass[] = [{ kind: EDGE, accepts: new Set() }];
  const numbers = new Map<string, number>();
  const classOfRun = runs.map((code) => {
    const kind = asserts ? kindOf(code) : OTHER;
    const accepts = sets.filter(([, set]) => hasCode(set, code)).map(([at]) => at);
    const key = `${kind} ${accepts.join()}`;
    const number = numbers.get(key) ?? classes.push({ kind, accepts: new Set(accepts) }) - 1;
    numbers.set(key, number);
    return number;
  });
  return { firsts: runs, classOfRun, classes };
}

/** The threads that go on after a character of the class, with one that begins behind it; null: the pattern is found before it. */
function step(instructions: readonly Instruction[], state: State, of: CodeClass): readonly number[] | null {
  const after = new Set([0]);
  const seen = new Set<number>();
  const open = [...state.threads];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const instruction = instructions[at] as Instruction;
    switch (instruction.op) {
      case 'set':
        if (of.accepts.has(at)) after.add(at + 1);
        break;
      case 'split':
        open.push(instruction.first, instruction.second);
        break;
      case 'jump':
        open.push(instruction.to);
        break;
      case 'match':
        return null;
      default:
        if (instruction.op === 'save' || holds(instruction.at, state.before, of.kind)) open.push(at + 1);
    }
  }
  return [...after].sort((a, b) => a - b);
}

/** Of each state, which it is the same as: its group, and the rows of the groups. */
interface Merged {
  readonly groupOf: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

/** States from which nothing, or in any case something, is found are ends; others are the same if they go to the same ones. */
function merged(given: readonly (readonly number[])[]): Merged {
  const isFound = (to: number) => to === AUTOMATON.found;
  const alive = grown(given, (row, those) => row.some((to) => isFound(to) || those.has(to)));
  const sure = grown(given, (row, those) => row.every((to) => isFound(to) || those.has(to)));
  const end = (state: number) => (sure.has(state) ? AUTOMATON.found : alive.has(state) ? 0 : AUTOMATON.dead);
  let groupOf: readonly number[] = given.map((_, state) => end(state));
  for (let groups = 0; ; ) {
    const numbers = new Map<string, number>();
    const rows: (readonly number[])[] = [];
    const next = given.map((row, state) => {
      if (end(state) < 0) return end(state);
      const to = row.map((one) => (one < 0 ? one : (groupOf[one] as number)));
      const key = `${groupOf[state]} ${to.join()}`;
      const number = numbers.get(key) ?? rows.push(to) - 1;
      numbers.set(key, number);
      return number;
    });
    groupOf = next;
    if (rows.length === groups) return { groupOf, rows: rows.map((row) => row.slice()) };
    groups = rows.length;
  }
}

/** The states that are in, given those that are known to be. */
function grown(
  given: readonly (readonly number[])[],
  isIn: (row: readonly number[], those: ReadonlySet<number>) => boolean,
): ReadonlySet<number> {
  const those = new Set<number>();
  for (let before = -1; those.size > before; ) {
    before = those.size;
    for (const [state, row] of given.entries()) if (isIn(row, those)) those.add(state);
  }
  return those;
}

/** Classes that no state tells apart become one; states become the places of their rows. */
function packed(
  { groupOf, rows }: Merged,
  starts: readonly number[],
  firsts: readonly number[],
  classOfRun: readonly number[],
): Automaton | null {
  const columns = new Map<string, number>([['', 0]]);
  const kept = [0];
  const runClasses = classOfRun.map((of) => {
    const key = `of ${rows.map((row) => row[of]).join()}`;
    const known = columns.get(key) ?? kept.push(of) - 1;
    columns.set(key, known);
    return known;
  });
  const width = kept.length;
  if (rows.length * width > MOST_ENTRIES) return null;
  const place = (group: number) => (group < 0 ? group : group * width);
  const changes = runClasses.map((of, run) => run === 0 || of !== runClasses[run - 1]);
  return {
    firsts: firsts.filter((_, run) => changes[run]),
    classes: runClasses.filter((_, run) => changes[run]),
    table: rows.flatMap((row) => kept.map((of) => place(row[of] as number))),
    starts: starts.map((state) => place(groupOf[state] as number)),
  };
}
