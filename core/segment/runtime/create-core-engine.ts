import { createAttributeBits } from './bits/attribute-bits.ts';
import { createSegmentBits } from './bits/segments.ts';
import { createCellPlan } from './cells/cell-plan.ts';
import type { Program } from './program.ts';
import { createDispatchPlan } from './resident/dispatch-plan.ts';
import type { Engine, GeneralCode } from './resident/resident-state.ts';

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
