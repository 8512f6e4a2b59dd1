import type { Fact } from '../event/event.ts';
import type { EventId, Instant, SourceId } from '../lib/ids.ts';
import type { FactKey } from './command.ts';
import type { HistoryLines } from './history-lines.ts';

/** Facts that are stored already. */
export interface FactRows {
  /** By `factName`, those that are stored: the number of their strand. */
  strandsOf(facts: readonly FactKey[]): ReadonlyMap<string, number>;
  ofStrand(strand: number): Iterable<Fact>;
  /** Newest first: events received since then that came through these strands from browsers, and those seen before. */
  recent(strands: readonly number[], since: Instant, most: number): readonly SeenEvent[];
}

/** An event that is stored at another profile; kept so that its repetition is known here. */
export interface SeenEvent {
  readonly source: SourceId;
  readonly id: EventId;
  /** When it was received. */
  readonly at: Instant;
}

/** A page of a history that came from elsewhere, stored in one row as it came: none of its facts is stored already. */
export interface HistoryPage {
  readonly strand: number;
  readonly lines: HistoryLines;
  /** What the lines say. */
  readonly facts: readonly Fact[];
}

/** What one write changes in the tables beside the snapshot, in this order. */
export interface RowChanges {
  readonly wipe: boolean;
  /** Deleted. */
  readonly drop: readonly FactKey[];
  /** All facts of one strand get the number of another. */
  readonly renumber: readonly (readonly [from: number, to: number])[];
  /** Stored under the number of a strand that left and came back before its rows were deleted: they get the number in `strand`. */
  readonly adopt: readonly Fact[];
  readonly insert: readonly Fact[];
  readonly pages: readonly HistoryPage[];
  readonly seen: readonly SeenEvent[];
}

export const NO_CHANGES: RowChanges = {
  wipe: false,
  drop: [],
  renumber: [],
  adopt: [],
  insert: [],
  pages: [],
  seen: [],
};

export function insertOnly(insert: readonly Fact[]): RowChanges {
  return insert.length === 0 ? NO_CHANGES : { ...NO_CHANGES, insert };
}

/** Under which number rows of this one lie afterwards. */
export function numberAfter(renumber: RowChanges['renumber'], number: number): number {
  return renumber.reduce((now, [from, to]) => (now === from ? to : now), number);
}

/** One write: what the first puts in goes where the second says, because numbers change before anything is put in. */
export function bothChanges(first: RowChanges, second: RowChanges): RowChanges {
  if (first === NO_CHANGES) return second;
  if (second === NO_CHANGES) return first;
  const moved = <Item extends { readonly strand: number }>(items: readonly Item[]): readonly Item[] =>
    second.renumber.length === 0
      ? items
      : items.map((item) => ({ ...item, strand: numberAfter(second.renumber, item.strand) }));
  // What the first is about to put in cannot be found by who adopts: it is put in where it ends.
  const adopted = new Map(second.adopt.map(({ source, id, strand }) => [`${source}\n${id}`, strand]));
  const placed = (facts: readonly Fact[]): readonly Fact[] =>
    adopted.size === 0
      ? moved(facts)
      : moved(facts).map((fact) => ({ ...fact, strand: adopted.get(`${fact.source}\n${fact.id}`) ?? fact.strand }));
  return {
    wipe: first.wipe || second.wipe,
    drop: [...first.drop, ...second.drop],
    renumber: [...first.renumber, ...second.renumber],
    adopt: [...moved(first.adopt), ...second.adopt],
    insert: [...placed(first.insert), ...second.insert],
    pages: [...moved(first.pages).map((page) => ({ ...page, facts: moved(page.facts) })), ...second.pages],
    seen: [...first.seen, ...second.seen],
  };
}

export const NO_ROWS: FactRows = { strandsOf: () => new Map(), ofStrand: () => [], recent: () => [] };
