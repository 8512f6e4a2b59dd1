import { changeAttribute } from './bits/attribute-bits.ts';
import { markDirty, takeDirty } from './bits/dirty-set.ts';
import { createSegmentRun, forkSegmentRun, markReaders, rerunSegment, type SegmentRun } from './bits/rerun-segments.ts';
import { writeBit } from './bits/segments.ts';
import { CELL, staysTrue } from './cells/cell-plan.ts';
import { isCompleted } from './cells/sequence-cell.ts';
import { staysReached } from './cells/sum-cell.ts';
import type { Log } from './log/log.ts';
import type { SequenceCell } from './program.ts';
import { approximateSince } from './resident/approximate-since.ts';
import { type CellLinks, type Links, linksOf } from './resident/cell-links.ts';
import { Deadlines } from './resident/deadlines.ts';
import { evaluateAll } from './resident/evaluate-all.ts';
import { type Evidence, evidenceOf } from './resident/evidence.ts';
import { neededNodes } from './resident/needed-nodes.ts';
import type { Engine } from './resident/resident-state.ts';
import { ResidentState, type Subject } from './resident/resident-state.ts';
import { InstantValue, MovingNumber, type Value } from './value.ts';

export type { Evidence } from './resident/evidence.ts';
export type { Subject } from './resident/resident-state.ts';

/** Told once for each flip; `at` is its exact instant. */
export type OnFlip = (segment: number, member: boolean, at: number) => void;

/**
 * The memberships of one profile, kept right while events come, attributes change and time passes. Late events, departing strands and changed
 * consent move or hide rows: create it anew.
 */
export interface Resident {
  readonly now: number;
  /** By segment: 1 for a member. */
  readonly members: Uint8Array;
  /** Nothing flips before this instant if nothing happens. */
  readonly until: number;
  /** Lets time pass; it never goes back. After `maxSteps` deadlines the rest is done in one step: then flips carry `to`. */
  advance(to: number, onFlip: OnFlip, maxSteps?: number): void;
  /** The log's last row is new. Null: more rows may come before `settle`, and until then nothing else is asked. */
  added(row: number, onFlip: OnFlip | null): void;
  /** Runs what rows that were added may change: each once, however many rows there are. */
  settle(onFlip: OnFlip): void;
  /** The subject has other values of these now. */
  attributesChanged(names: Iterable<string>, onFlip: OnFlip): void;
  /**
   * The next flip up to, and with, the horizon of one of these segments (null: of any) if nothing happens; null: none. Not `exact`: after `maxSteps`
   * deadlines none was found, and `at` is the earliest instant that is left. Changes nothing.
   */
  nextFlip(
    segments: readonly number[] | null,
    horizon: number,
    maxSteps: number,
  ): { readonly at: number; readonly exact: boolean } | null;
  evidence(segment: number): Evidence;
  /** The value of a measure or condition now. */
  value(cell: number): Value;
  /** See approximate-since.ts. */
  approximateSince(segment: number): number | null;
}

const MAX_STEPS = 10_000;
/** Entries per cell above which the stale ones among the deadlines are thrown out. */
const STALE_SHARE = 4;

/** Evaluates everything from the log: the stateless way of use, and the start of the resident one. */
export function createResident(engine: Engine, log: Log, subject: Subject, now: number): Resident {
  return new ProfileResident(new ResidentState(engine, log, subject, now, null), null, true);
}

class ProfileResident implements Resident {
  readonly #state: ResidentState;
  readonly #engine: Engine;
  /** Null: all. */
  readonly #needed: Uint8Array | null;
  #links: CellLinks | null = null;
  #deadlines: Deadlines | null = null;
  #run: SegmentRun | null = null;
  /** Room for the literals of an attribute. */
  #scratch: Int32Array | null = null;
  #earliest = Number.POSITIVE_INFINITY;
  /** A measure that no segment reads may differ from then on: it is looked at where time stops, not on the way. */
  #unreadUntil = Number.POSITIVE_INFINITY;

  constructor(state: ResidentState, needed: Uint8Array | null, isNew: boolean) {
    this.#state = state;
    this.#engine = state.engine;
    this.#needed = needed;
    if (isNew) this.#earliest = evaluateAll(state);
  }

  get now(): number {
    return this.#state.now;
  }

  get members(): Uint8Array {
    return this.#state.members;
  }

  get until(): number {
    return this.#earliest;
  }

