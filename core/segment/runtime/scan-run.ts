import { writeAttributes } from './bits/attribute-bits.ts';
import { RowPlaces } from './cells/row-places.ts';
import { scanCells, UNSCANNED } from './cells/scan-cells.ts';
import { createScanPlan } from './cells/scan-plan.ts';
import type { Run } from './core-engine.ts';
import { createPlainRun } from './plain-run.ts';
import { type Engine, ResidentState } from './resident/resident-state.ts';
import { runOrder } from './run-order.ts';

/** Evaluates from scratch: most cells are read off sorted rows, others have their lists and general code. */
export function createScanRun(engine: Engine): Run {
  const { program, bits, cells, dispatch } = engine;
  if (program.cells.length === 0) return createPlainRun(engine);
  const scan = createScanPlan(program, dispatch);
  const places = scan && new RowPlaces(dispatch, scan, program.zone);
  let state: ResidentState | null = null;
  const literalOf = (cell: number): number => {
    const { truths } = state as ResidentState;
    let truth = scan !== null && scan.isScanned[cell] === 1 ? (truths[cell] as number) : UNSCANNED;
    if (truth === UNSCANNED) truth = (state as ResidentState).evaluate(cell);
    truths[cell] = truth;
    return truth === 1 ? (cells.ifTrue[cell] as number) : truth === 0 ? (cells.ifFalse[cell] as number) : -1;
  };
  return (log, subject, now) => {
    if (state === null) state = new ResidentState(engine, log, subject, now, null);
    else state.reset(log, subject, now);
    if (scan !== null && places !== null) {
      places.reset(log, now, (strand) => subject.withdrawn(strand));
      scanCells(places, scan, state.truths);
    }
    writeAttributes(bits, state.attributes, state.words);
    runOrder(engine, state.words, state.members, literalOf);
    return state.members;
  };
}
