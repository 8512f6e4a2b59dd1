import { describe, expect, test } from 'vitest';
import { decodeLog } from '../../../core/segment/runtime/log/decode-log.ts';
import { encodeLog } from '../../../core/segment/runtime/log/encode-log.ts';
import { createLog, eventId, insertEvent, type Log, type LogEvent } from '../../../core/segment/runtime/log/log.ts';
import { columnValue } from '../../../core/segment/runtime/log/log-column.ts';
import type { LogPlan } from '../../../core/segment/runtime/program.ts';
import { createRandom, DAY, randomEvent, START } from './profile-fixture.ts';

const encodeText = (text: string) => new TextEncoder().encode(text);
const decodeText = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const plan: LogPlan = {
  types: null,
  columns: [{ steps: ['price'] }, { steps: ['category'] }, { steps: ['tags'] }],
};
const event = (part: Partial<LogEvent>): LogEvent => ({
  ...{ id: 'e', source: 'web', type: 't', at: START, strand: 0, purposes: 1, data: {}, context: {} },
  ...part,
});
const logOf = (events: readonly LogEvent[], of = plan) => {
  const log = createLog(of, 1);
  for (const one of events) insertEvent(log, one);
  return log;
};
const rowsOf = (log: Log) =>
  Array.from({ length: log.length }, (_, row) => [
    eventId(log, row),
    ...[log.type, log.source].map((column) => columnValue(column, row)),
    ...[log.at[row], log.strand[row], log.purposes[row]],
    ...log.columns.map((column) => columnValue(column, row)),
  ]);
const bytesOf = (log: Log) => encodeLog(log, encodeText);
const again = (log: Log) => {
  const decoded = decodeLog(log.plan, bytesOf(log), decodeText);
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value;
};
const comesBack = (events: readonly LogEvent[]) => {
  const log = logOf(events);
  const stored = again(log);
  expect(rowsOf(stored)).toEqual(rowsOf(log));
  expect(bytesOf(stored)).toEqual(bytesOf(log));
  return bytesOf(log).length;
};
const CORRUPT = { ok: false, error: 'corrupt' } as const;
const shop = logOf(
  Array.from({ length: 25 }, (_, i) =>
    event({
      id: i % 3 === 0 ? `e${i}` : `01890a5d-ac96-774b-bcce-b302099a80${10 + i}`,
      at: START + i * 1000,
      strand: i % 4,
      purposes: 1 + (i % 9),
      type: `t${i % 3}`,
      data: { price: i / 4, category: `c${i % 5}`, tags: i % 2 === 0 ? ['a', i % 3] : [] },
    }),
  ),
);

