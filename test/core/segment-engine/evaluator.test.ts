import { describe, expect, test } from 'vitest';
import { textOfBehaviour, textOfProfileRule } from '../../../bench/engine/workload/rule-text.ts';
import { createBehaviourWorkload, createProfileWorkload } from '../../../bench/engine/workload/workload.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../../core/segment/runtime/evaluator.ts';
import { createLog, eventId, insertEvent, type Log } from '../../../core/segment/runtime/log/log.ts';
import { columnValue } from '../../../core/segment/runtime/log/log-column.ts';
import { logOfEvents, type PlainEvent } from '../../../core/segment/runtime/log/log-of-events.ts';
import type { LogPlan } from '../../../core/segment/runtime/program.ts';
import { createResident, type Subject } from '../../../core/segment/runtime/resident.ts';

const PURPOSES = 0b11;

function engineOf(rules: readonly string[]) {
  const compiled = compileProgram({
    segments: rules.map((rule, i) => ({ id: `s${i}`, rule, purpose: 'necessary' as const })),
    measures: [],
    attributes: null,
    models: null,
    timeZone: 'UTC',
    now: 0 as Instant,
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return createEngine(compiled.value.program);
}

const subjectOf = (profile: Readonly<Record<string, string | number | boolean>>): Subject => ({
  attribute: (name) => profile[name],
  withdrawn: () => 0,
  score: () => undefined,
});

function inserted(plan: LogPlan, events: readonly PlainEvent[]): Log {
  const log = createLog(plan);
  for (const event of events)
    insertEvent(log, { ...event, context: event.context ?? {}, strand: 0, purposes: PURPOSES });
  return log;
}

/** Everything that a log says. */
function rowsOf(log: Log) {
  return Array.from({ length: log.length }, (_, row) => ({
    at: log.at[row],
    strand: log.strand[row],
    purposes: log.purposes[row],
    id: eventId(log, row),
    fields: [log.type, log.source, ...log.columns].map((column) => columnValue(column, row)),
  }));
}

describe('an evaluator', () => {
  test('finds what a new resident finds, whoever came before', () => {
    const { segments } = createBehaviourWorkload(7, 80);
    const attributes = createProfileWorkload(7, 80);
    const engine = engineOf([
      ...segments.map(textOfBehaviour),
      ...attributes.segments.map(({ rule }) => textOfProfileRule(rule)),
      'inSegment("s1") and not inSegment("s2")',
      'xEvent.sum(price) > 100 or count(xEvent) > 3 * age',
    ]);
    const evaluator = new Evaluator(engine);
    const people = [0, 1, 2, 3].map((seed) => {
      const { events, now } = createBehaviourWorkload(seed, 4, [0, 500, 3, 120][seed]);
      const { profile } = createProfileWorkload(seed, 4);
      return { log: inserted(engine.program.log, events), subject: subjectOf(seed === 2 ? {} : profile), now };
    });
    for (const i of [0, 1, 2, 1, 3, 0, 3, 2, 1]) {
      const { log, subject, now } = people[i] as (typeof people)[number];
      expect([...evaluator.evaluate(log, subject, now)]).toEqual([
        ...createResident(engine, log, subject, now).members,
      ]);
    }
  });
});

describe('events read at once', () => {
  const plan: LogPlan = {
    types: null,
    columns: [['price'], ['category'], ['toString'], ['item', 'size'], ['context', 'campaign'], ['tags']].map(
      (steps) => ({
        steps,
      }),
    ),
  };
  const event = (i: number, data: object, more: Partial<PlainEvent> = {}): PlainEvent => ({
    id: `e${i}`,
    source: i % 3 === 0 ? 'shop' : 'app',
    type: i % 2 === 0 ? 'page.viewed' : 'order.placed',
    at: 1000 + i,
    data: data as PlainEvent['data'],
    ...more,
  });

  test.each<[string, readonly PlainEvent[]]>([
    ['none', []],
    ['a workload', createBehaviourWorkload(3, 4).events],
    [
      'numbers and text in one field',
      [event(1, { price: 1 }), event(2, { price: 'two' }), event(3, {}), event(4, { price: true })],
    ],
    ['text, then a number', [event(1, { category: 'a' }), event(2, { category: 1 })]],
    ['absent fields', [event(1, {}), event(2, { price: null }), event(3, { category: null, price: -0.5 })]],
    ['names that every object has', [event(1, {}), event(2, { toString: 'own' })]],
    [
      'paths, lists and the context',
      [
        event(1, { item: { size: 'L' }, tags: ['a', null, 'b'] }),
        event(2, { item: [{ size: 1 }, {}] }, { context: { campaign: 'spring' } }),
      ],
    ],
    ['out of order', [event(3, { price: 3 }), event(1, { price: 1 }), event(2, { price: 2 })]],
    ['one instant', [event(2, { price: 3 }, { at: 5 }), event(1, { price: 1 }, { at: 5 })]],
    ['ids that are UUIDs', [event(1, {}, { id: '0190c8f2-7b1e-7aaa-8bbb-0123456789ab' }), event(2, {}, { id: 'e1' })]],
  ])('%s: as inserted one by one', (_, events) => {
    expect(rowsOf(logOfEvents(plan, events, 0, PURPOSES))).toEqual(rowsOf(inserted(plan, events)));
  });

  test('types that no rule sees are left out', () => {
    const some = { ...plan, types: ['order.placed'] };
    const events = Array.from({ length: 9 }, (_, i) => event(i, { price: i }));
    const log = logOfEvents(some, events, 0, PURPOSES);
    expect(rowsOf(log)).toEqual(rowsOf(inserted(some, events)));
    expect(log.length).toBe(4);
  });

  test('more may be inserted afterwards', () => {
    const { events, arrivals } = createBehaviourWorkload(3, 4, 300, 60);
    const log = logOfEvents(plan, events, 0, PURPOSES);
    for (const arrival of arrivals) insertEvent(log, { ...arrival, context: {}, strand: 0, purposes: PURPOSES });
    expect(rowsOf(log)).toEqual(rowsOf(inserted(plan, [...events, ...arrivals])));
  });
});
