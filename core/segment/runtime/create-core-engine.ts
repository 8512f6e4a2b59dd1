import { type AttributeBits, createAttributeBits } from './bits/attribute-bits.ts';
import { createSegmentBits, type SegmentBits } from './bits/segments.ts';
import { type CellPlan, createCellPlan } from './cells/cell-plan.ts';
import type { Program } from './program.ts';
import type { CellLinks } from './resident/cell-links.ts';
import { createDispatchPlan, type DispatchPlan } from './resident/dispatch-plan.ts';
import type { GeneralRun, ResidentState } from './resident/resident-state.ts';

/** A program made ready to run: built once per isolate and shared by all profiles. Nothing in it belongs to a profile. */
export interface Engine {
  readonly program: Program;
  readonly bits: AttributeBits;
  readonly segments: SegmentBits;
  readonly cells: CellPlan;
  readonly dispatch: DispatchPlan;
  /** By name: position in `Program.attributes`. */
  readonly attributes: ReadonlyMap<string, number>;
  readonly readsScores: boolean;
  readonly general: GeneralCode | null;
  /** Made when first asked for (`linksOf`): evaluating once from scratch needs none. */
  links: CellLinks | null;
}

/** The interpreter of general code, for one profile. */
export type GeneralCode = (state: ResidentState) => GeneralRun;

/** Whether a program can only run with an interpreter of general code. */
export function needsGeneralCode({ cells, queries }: Program): boolean {
  return cells.some(({ kind }) => kind === 'value' || kind === 'truth') || queries.some(({ rest }) => rest !== null);
}

/**
 * The engine without the interpreter of general code: a fifth of the size, for browsers. `general`: that interpreter (general-code.ts); null only if the
 * program does not need it.
 */
export function createCoreEngine(program: Program, general: GeneralCode | null): Engine {
  if (general === null && needsGeneralCode(program)) throw new Error('the program has general code');
  return {
    program,
    bits: createAttributeBits(program),
    segments: createSegmentBits(program),
    cells: createCellPlan(program),
    dispatch: createDispatchPlan(program),
    attributes: new Map(program.attributes.map((name, attribute) => [name, attribute])),
    readsScores: program.cells.some(({ reads }) => reads.scores),
    general,
    links: null,
  };
}
