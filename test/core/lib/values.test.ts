import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteLength } from '../../../core/lib/byte-length.ts';
import {
  deviceIdBytes,
  formatDeviceId,
  formatProfileId,
  type Instant,
  type Jurisdiction,
  jurisdictionOf,
  mintUuidV7,
  parseDeviceId,
  parseEventId,
  parseProfileId,
  parseSpace,
  profileIdBytes,
  tierOf,
} from '../../../core/lib/ids.ts';
import { formatInstant, parseInstant } from '../../../core/lib/instant.ts';
import { findCapProblem, type JsonValue, readPath } from '../../../core/lib/json.ts';

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('ids', () => {
  it('of devices and profiles come back byte by byte, and sort as their bytes do', () => {
    fc.assert(
      fc.property(
        bytes16,
        bytes16,
        fc.constantFrom(0, 1),
        fc.constantFrom<Jurisdiction>('none', 'eu', 'us'),
        (a, b, tier, jurisdiction) => {
          const id = formatProfileId(a, tier as 0 | 1, jurisdiction);
          expect([parseProfileId(id), tierOf(id), jurisdictionOf(id)]).toEqual([id, tier, jurisdiction]);
          expect(profileIdBytes(id)).toEqual(a);
          expect(deviceIdBytes(formatDeviceId(a))).toEqual(a);
          const other = formatProfileId(b, tier as 0 | 1, jurisdiction);
          expect(Math.sign(Buffer.compare(a, b))).toBe(id < other ? -1 : id > other ? 1 : 0);
        },
      ),
    );
  });

  it('minted later sort later, and are UUIDs of version 7', () => {
    const random = new Uint8Array(10).fill(255);
    const [first, second] = [
      mintUuidV7(1_795_000_000_000 as Instant, random),
      mintUuidV7(1_795_000_000_001 as Instant, new Uint8Array(10)),
    ];
    expect(parseDeviceId(formatDeviceId(first))).not.toBeNull();
    expect(formatDeviceId(first) < formatDeviceId(second)).toBe(true);
  });

  it.each(['', 'a b', 'x'.repeat(65), 'a/b', 'a\nb', '\u00e9'])('%j is no event id', (text) => {
    expect(parseEventId(text)).toBeNull();
  });

  it.each(['', '-a', 'a-', 'A', 'a_b', 'x'.repeat(33), '../x'])('%j is no space', (text) => {
    expect(parseSpace(text)).toBeNull();
  });
});

describe('instants', () => {
  it('are read with their offset and written in UTC', () => {
    expect(formatInstant(parseInstant('2026-11-22T11:00:00.5+01:00') as Instant)).toBe('2026-11-22T10:00:00.500Z');
    expect(parseInstant('2024-02-29T00:00:00Z')).not.toBeNull();
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-01-01T00:00:00+99:00',
    '2026-01-01',
    '2026-01-01T00:00:00',
    'now',
    '2026-01-01T00:00:00Z\n',
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeNull();
  });
});

describe('caps on JSON', () => {
  const caps = { maxDepth: 3, maxString: 5, maxItems: 2 };
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;

  it.each([
    ['depth', [[[[]]]], 'tooDeep', '/0/0/0'],
    ['any depth, without running out of stack', deep, 'tooDeep', '/0/0/0'],
    ['a string', { a: ['123456'] }, 'stringTooLong', '/a/0'],
    ['a name', { '123456': 1 }, 'stringTooLong', ''],
    ['a list', { a: [1, 2, 3] }, 'tooManyItems', '/a'],
    ['members', { a: 1, b: 2, c: 3 }, 'tooManyItems', ''],
    ['a forbidden name', JSON.parse('{"a":{"__proto__":1}}'), 'forbiddenKey', '/a'],
    ['a name with a slash and a tilde', { 'a/~': ['123456'] }, 'stringTooLong', '/a~1~0/0'],
  ])('%s', (_, value, problem, pointer) => {
    expect(findCapProblem(value, caps)).toEqual({ problem, pointer });
  });

  it('lets through what is at the caps', () => {
    expect(findCapProblem({ a: [['12345', null]], b: true }, caps)).toBeNull();
  });
});

describe('paths into JSON', () => {
  it('are read through own members only', () => {
    const value: JsonValue = { cart: { total: 7, items: [1] } };
    expect(readPath(value, ['cart', 'total'])).toBe(7);
    for (const path of [
      ['toString'],
      ['cart', 'constructor'],
      ['cart', 'items', '0'],
      ['cart', 'items', 'length'],
      ['cart', 'total', 'x'],
      ['none'],
    ]) {
      expect(readPath(value, path)).toBeUndefined();
    }
  });
});

it('the length in bytes is that of UTF-8, for every text that has one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(byteLength(text)).toBe(new TextEncoder().encode(text).length);
    }),
  );
});
