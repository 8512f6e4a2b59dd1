import type { CheckedCase, ConformanceEvent } from '../../../cli/conformance/segment-evaluator.ts';
import type { LowerContext } from '../../../core/segment/compile/lower-context.ts';
import { lower } from '../../../core/segment/compile/lower-expression.ts';
import { PROFILE } from '../../../core/segment/compile/scope.ts';
import { Tables } from '../../../core/segment/compile/tables.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';
import { addMonths } from '../../../core/segment/runtime/calendar/add-units.ts';
import type { Code } from '../../../core/segment/runtime/code.ts';
import { evaluateCode } from '../../../core/segment/runtime/general/evaluate-code.ts';
import { type Truth, truthOf } from '../../../core/segment/runtime/general/truth-of.ts';
import { fromJson, readEventPath } from '../../../core/segment/runtime/log/event-path.ts';
import { EVENT_FIELD, type Query } from '../../../core/segment/runtime/program.ts';
import type { Reader } from '../../../core/segment/runtime/reader.ts';
import { EventRow, InstantValue, type Value } from '../../../core/segment/runtime/value.ts';
import type { Window } from '../../../core/segment/runtime/window.ts';
import { zoneTable } from './zone-table.ts';

/** Code of every rule and measure, run from nothing at each instant: the interpreter without the engine around it. */
export interface PlainProgram {
  readonly tables: Tables;
  /** Of the measures, then of the segments. */
  readonly codes: readonly Code[];
  readonly measures: number;
  readonly rule: Code;
  readonly timeZone: string;
}

export function plainProgram(checked: Pick<CheckedCase, 'rules' | 'segment' | 'timeZone'>): PlainProgram {
  const tables = new Tables();
  const { measures, segments } = checked.rules;
  const names = [...measures.keys()];
  const ids = [...segments.keys()];
  const events = new Map<string, boolean>();
  const context: LowerContext = {
    tables,
    purposes: 0,
    declared: null,
    measure: (name) => (measures.has(name) ? { cell: names.indexOf(name), events: eventsOf(name) } : null),
    segment: (id) => ({ op: 'member', segment: ids.indexOf(id) }),
    timeZone: checked.timeZone,
  };
  const lowered = (node: Expression | undefined) => {
    if (!node) throw new Error('no such rule');
    return lower(node, PROFILE, context);
  };
  const eventsOf = (name: string): boolean => {
    const known = events.get(name);
    if (known !== undefined) return known;
    events.set(name, lowered(measures.get(name)).events);
    return events.get(name) ?? false;
  };
  return {
    tables,
    codes: [
      ...names.map((name) => lowered(measures.get(name)).code),
      ...ids.map((id) => lowered(segments.get(id)).code),
    ],
    measures: names.length,
    rule: lowered(segments.get(checked.segment)).code,
    timeZone: checked.timeZone,
  };
}

type Facts = Pick<CheckedCase, 'profile' | 'events' | 'scores'>;

/** The value of the rule, and the earliest later instant that was named. */
export function runPlain(program: PlainProgram, facts: Facts, now: number) {
  const reader = new PlainReader(program, facts, now);
  const value = evaluateCode(program.rule, reader, []);
  return { value, truth: truthOf(value), until: reader.until };
}

export function settled(events: readonly ConformanceEvent[]): readonly ConformanceEvent[] {
  const first = events.filter(
    (event, i) => !events.slice(0, i).some(({ id, source }) => id === event.id && source === event.source),
  );
  return first.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Flips at instants that were named: nothing is looked for in between. `evaluations`: how many it took. */
export function namedFlips(program: PlainProgram, facts: Facts, now: number, horizon: number) {
  const flips: number[] = [];
  let evaluations = 1;
  let { truth, until } = runPlain(program, facts, now);
  while (until <= horizon) {
    const before: Truth = truth;
    const at = until;
    ({ truth, until } = runPlain(program, facts, at));
    if (until <= at) throw new Error('an instant that is over was named');
    if ((truth === true) !== (before === true)) flips.push(at);
    if (++evaluations > 100_000) throw new Error('too many instants');
  }
  return { flips, evaluations };
}

class PlainReader implements Reader {
  readonly now: number;
  readonly zone;
  until = Number.POSITIVE_INFINITY;
  readonly #program: PlainProgram;
  readonly #facts: Facts;

  constructor(program: PlainProgram, facts: Facts, now: number) {
    this.now = now;
    this.zone = zoneTable(program.timeZone);
    this.#program = program;
    this.#facts = facts;
  }

  changesAt(instant: number): void {
    if (Number.isNaN(instant)) throw new Error('no instant');
    if (instant > this.now && instant < this.until) this.until = instant;
  }

  attribute(attribute: number): Value {
    const name = this.#program.tables.attributes[attribute] ?? '';
    return Object.hasOwn(this.#facts.profile, name) ? fromJson(this.#facts.profile[name]) : null;
  }

  cell(cell: number): Value {
    const code = this.#program.codes[cell];
    return code ? evaluateCode(code, this, []) : null;
  }

  member(segment: number): boolean {
    return truthOf(this.cell(this.#program.measures + segment)) === true;
  }

  score(model: string): number | null {
    return this.#facts.scores[model] ?? null;
  }

  rows(query: number, window: Window | null): readonly EventRow[] {
    const rows: EventRow[] = [];
    for (const [row, { at }] of this.#facts.events.entries()) {
      if (!this.#passes(row, this.#program.tables.queryAt(query))) continue;
      this.changesAt(at);
      const end = endOf(at, window, this.zone);
      if (at > this.now || this.now >= end) continue;
      this.changesAt(end);
      rows.push(new EventRow(row));
    }
    return rows;
  }

  #passes(row: number, { types, where, rest }: Query): boolean {
    const type = this.#facts.events[row]?.type ?? '';
    if (types && !types.includes(type)) return false;
    for (const { column, is, values } of where) {
      const value = this.column(row, column);
      const [first] = values;
      if (is === 'in') {
        if (!values.some((item) => item === value)) return false;
      } else {
        if (first === undefined || value === null || typeof value !== typeof first || typeof value === 'boolean')
          return false;
        const [a, b] = [value as number, first as number];
        if (!(is === '<' ? a < b : is === '<=' ? a <= b : is === '>' ? a > b : a >= b)) return false;
      }
    }
    if (!rest) return true;
    const slots: Value[] = [];
    slots[rest.slot] = new EventRow(row);
    return truthOf(evaluateCode(rest.code, this, slots)) === true;
  }

  column(row: number, column: number): Value {
    const event = this.#facts.events[row];
    if (!event) return null;
    switch (column) {
      case EVENT_FIELD.type:
        return event.type;
      case EVENT_FIELD.at:
        return new InstantValue(event.at);
      case EVENT_FIELD.id:
        return event.id;
      case EVENT_FIELD.source:
        return event.source;
      case EVENT_FIELD.none:
        return null;
      default:
        return readEventPath(event.data, event.context, this.#program.tables.columns[column]?.steps ?? []);
    }
  }

  at(row: number): number {
    return this.#facts.events[row]?.at ?? 0;
  }
}

function endOf(at: number, window: Window | null, zone: Reader['zone']): number {
  if (!window) return Number.POSITIVE_INFINITY;
  if (window.is === 'span') return at + window.ms;
  return addMonths(at, window.months, zone) + (window.closed ? 1 : 0);
}
