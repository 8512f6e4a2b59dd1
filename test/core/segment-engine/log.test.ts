import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../core/lib/json.ts';
import { decodeLog } from '../../../core/segment/runtime/log/decode-log.ts';
import { encodeLog } from '../../../core/segment/runtime/log/encode-log.ts';
import { fromJson } from '../../../core/segment/runtime/log/event-path.ts';
import {
  createLog,
  eventId,
  insertEvent,
  type Log,
  type LogEvent,
  removeStrand,
} from '../../../core/segment/runtime/log/log.ts';
import { columnValue } from '../../../core/segment/runtime/log/log-column.ts';
import type { LogPlan } from '../../../core/segment/runtime/program.ts';
import { createRandom, DAY, randomEvent, START } from './profile-fixture.ts';

const encodeText = (text: string) => new TextEncoder().encode(text);
const decodeText = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const plan: LogPlan = {
  types: null,
  columns: [
    { steps: ['price'] },
    { steps: ['category'] },
    { steps: ['tags'] },
    { steps: ['context', 'geo', 'country'] },
  ],
};
const event = (part: Partial<LogEvent>): LogEvent => ({
  ...{ id: 'e', source: 'web', type: 't', at: START, strand: 0, purposes: 1, data: {}, context: {} },
  ...part,
});

function logOf(events: readonly LogEvent[], of = plan): Log {
  const log = createLog(of, 1);
  for (const one of events) insertEvent(log, one);
  return log;
}

/** What a log says of its rows. */
const rowsOf = (log: Log) =>
  Array.from({ length: log.length }, (_, row) => [
    eventId(log, row),
    columnValue(log.type, row),
    columnValue(log.source, row),
    log.at[row],
    log.strand[row],
    log.purposes[row],
    ...log.columns.map((column) => columnValue(column, row)),
  ]);

function again(log: Log): Log {
  const decoded = decodeLog(log.plan, encodeLog(log, encodeText), decodeText);
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value;
}

const uuid = fc.uuid();
const anyEvent: fc.Arbitrary<LogEvent> = fc.record({
  id: fc.oneof(
    uuid,
    uuid.map((id) => id.toUpperCase()),
    fc.string({ maxLength: 5 }),
  ),
  source: fc.constantFrom('web', 'app', ''),
  type: fc.oneof(fc.constantFrom('a', 'b'), fc.string({ unit: 'binary', maxLength: 3 })),
  at: fc.oneof(fc.integer({ min: START, max: START + 50 }), fc.integer({ min: -4e15, max: 4e15 })),
  strand: fc.oneof(fc.nat(3), fc.nat(100_000)),
  purposes: fc.nat(31),
  data: fc.record(
    {
      price: fc.oneof(
        fc.integer(),
        fc.integer({ min: -5000, max: 5000 }).map((cents) => cents / 100),
        fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
        fc.constant('free'),
      ),
      category: fc.oneof(fc.constantFrom('shoes', 'hats', true, 4, null), fc.string({ unit: 'binary' })),
      tags: fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value).replaceAll('-0', '0'))),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<JsonObject>,
  context: fc.constantFrom(
    {},
    { geo: { country: 'DE' } },
    { geo: [{ country: 'DE' }, { country: null }, { country: 'FR' }] },
  ),
});
const events = fc.array(anyEvent, { maxLength: 40 });

describe('a log', () => {
  test('keeps events in order of time, id and source, however they come', () => {
    fc.assert(
      fc.property(events, (list) => {
        const order = (a: LogEvent, b: LogEvent) =>
          a.at - b.at ||
          (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) ||
          (a.source < b.source ? -1 : a.source > b.source ? 1 : 0);
        const sorted = [...list].sort(order);
        expect(rowsOf(logOf(list))).toEqual(rowsOf(logOf(sorted)));
      }),
    );
  });

  test('returns the row, and -1 for a type that no rule reads', () => {
    const log = createLog({ types: ['a'], columns: [] }, 1);
    expect(insertEvent(log, event({ type: 'b' }))).toBe(-1);
    expect(insertEvent(log, event({ type: 'a', at: 5 }))).toBe(0);
    expect(insertEvent(log, event({ type: 'a', at: 7 }))).toBe(1);
    expect(insertEvent(log, event({ type: 'a', at: 6 }))).toBe(1);
    expect(Array.from(log.at.subarray(0, 3))).toEqual([5, 6, 7]);
  });

  test('reads paths over lists, and nothing that is inherited', () => {
    const of: LogPlan = {
      types: null,
      columns: [['a', 'b'], ['a', 'length'], ['toString'], ['context'], ['list']].map((steps) => ({ steps })),
    };
    const data = { a: [{ b: 1 }, { b: null }, {}, 'x', { b: [2, null] }, null], list: [null] };
    const log = logOf([event({ data, context: { x: [null, 1] } })], of);
    expect(log.columns.map((column) => columnValue(column, 0))).toEqual([[1, [2]], [], null, { x: [1] }, []]);
  });

  test('forgets a strand as if it had never been, also right after decoding', () => {
    fc.assert(
      fc.property(events, fc.nat(3), fc.boolean(), (list, strand, stored) => {
        const original = logOf(list);
        const bytes = encodeLog(original, encodeText);
        const copy = bytes.slice();
        const decoded = decodeLog(plan, bytes, decodeText);
        const log = stored && decoded.ok ? decoded.value : original;
        removeStrand(log, strand);
        const left = logOf(list.filter((one) => one.strand !== strand));
        expect(rowsOf(log)).toEqual(rowsOf(left));
        expect(rowsOf(again(log))).toEqual(rowsOf(left));
        expect(bytes).toEqual(copy);
      }),
    );
  });
});

