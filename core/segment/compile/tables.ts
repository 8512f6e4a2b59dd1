import type { Code } from '../runtime/code.ts';
import {
  type CountCell,
  EVENT_FIELD,
  type LogColumn,
  type Query,
  type SequenceCell,
  type SumCell,
  type TruthCell,
  type ValueCell,
} from '../runtime/program.ts';

type Plan<C> = Omit<C, 'reads' | 'ifTrue' | 'ifFalse'>;

/** A cell before it is known who asks for it. */
export type CellPlan = Plan<ValueCell> | Plan<TruthCell> | Plan<CountCell> | Plan<SumCell> | Plan<SequenceCell>;

/** Fields that every event has, by the names of the language. */
const ENVELOPE: Readonly<Record<string, number>> = {
  type: EVENT_FIELD.type,
  eventType: EVENT_FIELD.type,
  timestamp: EVENT_FIELD.at,
  occurredAt: EVENT_FIELD.at,
  _id: EVENT_FIELD.id,
  source: EVENT_FIELD.source,
};

/** Gives each distinct thing the next number. */
class Numbering<T> {
  readonly items: T[] = [];
  readonly #positions = new Map<string, number>();

  of(key: string, item: T): number {
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    this.#positions.set(key, this.items.length);
    return this.items.push(item) - 1;
  }

  find(key: string): number | null {
    return this.#positions.get(key) ?? null;
  }

  /** Puts something else at a position; equal things are not found by the new one. */
  replace(position: number, item: T): void {
    this.items[position] = item;
  }
}

/**
 * What all rules of one compilation share. Numbers are given in the order of asking and are changed for those of the
 * program at the end (number-program.ts).
 */
export class Tables {
  readonly #attributes = new Numbering<string>();
  readonly #columns = new Numbering<LogColumn>();
  readonly #queries = new Numbering<Query>();
  readonly #cells = new Numbering<CellPlan>();

  get attributes(): readonly string[] {
    return this.#attributes.items;
  }
  get columns(): readonly LogColumn[] {
    return this.#columns.items;
  }
  get queries(): readonly Query[] {
    return this.#queries.items;
  }
  get cells(): readonly CellPlan[] {
    return this.#cells.items;
  }

  attribute(name: string): number {
    return this.#attributes.of(name, name);
  }

  /** The column of a path of events, or one of EVENT_FIELD. */
  column(steps: readonly string[]): number {
    const [first = ''] = steps;
    const envelope = Object.hasOwn(ENVELOPE, first) ? ENVELOPE[first] : undefined;
    // Below text or a time there is nothing.
    if (envelope !== undefined) return steps.length === 1 ? envelope : EVENT_FIELD.none;
    return this.#columns.of(JSON.stringify(steps), { steps });
  }

  query(query: Query): number {
    return this.#queries.of(JSON.stringify(query), query);
  }

  queryAt(position: number): Query {
    const query = this.#queries.items[position];
    if (!query) throw new Error(`no query ${position}`);
    return query;
  }

  cell(plan: CellPlan): number {
    return this.#cells.of(JSON.stringify(plan), plan);
  }

  cellAt(position: number): CellPlan {
    const cell = this.#cells.items[position];
    if (!cell) throw new Error(`no cell ${position}`);
    return cell;
  }

  /** The cell whose whole code this is, or null. */
  cellOf(kind: 'value' | 'truth', code: Code): number | null {
    return this.#cells.find(JSON.stringify({ kind, code }));
  }

  replaceCell(position: number, plan: CellPlan): void {
    this.#cells.replace(position, plan);
  }
}
