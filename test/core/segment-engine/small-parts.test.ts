import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roomyCodes, withCode } from '../../../core/segment/runtime/log/codes.ts';
import { packUuid, unpackUuid } from '../../../core/segment/runtime/log/event-id.ts';
import { fromJson, readEventPath } from '../../../core/segment/runtime/log/event-path.ts';
import {
  columnValue,
  createLogColumn,
  dropUnusedValues,
  putValue,
} from '../../../core/segment/runtime/log/log-column.ts';
import { Deadlines } from '../../../core/segment/runtime/resident/deadlines.ts';
import { nextDouble } from '../../../core/segment/runtime/resident/next-double.ts';

describe('deadlines', () => {
  test('come in order, each with its cell, while others are added', () => {
    const step = fc.oneof(fc.record({ time: fc.nat(50) }), fc.constant(null));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = new Deadlines(2);
        let open: { readonly time: number; readonly cell: number }[] = [];
        for (const [cell, one] of steps.entries()) {
          if (one) {
            heap.add(one.time, cell);
            open.push({ time: one.time, cell });
          } else if (open.length > 0) {
            const top = { time: heap.time, cell: heap.cell };
            heap.pop();
            open = open.filter(({ cell: of }) => of !== top.cell);
          }
          const least = Math.min(...open.map(({ time }) => time));
          expect([heap.size, heap.time]).toEqual([open.length, least]);
          if (open.length > 0) expect(open).toContainEqual({ time: heap.time, cell: heap.cell });
        }
        heap.clear();
        expect([heap.size, heap.time]).toEqual([0, Number.POSITIVE_INFINITY]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the next double', () => {
  test.each([
    [0, Number.MIN_VALUE],
    [-0, Number.MIN_VALUE],
    [1, 1 + Number.EPSILON],
    [-1, -1 + Number.EPSILON / 2],
    [Number.MAX_VALUE, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, -Number.MAX_VALUE],
    [-Number.MIN_VALUE, -0],
  ])('of %s', (number, next) => expect(nextDouble(number)).toBe(next));

  test('lies above, with none between; above infinity is none', () => {
    expect(nextDouble(Number.POSITIVE_INFINITY)).toBeNaN();
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const next = nextDouble(number);
        const middle = number / 2 + next / 2;
        expect(next > number && (middle <= number || middle >= next || number === 0)).toBe(true);
      }),
    );
  });
});

describe('codes', () => {
  test.each([
    [new Uint8Array(2), 255, Uint8Array],
    [new Uint8Array(2), 256, Int32Array],
    [new Uint8Array(2), -1, Int32Array],
    [new Uint16Array(2), 65_535, Uint16Array],
    [new Uint16Array(2), 65_536, Int32Array],
    [new Int32Array(2), -1, Int32Array],
  ] as const)('hold what is written, in %s with %s', (codes, value, kind) => {
    codes[0] = 7;
    const written = withCode(codes, 1, value);
    expect(written).toBeInstanceOf(kind);
    expect([...written]).toEqual([7, value]);
    expect(written === codes).toBe(codes.constructor === kind);
  });

  test('get room without getting wider', () => {
    for (const codes of [Uint8Array.of(1, 2), Uint16Array.of(1, 2), Int32Array.of(1, 2)]) {
      expect(roomyCodes(codes, 2, 0)).toBe(codes);
      const longer = roomyCodes(codes, 3, 0);
      expect([longer.constructor, ...longer]).toEqual([codes.constructor, 1, 2, 0]);
    }
  });
});