  advance(to: number, onFlip: OnFlip, maxSteps = MAX_STEPS): void {
    const state = this.#state;
    for (let steps = 0; this.#earliest <= to; steps++) {
      const at = steps < maxSteps ? this.#earliest : to;
      state.now = at;
      this.#markDue(at);
      this.#settle(onFlip);
    }
    if (to > state.now) state.now = to;
    if (this.#unreadUntil <= to) this.#rerunUnread(onFlip);
    if (this.#readsScores()) this.#touch(onFlip);
  }

  added(row: number, onFlip: OnFlip | null): void {
    this.#prepare();
    const { postings } = this.#state;
    const count = postings.add(row);
    for (let i = 0; i < count; i++) this.#markReaders(postings.matched[i] as number, row);
    if (onFlip !== null) this.#touch(onFlip);
  }

  settle(onFlip: OnFlip): void {
    if (this.#run !== null) this.#touch(onFlip);
  }

  attributesChanged(names: Iterable<string>, onFlip: OnFlip): void {
    const { attributes, bits } = this.#engine;
    const state = this.#state;
    const run = this.#prepare();
    const { ofAttribute } = this.#linked();
    this.#scratch ??= new Int32Array(bits.mostWords);
    for (const name of names) {
      const attribute = attributes.get(name);
      if (attribute === undefined) continue;
      const value = state.subject.attribute(name);
      state.attributes[attribute] = value;
      state.converted[attribute] = undefined;
      changeAttribute(bits, attribute, value, this.#scratch, run);
      this.#markLinked(ofAttribute, attribute);
    }
    this.#touch(onFlip);
  }

  nextFlip(segments: readonly number[] | null, horizon: number, maxSteps: number) {
    if (this.#earliest > horizon) return null;
    const { engine, log, subject, now } = this.#state;
    const needed = segments && neededNodes(engine, segments);
    const state = new ResidentState(engine, log, subject, now, this.#state);
    const ahead = new ProfileResident(state, needed, false);
    ahead.#run = forkSegmentRun(this.#prepare(), state.words, state.members);
    ahead.#prepare();
    ahead.#forgetStale();
    let flipped = false;
    const onFlip = (segment: number) => {
      flipped ||= segments === null || segments.includes(segment);
    };
    for (let steps = 0; ahead.until <= horizon; steps++) {
      const at = ahead.until;
      if (steps === maxSteps) return { at, exact: false };
      ahead.#state.now = at;
      ahead.#markDue(at);
      ahead.#settle(onFlip);
      if (flipped) return { at, exact: true };
    }
    return null;
  }

  evidence(segment: number): Evidence {
    return evidenceOf(this.#state, segment);
  }

  value(cell: number): Value {
    const { plan, values, truths, now } = this.#state;
    if (plan.kinds[cell] !== CELL.value) return (truths[cell] as number) < 0 ? null : truths[cell] === 1;
    const value = values[cell] ?? null;
    if (value instanceof MovingNumber) return value.at(now);
    return value instanceof InstantValue && value.moves ? new InstantValue(now, true) : value;
  }

  approximateSince(segment: number): number | null {
    return approximateSince(this.#state, segment);
  }

  #linked(): CellLinks {
    this.#links ??= linksOf(this.#engine);
    return this.#links;
  }

  #readsScores(): boolean {
    return this.#engine.readsScores;
  }

  /** What only those need that live on. */
  #prepare(): SegmentRun {
    this.#run ??= createSegmentRun(this.#engine.segments, this.#state.words, this.#state.members);
    if (this.#deadlines === null) {
      this.#deadlines = new Deadlines(this.#state.untils.length + 64);
      this.#collectDeadlines();
    }
    return this.#run;
  }

  #collectDeadlines(): void {
    const { untils } = this.#state;
    const deadlines = this.#deadlines as Deadlines;
    const { positions } = this.#linked();
    deadlines.clear();
    this.#unreadUntil = Number.POSITIVE_INFINITY;
    for (let cell = 0; cell < untils.length; cell++) {
      if (this.#needed === null || this.#needed[positions[cell] as number] === 1)
        this.#await(cell, untils[cell] as number);
    }
  }

  #await(cell: number, until: number): void {
    if (until === Number.POSITIVE_INFINITY) return;
    if (this.#linked().isRead[cell] === 1) (this.#deadlines as Deadlines).add(until, cell);
    else if (until < this.#unreadUntil) this.#unreadUntil = until;
  }

  #rerunUnread(onFlip: OnFlip): void {
    const { untils, now } = this.#state;
    const { dirty } = this.#prepare();
    const { unread, positions } = this.#linked();
    this.#unreadUntil = Number.POSITIVE_INFINITY;
    for (const cell of unread) {
      if ((untils[cell] as number) <= now) markDirty(dirty, positions[cell] as number);
      else this.#await(cell, untils[cell] as number);
    }
    this.#settle(onFlip);
  }

  #touch(onFlip: OnFlip): void {
    const { dirty } = this.#prepare();
    for (const position of this.#linked().ofScores) markDirty(dirty, position);
    this.#settle(onFlip);
  }

  #markDue(now: number): void {
    const { dirty } = this.#prepare();
    const deadlines = this.#deadlines as Deadlines;
    const { positions } = this.#linked();
    while (deadlines.time <= now) {
      markDirty(dirty, positions[deadlines.cell] as number);
      deadlines.pop();
    }
  }

  #markLinked({ starts, targets }: Links, item: number): void {
    const { dirty } = this.#run as SegmentRun;
    const end = starts[item + 1] as number;
    for (let i = starts[item] as number; i < end; i++) markDirty(dirty, targets[i] as number);
  }

  /** Cells that a further row may change. Most that are true are only true for longer: their `until` may stay as it is. */
  #markReaders(query: number, row: number): void {
    const { segments } = this.#engine;
    const { truths } = this.#state;
    const { starts, targets } = this.#linked().ofQuery;
    const { dirty } = this.#run as SegmentRun;
    const end = starts[query + 1] as number;
    for (let i = starts[query] as number; i < end; i++) {
      const position = targets[i] as number;
      const cell = segments.order[position] as number;
      const isSettled = truths[cell] === 1 ? this.#staysTrue(cell, query, row) : this.#staysUntrue(cell, query);
      if (!isSettled) markDirty(dirty, position);
    }
  }

  #staysTrue(cell: number, query: number, row: number): boolean {
    const { cells } = this.#engine;
    return cells.kinds[cell] === CELL.sum ? staysReached(this.#state, cell, row) : staysTrue(cells, cell, query);
  }

  /** Only sequences, whose lists are long to walk. Its last step completes one, nothing else. */
  #staysUntrue(cell: number, query: number): boolean {
    const { cells } = this.#engine;
    if (cells.kinds[cell] !== CELL.sequence) return false;
    const sequence = cells.cells[cell] as SequenceCell;
    return sequence.steps.at(-1)?.query !== query || !isCompleted(this.#state, sequence);
  }

  /** Runs what is dirty, in the program's order, so that each runs once. */
  #settle(onFlip: OnFlip): void {
    const state = this.#state;
    const needed = this.#needed;
    const { segments } = this.#engine;
    const run = this.#run as SegmentRun;
    const { dirty } = run;
    const { ofSegment } = this.#linked();
    for (let position = takeDirty(dirty, 0); position >= 0; position = takeDirty(dirty, position)) {
      if (needed !== null && needed[position] === 0) continue;
      const node = segments.order[position] as number;
      if (node >= 0) this.#rerunCell(node);
      else if (rerunSegment(segments, position, run)) {
        this.#markLinked(ofSegment, ~node);
        onFlip(~node, state.members[~node] === 1, state.now);
      }
    }
    this.#forgetStale();
  }

  #rerunCell(cell: number): void {
    const state = this.#state;
    const { cells } = this.#engine;
    const before = state.values[cell];
    const truth = state.evaluate(cell);
    const { cellUntil: until } = state;
    if (until !== state.untils[cell] || until <= state.now) {
      state.untils[cell] = until;
      this.#await(cell, until);
    }
    if (cells.kinds[cell] === CELL.value) {
      const after = state.values[cell];
      // Equal lists may be others: their rows, or what is in them, cannot be told apart cheaply.
      if (after === before && (typeof after !== 'object' || after === null)) return;
    } else {
      if (truth === state.truths[cell]) return;
      this.#setLiteral(cells.ifTrue[cell] as number, truth === 1, state.truths[cell] === 1);
      this.#setLiteral(cells.ifFalse[cell] as number, truth === 0, state.truths[cell] === 0);
      state.truths[cell] = truth;
    }
    this.#markLinked(this.#linked().ofCell, cell);
  }

  #setLiteral(literal: number, isSet: boolean, wasSet: boolean): void {
    if (literal < 0 || isSet === wasSet) return;
    writeBit(this.#state.words, literal, isSet);
    markReaders(this.#run as SegmentRun, literal, isSet ? -1 : 0);
  }

  /** Deadlines that their cells have replaced go, as far as they are in the way. */
  #forgetStale(): void {
    const { untils } = this.#state;
    const deadlines = this.#deadlines as Deadlines;
    if (deadlines.size > STALE_SHARE * untils.length + 64) this.#collectDeadlines();
    while (deadlines.size > 0 && untils[deadlines.cell] !== deadlines.time) deadlines.pop();
    this.#earliest = deadlines.time;
  }
}