describe('a stored log', () => {
  test('that is cut anywhere, or goes on, is refused', () => {
    const bytes = bytesOf(shop);
    expect(bytes.length % 8).toBe(0);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeLog(plan, bytes.slice(0, length), decodeText)).toEqual(CORRUPT);
    }
    for (const more of [1, 7, 8, 16, 64]) {
      const longer = new Uint8Array(bytes.length + more);
      longer.set(bytes);
      expect(decodeLog(plan, longer, decodeText)).toEqual(CORRUPT);
    }
  });

  test('whose head says something else is refused', () => {
    const bytes = bytesOf(shop);
    const head = new DataView(bytes.buffer).getFloat64(8, true);
    expect(head).toBe(25);
    const withHead = (place: number, value: number) => {
      const copy = bytes.slice();
      new DataView(copy.buffer).setFloat64(8 * place, value, true);
      return decodeLog(plan, copy, decodeText);
    };
    for (const rows of [24, 26, -1, 24.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40]) {
      expect(withHead(1, rows), `${rows} rows`).toEqual(CORRUPT);
    }
    for (const columns of [2, 4, 0, Number.NaN]) expect(withHead(2, columns), `${columns} columns`).toEqual(CORRUPT);
    const text = new DataView(bytes.buffer).getFloat64(24, true);
    for (const length of [text - 1, text + 1, text + 8, text - 8, 0, -1, 0.5, Number.NaN, bytes.length, 2 ** 31]) {
      expect(withHead(3, length), `${length} characters`).toEqual(CORRUPT);
    }
    expect(withHead(0, 0)).toEqual(CORRUPT);
    expect(withHead(0, Number.NaN)).toEqual(CORRUPT);
    for (const columns of [plan.columns.slice(1), [...plan.columns, { steps: ['x'] }]]) {
      expect(decodeLog({ types: null, columns }, bytes, decodeText)).toEqual(CORRUPT);
    }
  });

  test('whose text is broken is refused, however the decoder says it; other errors are not hidden', () => {
    const bytes = bytesOf(shop);
    const strict = (input: Uint8Array) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
    const broken = bytes.slice();
    broken[bytes.length - 12] = 0xff;
    expect(decodeLog(plan, broken, strict)).toEqual(CORRUPT);
    expect(decodeLog(plan, bytes, (input) => decodeText(input).slice(1))).toEqual(CORRUPT);
    expect(decodeLog(plan, bytes, (input) => `${decodeText(input)}x`)).toEqual(CORRUPT);
    expect(decodeLog(plan, bytes, (input) => decodeText(input).slice(0, -1))).toEqual(CORRUPT);
    expect(() =>
      decodeLog(plan, bytes, () => {
        throw new Error('no decoder');
      }),
    ).toThrow('no decoder');
  });

  test('is refused, or is a log: times rise, codes name values, every column has every row', () => {
    const bytes = bytesOf(shop);
    const numbers = [
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      -1,
      -2,
      0.5,
      0,
      1,
      2,
      3,
      4,
      8,
      255,
      256,
      1e9,
      2 ** 31,
      2 ** 53,
      1e300,
    ];
    let refused = 0;
    for (let place = 4; place < bytes.length / 8; place++) {
      for (const number of numbers) {
        const hostile = bytes.slice();
        new DataView(hostile.buffer).setFloat64(8 * place, number, true);
        const decoded = decodeLog(plan, hostile, decodeText);
        if (!decoded.ok) {
          expect(decoded).toEqual(CORRUPT);
          refused++;
          continue;
        }
        const { at, length, strand, purposes, texts, type, source, columns } = decoded.value;
        expect([length, at.length, strand.length, purposes.length]).toEqual([25, 25, 25, 25]);
        expect(at.every((time, i) => Number.isSafeInteger(time) && (i === 0 || time >= (at[i - 1] ?? 0)))).toBe(true);
        for (const column of [texts, type, source, ...columns]) {
          if (column.isNumeric) expect(column.numbers).toHaveLength(25);
          else {
            expect(column.codes).toHaveLength(25);
            expect(column.codes.every((code) => code >= 0 && code < column.values.length)).toBe(true);
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

describe('what is stored comes back:', () => {
  test('nothing, one event, many of one instant', () => {
    comesBack([]);
    comesBack([event({})]);
    comesBack(Array.from({ length: 300 }, (_, i) => event({ id: `e${String(i).padStart(3, '0')}` })));
    comesBack(Array.from({ length: 300 }, (_, i) => event({ id: `e${i}`, at: START + i })));
  });

  test.each([
    ['half characters', ['\ud83d', 'a\ude00', '😀', 'ü']],
    ['half characters alone', ['\ud800']],
    ['no ASCII', ['ü', '日本', '😀']],
    ['quotes', ['"', '\\', '\n', '\0', '']],
    ['numbers and texts', ['1', 1, 'Infinity', true, 'true', false, 'null']],
    ['large numbers', [1e300, -1e300, 5e-324, 2 ** 53]],
    ['lists', [['a', 1], [], ['Infinity'], [[1]]]],
    ['maps', [{ a: 1 }, { a: { b: ['c'] } }]],
  ])('%s', (_, values) => {
    comesBack(values.map((category, i) => event({ id: `e${i}`, at: START + i, data: { category } })));
    comesBack(values.map((value, i) => event({ id: `i${i}${String(value)}`, at: START + i, type: String(value) })));
  });

  test.each([
    ['whole ones', [0, 1, -1, 127, 128, 255, 256]],
    ['cents', [0.1, 19.99, -0.01, 0.3, 655.36]],
    ['many digits', [0.1 + 0.2, 1 / 3, Math.PI]],
    ['wide ones', [0, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31) + 1]],
    ['the limits of 32 bits', [2 ** 31, -(2 ** 31), 2 ** 32, 0]],
    ['one value', [7, 7, 7]],
    ['the number of what is absent', [-1, 0, -2]],
    ['with nothing between', [1, null, 2, null]],
    ['nothing', [null, null]],
  ])('prices, %s', (_, prices) => {
    const data = (price: number | null) => (price === null ? {} : { price });
    comesBack(prices.map((price, i) => event({ id: `e${i}`, at: START + i, data: data(price) })));
    comesBack([...prices, null].map((price, i) => event({ id: `e${i}`, at: START + i, data: data(price) })));
  });

  test.each([
    ['one', [3]],
    ['a byte', [0, 255]],
    ['two bytes', [0, 256, 65_535]],
    ['four bytes', [0, 65_536, 2 ** 31 - 1]],
    ['far from zero, but near each other', [1_000_000, 1_000_001]],
  ])('strands in %s', (_, strands) => {
    comesBack(strands.map((strand, i) => event({ id: `e${i}`, at: START + i, strand })));
  });

  test.each([
    ['close', [0, 1, 255]],
    ['wide', [0, 65_536, 2 ** 33]],
    ['old', [-(2 ** 52), 0, 2 ** 52]],
  ])('times that are %s', (_, times) => {
    comesBack(times.map((at, i) => event({ id: `e${i}`, at })));
  });

  test('more than a first buffer holds, in the least room', () => {
    const random = createRandom(5);
    comesBack(Array.from({ length: 400 }, () => randomEvent(random, START - random.below(90 * DAY))));
    const ids = (prefix: string) =>
      Array.from({ length: 200 }, (_, i) => event({ id: `${prefix}${i}`, at: START + i }));
    comesBack(ids('x'.repeat(200)));
    // A column that says one thing takes no room for each row; one of few things a byte.
    const same = comesBack(Array.from({ length: 400 }, (_, i) => event({ id: `e${i}`, at: START + i })));
    const few = comesBack(Array.from({ length: 400 }, (_, i) => event({ id: `e${i}`, at: START + i, strand: i % 7 })));
    expect(few - same).toBe(400);
    const wide = comesBack(
      Array.from({ length: 400 }, (_, i) => event({ id: `e${i}`, at: START + i, strand: 300 * (i % 7) })),
    );
    expect(wide - same).toBe(800);
    const near = comesBack(
      Array.from({ length: 400 }, (_, i) => event({ id: `e${i}`, at: START + i, strand: 70_000 + (i % 7) })),
    );
    expect(near - same).toBe(400);
  });

  test('and goes on: later events, other types, longer lists', () => {
    const first = Array.from({ length: 30 }, (_, i) => event({ id: `e${i}`, at: START + i, data: { price: i } }));
    const more = [
      event({ id: 'late', at: START - 5, type: 'new', strand: 70_000, data: { price: 'free', category: 4 } }),
      event({ id: '01890a5d-ac96-774b-bcce-b302099a8057', at: START + 99, purposes: 300, data: { tags: ['z'] } }),
    ];
    const stored = again(logOf(first));
    for (const one of more) insertEvent(stored, one);
    expect(rowsOf(stored)).toEqual(rowsOf(logOf([...first, ...more])));
    expect(rowsOf(again(stored))).toEqual(rowsOf(stored));
  });
});
