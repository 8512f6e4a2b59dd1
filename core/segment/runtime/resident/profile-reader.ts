import { CELL } from '../cells/cell-plan.ts';
import { endByNow } from '../cells/cell-run.ts';
import { slackOf, windowEnd } from '../cells/window-end.ts';
import { fromJson } from '../log/event-path.ts';
import { eventId } from '../log/log.ts';
import { columnValue } from '../log/log-column.ts';
import { EVENT_FIELD, type ZoneTable } from '../program.ts';
import type { Reader } from '../reader.ts';
import { EventRow, InstantValue, type Value } from '../value.ts';
import type { Window } from '../window.ts';
import type { ResidentState } from './resident-state.ts';

/** Lets general code see one profile. */
export class ProfileReader implements Reader {
  readonly #state: ResidentState;
  readonly #rows: EventRow[] = [];

  constructor(state: ResidentState) {
    this.#state = state;
  }

  get now(): number {
    return this.#state.now;
  }

  get zone(): ZoneTable {
    return this.#state.zone;
  }

  changesAt(instant: number): void {
    const state = this.#state;
    if (instant > state.now && instant < state.cellUntil) state.cellUntil = instant;
  }

  attribute(attribute: number): Value {
    const { converted, attributes } = this.#state;
    const known = converted[attribute];
    if (known !== undefined) return known;
    const value = fromJson(attributes[attribute]);
    converted[attribute] = value;
    return value;
  }

  cell(cell: number): Value {
    const { plan, values, truths } = this.#state;
    if (plan.kinds[cell] === CELL.value) return values[cell] ?? null;
    const truth = truths[cell] as number;
    return truth < 0 ? null : truth === 1;
  }

  member(segment: number): boolean {
    return this.#state.members[segment] === 1;
  }

  score(model: string): number | null {
    return this.#state.subject.score(model) ?? null;
  }

  rows(query: number, window: Window | null): readonly EventRow[] {
    const state = this.#state;
    const end = endByNow(state, query);
    const { rows, starts, ends, log } = state.postings;
    const found: EventRow[] = [];
    const slack = slackOf(window);
    let isInside = window === null;
    if (end < (ends[query] as number)) this.changesAt(log.at[rows[end] as number] as number);
    for (let place = starts[query] as number; place < end; place++) {
      const row = rows[place] as number;
      if (!isInside) {
        const leaves = windowEnd(log.at[row] as number, window, state.zone);
        if (leaves <= state.now) continue;
        // So are all that come later, until then.
        isInside = leaves - slack > state.now;
        this.changesAt(isInside ? leaves - slack : leaves);
      }
      this.#rows[row] ??= new EventRow(row);
      found.push(this.#rows[row]);
    }
    return found;
  }

  column(row: number, column: number): Value {
    const { log } = this.#state;
    switch (column) {
      case EVENT_FIELD.type:
        return columnValue(log.type, row);
      case EVENT_FIELD.at:
        return new InstantValue(this.at(row));
      case EVENT_FIELD.id:
        return eventId(log, row);
      case EVENT_FIELD.source:
        return columnValue(log.source, row);
      default: {
        const values = log.columns[column];
        return values === undefined ? null : columnValue(values, row);
      }
    }
  }

  at(row: number): number {
    return this.#state.log.at[row] as number;
  }
}