describe('ids of events', () => {
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
  const bad = [
    ...[uuid.toUpperCase(), `${uuid}0`, uuid.slice(1), uuid.replaceAll('-', '0'), '', 'x'],
    ...Array.from(uuid, (_, i) => `${uuid.slice(0, i)}g${uuid.slice(i + 1)}`),
    ...Array.from(uuid, (_, i) => `${uuid.slice(0, i)}é${uuid.slice(i + 1)}`),
    ...[8, 13, 18, 23].map((i) => `${uuid.slice(0, i)}0${uuid.slice(i + 1)}`),
  ];
  test('pack as UUIDs and come back', () => {
    fc.assert(
      fc.property(fc.uuid(), (text) => {
        const words = new Int32Array(12).fill(9);
        expect(packUuid(text, words, 4)).toBe(true);
        expect(unpackUuid(words, 4)).toBe(text);
        expect([...words.subarray(0, 4), ...words.subarray(8)]).toEqual(new Array(8).fill(9));
      }),
    );
  });
  test.each(bad)('%s is no UUID', (text) => {
    const words = new Int32Array(12).fill(9);
    expect(packUuid(text, words, 4)).toBe(false);
    expect([...words]).toEqual([9, 9, 9, 9, 0, 0, 0, 0, 9, 9, 9, 9]);
  });
});

describe('a column', () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.integer({ min: -2, max: 3 }),
    fc.constantFrom('a', 'b', '1', ''),
    fc.boolean(),
    fc.constantFrom<readonly (string | number)[]>(['a'], ['a', 1], []),
    fc.constant({ k: 1 }),
  );
  test.each([
    ['numbers only', fc.oneof(fc.constant(null), fc.integer())],
    ['anything', value],
  ] as const)('holds what was put: %s', (_, of) => {
    fc.assert(
      fc.property(fc.array(of, { maxLength: 40 }), fc.boolean(), fc.nat(40), (values, isNumeric, kept) => {
        const column = createLogColumn(40, isNumeric);
        for (const [row, one] of values.entries()) putValue(column, row, one, row);
        const found = () => values.map((__, row) => columnValue(column, row));
        expect(found()).toEqual(values);
        const strings = column.values.map((one) => JSON.stringify(one) + typeof one);
        expect(new Set(strings).size).toBe(column.values.length);
        dropUnusedValues(column, Math.min(kept, values.length));
        expect(found().slice(0, kept)).toEqual(values.slice(0, kept));
        const used = new Set(values.slice(0, kept).map((one) => JSON.stringify(one)));
        used.delete('null');
        if (!column.isNumeric) expect(column.values).toHaveLength(used.size + 1);
        putValue(column, 0, 'later', values.length);
        expect(columnValue(column, 0)).toBe('later');
      }),
      { numRuns: 200 },
    );
  });
});

describe('a path of an event', () => {
  const data = {
    a: { b: 1, c: [{ d: 1 }, { d: null }, {}, 5, { d: [2, null] }] },
    n: null,
    t: 'x',
    z: 0,
    no: false,
    l: [1, null, [null, 2], { k: null, m: [null, 1] }],
    m: { k: null, j: 1 },
  } as const;
  const context = { geo: { city: 'Ulm' }, t: 'y', list: [1] };
  test.each([
    [['a', 'b'], 1],
    [['a', 'x'], null],
    [
      ['a', 'c', 'd'],
      [1, [2]],
    ],
    [['a', 'c', 'length'], []],
    [['n'], null],
    [['n', 'x'], null],
    [['t'], 'x'],
    [['t', 'length'], null],
    [['z'], 0],
    [['no'], false],
    [['nothing'], null],
    [['toString'], null],
    [['constructor', 'name'], null],
    [['__proto__'], null],
    [['l'], [1, [2], { k: null, m: [1] }]],
    [['m'], { k: null, j: 1 }],
    [['context', 'geo', 'city'], 'Ulm'],
    [['context', 't'], 'y'],
    [['context'], context],
    [['geo', 'city'], null],
    [['context', 'list'], [1]],
    [['context', 'x'], null],
  ])('%j', (steps, expected) => {
    expect(readEventPath(data as never, context, steps)).toEqual(expected);
  });

  test('what rules see of JSON', () => {
    expect([undefined, null, 0, '', false, [], [null], { a: [null, 1] }].map(fromJson)).toEqual([
      ...[null, null, 0, '', false, [], []],
      { a: [1] },
    ]);
  });
});
