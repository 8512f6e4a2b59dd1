import type { ZoneTable } from './program.ts';
import type { EventRow, Value } from './value.ts';
import type { Window } from './window.ts';

/** What general code may ask of the profile, and whom it tells when the answer may change. Implemented by the resident engine. */
export interface Reader {
  readonly now: number;
  readonly zone: ZoneTable;
  /** The value may differ from this instant on: keeps the earliest that is later than `now`. Others are ignored. */
  changesAt(instant: number): void;
  /** JSON as it is stored: null when absent; nulls inside lists are dropped. */
  attribute(attribute: number): Value;
  cell(cell: number): Value;
  member(segment: number): boolean;
  /** null: no such score. */
  score(model: string): number | null;
  /** Rows of the query at or before `now` and inside of the window, in order. Tells `changesAt` when the first of them leaves. */
  rows(query: number, window: Window | null): readonly EventRow[];
  /** A column of a row, or one of EVENT_FIELD; `at` is an InstantValue. */
  column(row: number, column: number): Value;
  at(row: number): number;
}
