import { CELL, type CellPlan } from '../cells/cell-plan.ts';
import type { CellRun } from '../cells/cell-run.ts';
import { evaluateCount } from '../cells/count-cell.ts';
import { createFoldedBuckets, type FoldedBuckets } from '../cells/folded-buckets.ts';
import { evaluateSequence } from '../cells/sequence-cell.ts';
import { evaluateSum } from '../cells/sum-cell.ts';
import type { CoreEngine, Subject } from '../core-engine.ts';
import type { Log } from '../log/log.ts';
import type { SequenceCell, ZoneTable } from '../program.ts';
import type { Value } from '../value.ts';
import type { CellLinks } from './cell-links.ts';
import type { DispatchPlan } from './dispatch-plan.ts';
import { Postings } from './postings.ts';

export type { Subject } from '../core-engine.ts';

/** A program made ready to run every way: built once per isolate and shared by all profiles. Nothing in it belongs to a profile. */
export interface Engine extends CoreEngine {
  readonly cells: CellPlan;
  readonly dispatch: DispatchPlan;
  /** By name: position in `Program.attributes`. */
  readonly attributes: ReadonlyMap<string, number>;
  readonly readsScores: boolean;
  readonly general: GeneralCode;
  /** Made when first asked for (`linksOf`): evaluating once from scratch needs none. */
  links: CellLinks | null;
}

/** The interpreter of general code, for one profile. */
export type GeneralCode = (state: ResidentState) => GeneralRun;

/** Runs general code over a state. */
export interface GeneralRun {
  /** As `ResidentState.evaluate`; tells `cellUntil`. */
  evaluate(cell: number): number;
  /** Whether a row passes `Query.rest`. */
  passesRest(query: number, row: number): boolean;
}

/** Everything that is known of one profile while it is resident. A fork sees the same log and lists, and may run ahead. */
export class ResidentState implements CellRun {
  readonly engine: Engine;
  readonly plan: CellPlan;
  readonly zone: ZoneTable;
  log: Log;
  subject: Subject;
  readonly postings: Postings;
  folded: FoldedBuckets | null;
  now: number;
  cellUntil = Number.POSITIVE_INFINITY;
  /** JSON by attribute, and as values, for those that were asked for. */
  readonly attributes: unknown[];
  readonly converted: (Value | undefined)[];
  readonly words: Int32Array;
  readonly members: Uint8Array;
  /** By cell: the value of those that are no condition; 1 true, 0 false, -1 unknown; when it may differ. */
  readonly values: Value[];
  readonly truths: Int8Array;
  readonly untils: Float64Array;
  readonly places: number[] = [];
  readonly sumHeads: Int32Array;
  readonly sumEnds: Int32Array;
  readonly sumTotals: Float64Array;
  readonly sumSigned: Uint8Array;
  readonly #general: GeneralRun;

  constructor(engine: Engine, log: Log, subject: Subject, now: number, original: ResidentState | null) {
    const { program, cells: plan } = engine;
    this.engine = engine;
    this.plan = plan;
    this.zone = program.zone;
    this.log = log;
    this.subject = subject;
    this.now = now;
    this.#general = engine.general(this);
    if (original !== null) {
      this.postings = original.postings;
      this.folded = original.folded;
      this.attributes = original.attributes;
      this.converted = original.converted;
      this.words = original.words.slice();
      this.members = original.members.slice();
      this.values = original.values.slice();
      this.truths = original.truths.slice();
      this.untils = original.untils.slice();
      this.sumHeads = original.sumHeads.slice();
      this.sumEnds = original.sumEnds.slice();
      this.sumTotals = original.sumTotals.slice();
      this.sumSigned = original.sumSigned.slice();
      return;
    }
    const withdrawn = (strand: number) => this.subject.withdrawn(strand);
    this.postings = new Postings(engine.dispatch, withdrawn, (query, row) => this.#general.passesRest(query, row));
    this.folded = null;
    this.attributes = [];
    this.converted = [];
    this.words = new Int32Array(program.words);
    this.members = new Uint8Array(program.segments.length);
    this.values = [];
    this.truths = new Int8Array(plan.kinds.length);
    this.untils = new Float64Array(plan.kinds.length);
    const sums = plan.sumColumns.length;
    this.sumHeads = new Int32Array(sums);
    this.sumEnds = new Int32Array(sums);
    this.sumTotals = new Float64Array(sums);
    this.sumSigned = new Uint8Array(sums);
    this.reset(log, subject, now);
  }

  /** Begins anew, with another profile as well: in the same memory, but with nothing left in it. */
  reset(log: Log, subject: Subject, now: number): void {
    const { program, dispatch } = this.engine;
    this.log = log;
    this.subject = subject;
    this.now = now;
    this.postings.reset(log, now);
    this.folded = createFoldedBuckets(log.folded, program.queryHash, dispatch, (strand) => subject.withdrawn(strand));
    const names = program.attributes;
    for (let i = 0; i < names.length; i++) this.attributes[i] = subject.attribute(names[i] as string);
    this.converted.length = 0;
    this.values.length = 0;
    // Those of attributes and members are written in any case, but those of cells are only set.
    this.words.fill(0);
    this.sumHeads.fill(0);
    this.sumEnds.fill(-1);
    this.sumSigned.fill(0);
  }

  /** 1 true, 0 false, -1 unknown; a value cell leaves its value in `values`. When it may differ is in `cellUntil` then. */
  evaluate(cell: number): number {
    switch (this.plan.kinds[cell]) {
      case CELL.count:
        return evaluateCount(this, cell) ? 1 : 0;
      case CELL.sum:
        return evaluateSum(this, cell) ? 1 : 0;
      case CELL.sequence:
        return evaluateSequence(this, this.plan.cells[cell] as SequenceCell) ? 1 : 0;
      default:
        this.cellUntil = Number.POSITIVE_INFINITY;
        return this.#general.evaluate(cell);
    }
  }
}
