import { growthbookSide } from './growthbook.ts';
import { selvedgeSide } from './selvedge.ts';
import { type CaseName, type DecisionSide, SIDES, type SideName } from './side.ts';
import { createDecisionWorkload, PLACEMENTS } from './workload.ts';

export interface DecisionCase {
  readonly sides: ReadonlyMap<SideName, DecisionSide>;
  /** Share of placements that show an offer. */
  readonly filled: number;
}

const LOOKS = 300;

/** Sets up everyone who takes part, and throws unless they all show the same. */
export function createDecisionCase(name: CaseName, seed: number): DecisionCase {
  const workload = createDecisionWorkload(seed);
  const create: Readonly<Record<SideName, () => DecisionSide>> = {
    growthbook: () => growthbookSide(workload, name),
    ours: () => selvedgeSide(workload, name, false),
    'ours, receipt': () => selvedgeSide(workload, name, true),
  };
  const open = () => new Map(SIDES.map((side) => [side, create[side]()] as const));
  const [first, ...others] = [...open()];
  let shown = 0;
  for (let i = 0; i < LOOKS; i++) {
    const expected = JSON.stringify(first?.[1].answer(i));
    shown += (JSON.parse(expected) as (string | null)[]).filter((each) => each !== null).length;
    for (const [label, side] of others) {
      const got = JSON.stringify(side.answer(i));
      if (got !== expected) throw new Error(`${name}, answer ${i}: ${label} shows ${got}, not ${expected}`);
    }
  }
  return { sides: open(), filled: shown / LOOKS / PLACEMENTS };
}

/** So many answers; gives something that depends on all of them. */
export function runAnswers(side: DecisionSide, answers: number): number {
  let sink = 0;
  for (let i = 0; i < answers; i++) {
    for (const shown of side.answer(i)) sink += shown === null ? 0 : shown.length;
  }
  return sink;
}
