import { describe, expect, test } from 'vitest';
import { parseSweep } from '../../../core/segment/preview/parse-sweep.ts';
import { ShardReader } from '../../../core/segment/preview/shard-reader.ts';
import { ShardWriter } from '../../../core/segment/preview/shard-writer.ts';

const SWEEP = {
  format: 1,
  sequence: 7,
  status: 'running',
  cursor: null,
  total: 10,
  done: 3,
  failed: 1,
  startedAt: 1_000,
  endedAt: null,
  ratePerSecond: 2.5,
  maxBatch: 100,
  readyAt: 1_500.5,
  pacedFrom: { at: 1_000, handled: 0 },
};

describe('a stored sweep', () => {
  test('comes back, without what does not belong to it', () => {
    expect(parseSweep({ ...SWEEP, more: 1 })).toEqual({ ok: true, value: SWEEP });
    expect(parseSweep({ ...SWEEP, endedAt: 5, total: 0, done: 0, failed: 0, sequence: 0, maxBatch: 1 }).ok).toBe(true);
    for (const status of ['running', 'paused', 'cancelled', 'done'])
      expect(parseSweep({ ...SWEEP, status }).ok).toBe(true);
  });

  test.each([2, 1.5, 99])('of format %s was written by later code', (format) => {
    expect(parseSweep({ ...SWEEP, format })).toEqual({ ok: false, error: 'newerFormat' });
    expect(parseSweep({ format })).toEqual({ ok: false, error: 'newerFormat' });
  });

  const counts = ['sequence', 'total', 'done', 'failed', 'maxBatch'].flatMap((key) =>
    [-1, 0.5, '1', null, Number.NaN, 2 ** 53, undefined].map((value) => [key, value] as const),
  );
  const times = ['startedAt', 'readyAt'].flatMap((key) =>
    ['1', null, Number.NaN, Number.POSITIVE_INFINITY, undefined].map((value) => [key, value] as const),
  );
  test.each([
    ...counts,
    ...times,
    ['format', 0],
    ['format', '1'],
    ['format', '2'],
    ['status', 'stopped'],
    ['status', undefined],
    ['cursor', 'x'],
    ['cursor', undefined],
    ['cursor', 5],
    ['endedAt', 'x'],
    ['endedAt', undefined],
    ['maxBatch', 0],
    ['ratePerSecond', 0],
    ['ratePerSecond', -1],
    ['ratePerSecond', '1'],
    ['ratePerSecond', Number.POSITIVE_INFINITY],
    ['pacedFrom', null],
    ['pacedFrom', undefined],
    ['pacedFrom', {}],
    ['pacedFrom', { at: 1 }],
    ['pacedFrom', { handled: 1 }],
    ['pacedFrom', { at: '1', handled: 1 }],
    ['pacedFrom', { at: 1, handled: -1 }],
  ] as const)('with %s %j is no sweep', (key, value) => {
    expect(parseSweep({ ...SWEEP, [key]: value })).toEqual({ ok: false, error: 'corrupt' });
  });

  test.each([null, undefined, 5, 'x', [], {}])('%j is no sweep', (value) => {
    expect(parseSweep(value)).toEqual({ ok: false, error: 'corrupt' });
  });
});

describe('bytes of a shard', () => {
  const written = (write: (out: ShardWriter) => void) => {
    const out = new ShardWriter();
    write(out);
    return out.finish();
  };
  test.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 49, Number.MAX_SAFE_INTEGER])(
    'varint %s',
    (value) => {
      const bytes = written((out) => out.varint(value));
      const input = new ShardReader(bytes);
      expect([input.varint(), input.left, input.broken]).toEqual([value, 0, false]);
      expect(bytes).toHaveLength(Math.max(1, Math.ceil(value.toString(2).length / 7)));
      const short = new ShardReader(bytes.subarray(0, -1));
      short.varint();
      expect([short.left, short.broken]).toEqual([0, true]);
    },
  );

  test.each([0, -1, 1, -2, 63, 64, -64, -65, 2 ** 40, -(2 ** 40)])('signed %s', (value) => {
    const input = new ShardReader(written((out) => out.signed(value)));
    expect([input.signed(), input.left, input.broken]).toEqual([value, 0, false]);
  });

  test.each(['', 'a', 'ü€', '\u{1f600}', '\ud800', 'a\0b'])('text %j', (text) => {
    const bytes = written((out) => {
      out.text(text);
      out.byte(9);
    });
    const input = new ShardReader(bytes);
    expect([input.text(), input.left, input.byte(), input.broken]).toEqual([text, 1, 9, false]);
    const short = new ShardReader(bytes.subarray(0, -2));
    if (text !== '') expect([short.text(), short.broken]).toEqual(['', true]);
  });

  test.each([0, 1.5, -1e300, Number.POSITIVE_INFINITY, 5e-324])('double %s', (value) => {
    const bytes = written((out) => out.double(value));
    expect(bytes).toHaveLength(8);
    expect(new ShardReader(bytes).double()).toBe(value);
    const short = new ShardReader(bytes.subarray(1));
    expect([short.double(), short.broken]).toEqual([0, true]);
  });

  test('what is too large, or promises more than there is, breaks the reader for good', () => {
    const large = new ShardReader(Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 16, 1]));
    expect([large.varint(), large.broken, large.byte(), large.left]).toEqual([0, true, 0, 0]);
    const endless = new ShardReader(new Uint8Array(12).fill(128));
    expect([endless.varint(), endless.broken]).toEqual([0, true]);
    const many = new ShardReader(Uint8Array.from([3, 0, 0]));
    expect([many.count(1), many.broken]).toEqual([0, true]);
    const fitting = new ShardReader(Uint8Array.from([2, 0, 0]));
    expect([fitting.count(1), fitting.left, fitting.broken]).toEqual([2, 2, false]);
    const wide = new ShardReader(Uint8Array.from([1, 0x80, 0x80, 4]));
    expect([wide.text(), wide.broken]).toEqual(['', true]);
    const taken = new ShardReader(Uint8Array.from([1, 2, 3]));
    expect([[...taken.bytes(2)], taken.left, [...taken.bytes(2)], taken.broken]).toEqual([[1, 2], 1, [], true]);
  });

  test('grow with what is written', () => {
    const parts = Array.from({ length: 300 }, (_, i) => Uint8Array.from({ length: i % 50 }, (__, j) => i + j));
    const bytes = written((out) => {
      for (const part of parts) out.bytes(part);
    });
    expect([...bytes]).toEqual(parts.flatMap((part) => [...part]));
  });
});