describe('the codec', () => {
  test('gives back what it got, and the log goes on', () => {
    fc.assert(
      fc.property(events, events, (list, more) => {
        const log = logOf(list);
        const stored = again(log);
        expect(rowsOf(stored)).toEqual(rowsOf(log));
        for (const one of more) {
          insertEvent(stored, one);
          insertEvent(log, one);
        }
        expect(rowsOf(stored)).toEqual(rowsOf(log));
        expect(encodeLog(again(stored), encodeText)).toEqual(encodeLog(again(again(stored)), encodeText));
      }),
    );
  });

  test('reads bytes at any offset', () => {
    const random = createRandom(1);
    const log = logOf(Array.from({ length: 30 }, (_, i) => randomEvent(random, START + i)));
    const bytes = encodeLog(log, encodeText);
    for (let offset = 0; offset < 9; offset++) {
      const shifted = new Uint8Array(bytes.length + offset).subarray(offset);
      shifted.set(bytes);
      const decoded = decodeLog(plan, shifted, decodeText);
      expect(decoded.ok && rowsOf(decoded.value)).toEqual(rowsOf(log));
    }
  });

  test('is small: 500 events of a shop', () => {
    const random = createRandom(7);
    const hex = () =>
      random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, '0');
    const shop: LogPlan = { types: null, columns: ['category', 'brand', 'price'].map((step) => ({ steps: [step] })) };
    const list = Array.from({ length: 500 }, (_, i) =>
      event({
        id: (hex() + hex() + hex() + hex()).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
        type: `type-${random.below(20)}`,
        at: START + i * DAY * random.unit() ** 3,
        data: {
          category: `category-${random.below(12)}`,
          brand: `brand-${random.below(24)}`,
          price: random.below(20_000) / 100,
        },
      }),
    ).map((one) => ({ ...one, at: Math.floor(one.at) }));
    expect(encodeLog(logOf(list, shop), encodeText).length).toBeLessThan(15_000);
  });

  test('never throws, whatever the bytes are', () => {
    const random = createRandom(3);
    const log = logOf(Array.from({ length: 20 }, () => randomEvent(random, START + random.below(DAY))));
    const bytes = encodeLog(log, encodeText);
    const doubles = [Number.NaN, Infinity, -1, 0.5, 1e9, 2 ** 31, 2 ** 53, 1e300, 8, 4, 0];
    for (let i = 0; i < 4000; i++) {
      const hostile = bytes.slice(0, random.unit() < 0.2 ? random.below(bytes.length + 1) : bytes.length);
      for (let changes = random.below(3); changes >= 0 && hostile.length >= 8; changes--) {
        if (random.unit() < 0.5) hostile[random.below(hostile.length)] = random.below(256);
        else new DataView(hostile.buffer).setFloat64(8 * random.below(hostile.length >> 3), random.pick(doubles), true);
      }
      const decoded = decodeLog(plan, hostile, decodeText);
      if (decoded.ok) rowsOf(decoded.value);
      else expect(['corrupt', 'newerCodec']).toContain(decoded.error);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(decodeLog(plan, noise, decodeText).ok).toBe(false);
      }),
    );
  });

  test('knows a later version', () => {
    const bytes = encodeLog(logOf([]), encodeText);
    new DataView(bytes.buffer).setFloat64(0, 99, true);
    expect(decodeLog(plan, bytes, decodeText)).toEqual({ ok: false, error: 'newerCodec' });
    expect(decodeLog({ types: null, columns: [] }, encodeLog(logOf([]), encodeText), decodeText).ok).toBe(false);
  });
});

test('JSON as rules see it', () => {
  expect(fromJson({ a: [null, { b: [null, 2] }], c: null })).toEqual({ a: [{ b: [2] }], c: null });
  expect(fromJson(undefined)).toBeNull();
});
