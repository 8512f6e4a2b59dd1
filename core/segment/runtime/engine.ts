import { type AttributeBits, createAttributeBits } from './bits/attribute-bits.ts';
import { createSegmentBits, type SegmentBits } from './bits/segments.ts';
import { type CellPlan, createCellPlan } from './cells/cell-plan.ts';
import type { Program } from './program.ts';
import { type CellLinks, createCellLinks } from './resident/cell-links.ts';
import { createDispatchPlan, type DispatchPlan } from './resident/dispatch-plan.ts';

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
  /** Made when first asked for: evaluating once from scratch needs none. */
  readonly links: () => CellLinks;
}

export function createEngine(program: Program): Engine {
  let links: CellLinks | null = null;
  return {
    program,
    bits: createAttributeBits(program),
    segments: createSegmentBits(program),
    cells: createCellPlan(program),
    dispatch: createDispatchPlan(program),
    attributes: new Map(program.attributes.map((name, attribute) => [name, attribute])),
    readsScores: program.cells.some(({ reads }) => reads.scores),
    links: () => {
      links ??= createCellLinks(program);
      return links;
    },
  };
}
