import { createAttributeBits } from './bits/attribute-bits.ts';
import { createSegmentBits } from './bits/segments.ts';
import { createCellPlan } from './cells/cell-plan.ts';
import { generalCode } from './general-code.ts';
import type { Program } from './program.ts';
import { createDispatchPlan } from './resident/dispatch-plan.ts';
import type { Engine } from './resident/resident-state.ts';
import { createScanRun } from './scan-run.ts';

export type { Engine } from './resident/resident-state.ts';

/** An engine that runs every program, from scratch and resident. */
export function createEngine(program: Program): Engine {
  const engine: Engine = {
    program,
    bits: createAttributeBits(program),
    segments: createSegmentBits(program),
    cells: createCellPlan(program),
    dispatch: createDispatchPlan(program),
    attributes: new Map(program.attributes.map((name, attribute) => [name, attribute])),
    readsScores: program.cells.some(({ reads }) => reads.scores),
    general: generalCode,
    createRun: () => createScanRun(engine),
    links: null,
  };
  return engine;
}
