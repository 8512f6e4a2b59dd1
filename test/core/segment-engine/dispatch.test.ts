import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { createCoreEngine, needsGeneralCode } from '../../../core/segment/runtime/create-core-engine.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../../core/segment/runtime/evaluator.ts';
import { createLog, eventId, insertEvent, type Log, type LogEvent } from '../../../core/segment/runtime/log/log.ts';
import { columnValue } from '../../../core/segment/runtime/log/log-column.ts';
import { logOfEvents } from '../../../core/segment/runtime/log/log-of-events.ts';
import { EVENT_FIELD, type FieldTest, type Program } from '../../../core/segment/runtime/program.ts';
import { ResidentState } from '../../../core/segment/runtime/resident/resident-state.ts';
import { createResident } from '../../../core/segment/runtime/resident.ts';
import type { Value } from '../../../core/segment/runtime/value.ts';
import { createRandom, DAY, HOUR, randomEvent, START } from './profile-fixture.ts';

/** Queries of every kind: one type, several, any; literals of text, numbers and of what is always there; ranges; order of texts. */
const RULES = [
  'xEvent[eventType = "product.viewed"].count() >= 3',
  'xEvent[eventType = "product.viewed" and category = "shoes" and timestamp occurs <= 3 days before now].count() >= 1',
  'xEvent[eventType in ["product.viewed", "cart.added"] and category in ["shoes", "hats"]].count() >= 9',
  'xEvent[category = "hats" and price >= 20 and price < 50].count() >= 2',
  'xEvent[eventType = "order.placed" and price = 20 and source = "web"].count() >= 1',
  'xEvent[eventType = "cart.added" and price in [20, 60, 0.1]].count() >= 1',
  'xEvent[category > "hats" and category <= "shoes"].count() >= 4',
  'xEvent[context.geo.country = "DE" and eventType = "page.viewed"].count() >= 2',
  'xEvent[eventType in ["order.placed", "order.returned"] and timestamp occurs <= 2 days before now].sum(price) > 20.1',
  'xEvent[eventType = "order.placed" and timestamp occurs <= 4 days before now].sum(price) >= 60',
  'xEvent[category = "shoes" and timestamp occurs < 1 month before now].sum(price) < 100',
  'xEvent[timestamp occurs <= 36 hours before now].sum(price) >= 0',
];

const program = compile(RULES);
const engine = createEngine(program);
const subject = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };

function compile(rules: readonly string[]): Program {
  const compiled = compileProgram({
    segments: rules.map((rule, i) => ({ id: `s${i}`, rule, purpose: i % 2 === 0 ? 'necessary' : 'advertising' })),
    measures: [],
    attributes: null,
    models: null,
    timeZone: 'Europe/Berlin',
    now: START as Instant,
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value.program;
}

function eventsOf(seed: number, count: number): readonly LogEvent[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => randomEvent(random, START - random.below(12 * 24) * HOUR));
}

function logOf(events: readonly LogEvent[]): Log {
  const log = createLog(program.log);
  for (const event of events) insertEvent(log, event);
  return log;
}

function passes(log: Log, row: number, { column, is, values }: FieldTest): boolean {
  const value = fieldValue(log, row, column);
  if (is === 'in') return values.some((one) => one === value);
  const [bound] = values;
  if (value === null || typeof value !== typeof bound) return false;
  const [a, b] = [value as number, bound as number];
  return is === '<' ? a < b : is === '<=' ? a <= b : is === '>' ? a > b : a >= b;
}

function fieldValue(log: Log, row: number, column: number): Value {
  if (column === EVENT_FIELD.type) return columnValue(log.type, row);
  if (column === EVENT_FIELD.source) return columnValue(log.source, row);
  if (column === EVENT_FIELD.id) return eventId(log, row);
  if (column === EVENT_FIELD.at) return log.at[row] ?? null;
  return columnValue(log.columns[column] as Log['type'], row);
}

/** Whether a row belongs to a query, by the words of the contract. */
function belongs(log: Log, row: number, query: number): boolean {
  const { purposes, types, where } = program.queries[query] as Program['queries'][number];
  if (((log.purposes[row] as number) & purposes) !== purposes) return false;
  if (types !== null && !types.includes(columnValue(log.type, row) as string)) return false;
  return where.every((test) => passes(log, row, test));
}

describe('lists of rows', () => {
  test('need no general code', () => {
    expect(needsGeneralCode(program)).toBe(false);
    expect(() => createCoreEngine(compile(['xEvent.decayed(1 days, price) > 1']))).toThrow();
    expect(program.queries.length).toBeGreaterThanOrEqual(RULES.length - 1);
  });

  test.each([
    [1, 0],
    [2, 7],
    [3, 65],
    [4, 500],
    [5, 6000],
  ])('are what a filter finds, seed %i, %i events', (seed, count) => {
    const log = logOf(eventsOf(seed, count));
    // Nothing is too old to be of use.
    const { postings } = new ResidentState(engine, log, subject, Number.NEGATIVE_INFINITY, null);
    for (let query = 0; query < program.queries.length; query++) {
      const start = postings.open(query);
      const expected = Array.from({ length: log.length }, (_, row) => row).filter((row) => belongs(log, row, query));
      expect([...postings.rows.subarray(start, postings.ends[query])]).toEqual(expected);
    }
  });

  test('a new row goes to those that want it, made or not', () => {
    const log = logOf(eventsOf(6, 200));
    const { postings } = new ResidentState(engine, log, subject, Number.NEGATIVE_INFINITY, null);
    const random = createRandom(7);
    const queries = program.queries.map((_, query) => query);
    for (let i = 0; i < 150; i++) {
      if (i % 10 === 0) postings.open(random.pick(queries));
      const row = insertEvent(log, randomEvent(random, START + i));
      if (row < 0) continue;
      const matched = [...postings.matched.subarray(0, postings.add(row))];
      expect(matched.sort((a, b) => a - b)).toEqual(queries.filter((query) => belongs(log, row, query)));
    }
    for (const query of queries) {
      const start = postings.open(query);
      const expected = Array.from({ length: log.length }, (_, row) => row).filter((row) => belongs(log, row, query));
      expect([...postings.rows.subarray(start, postings.ends[query])]).toEqual(expected);
    }
  });
});

describe('a log of events at once', () => {
  const inOneStrand = (seed: number, count: number) =>
    eventsOf(seed, count).map((event) => ({ ...event, strand: 2, purposes: 9 }));

  test.each([
    [11, 0],
    [12, 40],
    [13, 2000],
  ])('holds what one by one gives, seed %i, %i events', (seed, count) => {
    const events = inOneStrand(seed, count);
    const log = logOf(events);
    for (const given of [events, [...events].sort((a, b) => a.at - b.at)]) {
      const made = logOfEvents(program.log, given, 2, 9);
      const rowsOf = (of: Log) =>
        Array.from({ length: of.length }, (_, row) => [
          of.at[row],
          eventId(of, row),
          of.strand[row],
          of.purposes[row],
          ...[of.type, of.source, ...of.columns].map((column) => columnValue(column, row)),
        ]);
      expect(rowsOf(made)).toEqual(rowsOf(log));
      const now = START + DAY;
      const members = new Evaluator(createEngine(program)).evaluate(made, subject, now);
      expect(members).toEqual(createResident(engine, log, subject, now).members);
    }
  });

  test('takes further events', () => {
    const [last, ...events] = inOneStrand(14, 300);
    const made = logOfEvents(program.log, events, 2, 9);
    const log = logOf(events);
    expect(insertEvent(made, last as LogEvent)).toBe(insertEvent(log, last as LogEvent));
    expect(made.length).toBe(log.length);
  });
});

describe('sums', () => {
  test.each([21, 22, 23, 24, 25, 26])('of any sign are right at every instant, seed %i', (seed) => {
    const random = createRandom(seed);
    const log = logOf(eventsOf(seed, random.pick([0, 20, 60])));
    const resident = createResident(engine, log, subject, START);
    const ignore = () => undefined;
    let now = START;
    for (let step = 0; step < 120; step++) {
      now += random.pick([1, HOUR, 5 * HOUR, DAY]);
      resident.advance(now, ignore);
      // Some are ahead of their time, none is late.
      const at = Math.max(now + random.pick([0, 0, HOUR]), log.length > 0 ? (log.at[log.length - 1] as number) : 0);
      const row =
        random.unit() < 0.7
          ? insertEvent(log, { ...randomEvent(random, at), id: `z${String(step).padStart(9, '0')}` })
          : -1;
      if (row === log.length - 1) resident.added(row, ignore);
      expect(resident.members).toEqual(createResident(engine, log, subject, now).members);
    }
  });
});
