import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import type { JsonValue } from '../../../core/lib/json.ts';
import { binomialDistribution, hypergeometricDistribution } from '../../../core/segment/preview/count-distribution.ts';
import { finiteCountInterval, limitCountInterval } from '../../../core/segment/preview/count-interval.ts';
import { estimateCount, estimatePopulation, sampleFrame } from '../../../core/segment/preview/estimate-count.ts';
import {
  acceptsRank,
  createSample,
  insertRow,
  isDepleted,
  mergeSamples,
  type ProfileSample,
  removeProfile,
} from '../../../core/segment/preview/sample.ts';
import { createSampleKey, sampleRank } from '../../../core/segment/preview/sample-key.ts';
import { decodeShard, encodeShard, type SampleRow } from '../../../core/segment/preview/sample-shard.ts';
import { shadowRun } from '../../../core/segment/preview/shadow-run.ts';
import { ShardWriter } from '../../../core/segment/preview/shard-writer.ts';
import { siphash24 } from '../../../core/segment/preview/siphash.ts';
import { keyOf, profileId, rowOf, rows } from './seeded.ts';

const key = keyOf(7);
const CORRUPT = { ok: false, error: 'corrupt' } as const;
const shardRow = (number: number, part: Partial<SampleRow> = {}): SampleRow => ({
  profile: profileId(number),
  takenAt: 5 as Instant,
  known: number % 3 === 0,
  lastSeen: 4 as Instant,
  log: Uint8Array.of(number),
  attributes: new Map(),
  ...part,
});
const full = createSample(
  3,
  key,
  Array.from({ length: 12 }, (_, i) => shardRow(i)),
);
const again = (sample: ProfileSample<SampleRow>) => decodeShard(encodeShard(sample), key);

describe('a stored sample', () => {
  const empty = createSample<SampleRow>(2, key);
  test.each([1, 0.5, 2 ** -53])('may end at rank %s, with nobody in it', (limit) => {
    expect(again({ ...empty, limit })).toEqual({ ok: true, value: { ...empty, limit } });
  });
  test.each([0, -0.5, 1 + Number.EPSILON, Number.NaN, Number.POSITIVE_INFINITY])('ends at no rank %s', (limit) => {
    expect(again({ ...empty, limit })).toEqual(CORRUPT);
  });
  test('has room for 2 to a million', () => {
    for (const k of [2, 1_000_000]) expect(again({ ...empty, k }).ok).toBe(true);
    for (const k of [0, 1, 1_000_001]) expect(again({ ...empty, k })).toEqual(CORRUPT);
    expect(again({ ...full, limit: null, k: 2 })).toEqual(CORRUPT);
    expect(again({ ...full, limit: null }).ok).toBe(true);
  });
  test('holds nobody above its end', () => {
    const last = full.entries.at(-1)?.rank ?? 0;
    expect(again({ ...full, limit: last }).ok).toBe(true);
    expect(again({ ...full, limit: last - 2 ** -53 })).toEqual(CORRUPT);
  });

  test('begins with its sign, its format and whether somebody was left out', () => {
    const bytes = encodeShard(empty);
    expect([...bytes.subarray(0, 5)]).toEqual([0x53, 0x4c, 0x56, 0x53, 1]);
    for (const at of [0, 1, 2, 3]) expect(decodeShard(bytes.with(at, 0x20), key)).toEqual(CORRUPT);
    expect(decodeShard(bytes.with(4, 0), key)).toEqual(CORRUPT);
    const flag = 4 + 1 + 17 + 1;
    expect(bytes[flag]).toBe(0);
    expect(decodeShard(bytes.with(flag, 2), key)).toEqual(CORRUPT);
    expect(decodeShard(bytes.with(flag, 1), key)).toEqual(CORRUPT);
    // Cut off before the key is known it is no other key's.
    expect(decodeShard(bytes.slice(0, 8), key)).toEqual(CORRUPT);
  });

  test('knows of each of more than eight rows whether it is known', () => {
    const held = createSample(
      20,
      key,
      Array.from({ length: 19 }, (_, i) => shardRow(i, { lastSeen: (1000 - 3 * i) as Instant })),
    );
    expect(again(held)).toEqual({ ok: true, value: held });
  });

  const at = (ms: number) => createSample(2, key, [shardRow(1, { lastSeen: ms as Instant })]);
  test('reaches far, but no farther', () => {
    for (const ms of [2 ** 50, -(2 ** 50)]) expect(again(at(ms)).ok).toBe(true);
    for (const ms of [2 ** 50 + 1, -(2 ** 50) - 1]) expect(() => encodeShard(at(ms))).toThrow('out of range');
  });

  test('names profiles, and instants that can be', () => {
    const bytes = encodeShard(createSample(2, key, [shardRow(1)]));
    // Last seen, taken at, a log of one byte, no attributes.
    expect([...bytes.subarray(-5)]).toEqual([8, 10, 1, 1, 0]);
    const withInstants = (lastSeen: number, takenAt: number) => {
      const out = new ShardWriter();
      out.bytes(bytes.subarray(0, -5));
      out.signed(lastSeen);
      out.signed(takenAt);
      out.bytes(bytes.subarray(-3));
      return decodeShard(out.finish(), key);
    };
    expect(withInstants(2 ** 50, -(2 ** 50)).ok).toBe(true);
    expect(withInstants(2 ** 50 + 1, 0)).toEqual(CORRUPT);
    expect(withInstants(0, -(2 ** 50) - 1)).toEqual(CORRUPT);
    for (let i = 1; i <= 28; i++) expect(decodeShard(bytes.with(-6 - i, 0x21), key)).toEqual(CORRUPT);
  });

  const holding = (value: JsonValue, name = 'a') =>
    createSample(2, key, [shardRow(1, { attributes: new Map([[name, value]]) })]);
  const nested = (depth: number): JsonValue => (depth === 0 ? 1 : [nested(depth - 1)]);
  test('holds values up to their caps', () => {
    for (const value of [nested(8), 'x'.repeat(65_536), new Array(9_999).fill(0), null, false, 0, '']) {
      expect(again(holding(value)).ok).toBe(true);
    }
    for (const value of [nested(10), 'x'.repeat(65_537), new Array(10_002).fill(0)]) {
      expect(again(holding(value))).toEqual(CORRUPT);
    }
    const two = createSample(3, key, [
      shardRow(1, { attributes: new Map([['b', 1]]) }),
      shardRow(2, {
        attributes: new Map<string, JsonValue>([
          ['a', 'x'],
          ['b', 2],
        ]),
      }),
      shardRow(3, { attributes: new Map([['b', 1]]) }),
    ]);
    expect(again(two)).toEqual({ ok: true, value: two });
  });

  test('is the same bytes in whatever order its attributes came', () => {
    const ordered = (names: readonly string[]) =>
      createSample(2, key, [shardRow(1, { attributes: new Map(names.map((name) => [name, name])) })]);
    expect(encodeShard(ordered(['c', 'a', 'b']))).toEqual(encodeShard(ordered(['a', 'b', 'c'])));
  });

  test('is written into room that grows, whatever is written', () => {
    const written = (write: (out: ShardWriter, i: number) => void) => {
      const out = new ShardWriter();
      for (let i = 0; i < 9_000; i++) write(out, i);
      return out.finish();
    };
    expect(written((out, i) => out.byte(i % 256))).toEqual(Uint8Array.from({ length: 9_000 }, (_, i) => i % 256));
    expect(written((out) => out.varint(300)).length).toBe(18_000);
    expect(written((out) => out.double(1.5)).length).toBe(72_000);
    expect(written((out, i) => (i % 2 === 0 ? out.byte(1) : out.double(1.5))).length).toBe(40_500);
  });

  /** One row with columns that an encoder would not write. */
  const withColumns = (write: (out: ShardWriter) => void) => {
    const plain = encodeShard(createSample(2, key, [shardRow(1)]));
    const out = new ShardWriter();
    out.bytes(plain.subarray(0, -1));
    write(out);
    return decodeShard(out.finish(), key);
  };
  const column = (out: ShardWriter, name: string, values: readonly string[], cells: readonly number[]) => {
    out.text(name);
    out.varint(values.length);
    for (const value of values) out.text(value);
    for (const cell of cells) out.varint(cell);
  };
  test('has columns of distinct names, with no more values than rows, and numbers of theirs', () => {
    const one = withColumns((out) => {
      out.varint(2);
      column(out, 'a', ['1'], [1]);
      column(out, 'b', [], [0]);
    });
    expect(one.ok && one.value.entries[0]?.row.attributes).toEqual(new Map([['a', 1]]));
    for (const bad of [
      (out: ShardWriter) => column(out, 'a', ['1'], [2]),
      (out: ShardWriter) => column(out, 'a', ['1', '2'], [1]),
      (out: ShardWriter) => column(out, 'a', ['1 2'], [1]),
      (out: ShardWriter) => column(out, 'a', ['1'], []),
      (out: ShardWriter) => column(out, 'a', ['1'], [1, 1]),
    ]) {
      expect(
        withColumns((out) => {
          out.varint(1);
          bad(out);
        }),
      ).toEqual(CORRUPT);
    }
    const twice = withColumns((out) => {
      out.varint(2);
      column(out, 'a', ['1'], [1]);
      column(out, 'a', ['2'], [1]);
    });
    expect(twice).toEqual(CORRUPT);
  });
});

describe('a sample', () => {
  test('has room for two at least', () => {
    for (const k of [1, 0, -2, 2.5, Number.NaN]) expect(() => createSample(k, key)).toThrow('2 rows');
    expect(createSample(2, key, rows(2)).limit).toBeNull();
  });

  test('of equally old rows of one profile takes the first', () => {
    const [a, b] = [rowOf(1, 10), rowOf(1, 10)];
    expect(createSample(5, key, [a, b]).entries[0]?.row).toBe(a);
    const sample = createSample(5, key, [a]);
    expect(insertRow(sample, key, b)).toBe(sample);
    expect(insertRow(sample, key, rowOf(1, 11)).entries).toHaveLength(1);
    const merged = mergeSamples(createSample(5, key, [a]), createSample(3, key, [b]));
    expect(merged.ok && [merged.value.k, merged.value.entries[0]?.row === a]).toEqual([3, true]);
  });

  test('of two shards is the sample of all', () => {
    const shard = (rest: number, k: number) =>
      createSample(
        k,
        key,
        rows(60).filter(({ number }) => number % 2 === rest),
      );
    const union = (a: ProfileSample<SampleRow | ReturnType<typeof rowOf>>, b: typeof a) => mergeSamples(a, b);
    expect(union(shard(0, 8), shard(1, 8))).toEqual({ ok: true, value: createSample(8, key, rows(60)) });
    // Nobody is left out of the one, most of the other: above its end nothing is known.
    const [whole, part] = [shard(0, 50), shard(1, 8)];
    expect([whole.limit === null, part.limit === null]).toEqual([true, false]);
    const known = [...whole.entries, ...part.entries]
      .filter(({ rank }) => rank <= (part.limit ?? 0))
      .sort((a, b) => a.rank - b.rank);
    expect(known.length).toBeGreaterThan(8);
    for (const merged of [union(whole, part), union(part, whole)]) {
      expect(merged).toMatchObject({ ok: true, value: { limit: known[7]?.rank, entries: known.slice(0, 8) } });
    }
    const roomy = union({ ...whole, k: 99 }, { ...part, k: 99 });
    expect(roomy).toMatchObject({ ok: true, value: { limit: part.limit, entries: known } });
    expect(union(whole, shard(1, 50))).toMatchObject({ ok: true, value: { limit: expect.any(Number), k: 50 } });
    expect(union(shard(0, 90), shard(1, 90))).toEqual({ ok: true, value: createSample(90, key, rows(60)) });
  });

  test('takes whom there is room for', () => {
    const sample = createSample(3, key, rows(20));
    const [last, limit] = [sample.entries.at(-1)?.rank ?? 0, sample.limit ?? 0];
    expect(limit).toBe(last);
    expect([acceptsRank(sample, last), acceptsRank(sample, last + 2 ** -53)]).toEqual([true, false]);
    expect(acceptsRank(createSample(3, key), 1)).toBe(true);
    const two = createSample(2, key, rows(2));
    const ranks = two.entries.map(({ rank }) => rank);
    expect([acceptsRank(two, ranks[1] ?? 0), acceptsRank(two, 1)]).toEqual([true, false]);
    expect(acceptsRank(createSample(3, key, rows(2)), 1)).toBe(true);
    const first = sample.entries[0]?.row.profile ?? profileId(0);
    const shrunk = removeProfile(sample, key, first);
    expect([shrunk.limit, shrunk.entries.length, isDepleted(shrunk)]).toEqual([limit, 2, false]);
    expect(acceptsRank(shrunk, limit)).toBe(true);
    expect(acceptsRank(shrunk, limit + 2 ** -53)).toBe(false);
    expect(removeProfile(sample, key, profileId(999))).toBe(sample);
    expect(() => removeProfile(sample, keyOf(8), first)).toThrow('one key');
  });

  test('is named by its key, which it does not give away', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
    const named = createSampleKey(bytes);
    // The reference vector of no bytes.
    expect(named.id).toBe('726fdb47dd0e0e31');
    bytes[0] = 9;
    expect(named.bytes[0]).toBe(0);
    expect(() => createSampleKey(bytes.subarray(1))).toThrow('16 bytes');
    expect(() => siphash24(new Uint8Array(17), bytes)).toThrow('16 bytes');
    const rank = sampleRank(key, profileId(1));
    expect(rank > 0 && rank <= 1 && Number.isInteger(rank * 2 ** 53)).toBe(true);
  });
});

describe('estimates', () => {
  test('by frame', () => {
    expect(estimateCount(7, { is: 'everybody' }, 0.95)).toEqual({ sampled: 7, value: 7, low: 7, high: 7 });
    const population = { is: 'population', rows: 10, population: 100 } as const;
    expect(estimateCount(5, population, 0.95)).toEqual({ sampled: 5, value: 50, low: 20, high: 80 });
    // 10 of k = 100 below 0.05: 10 · 99 / (100 · 0.05) = 198.
    const limit = { is: 'limit', k: 100, limit: 0.05 } as const;
    expect(estimateCount(10, limit, 0.95)).toEqual({ sampled: 10, value: 198, low: 99, high: 363 });
    // k = 2 halves, which is less than what was seen.
    expect(estimateCount(5, { is: 'limit', k: 2, limit: 0.9 }, 0.95)).toMatchObject({ low: 5, value: 5 });
  });

  test('believe a number of people that can be', () => {
    const sample = createSample(100, key, rows(2_000));
    const { low, high } = limitCountInterval(100, sample.limit ?? 0, 0.9999);
    expect([low, high].map((count) => sampleFrame(sample, count).is)).toEqual(['population', 'population']);
    expect([low - 1, high + 1].map((count) => sampleFrame(sample, count).is)).toEqual(['limit', 'limit']);
    const nobody = { ...sample, entries: [], limit: 0.5 };
    expect([0, 1, 5].map((count) => sampleFrame(nobody, count).is)).toEqual(['limit', 'limit', 'limit']);
    // Somebody was left out, so there are more people than rows.
    const most = { ...createSample(3, key, rows(3)), limit: 0.99 };
    expect([2, 3, 4].map((count) => sampleFrame(most, count).is)).toEqual(['limit', 'limit', 'population']);
    expect(sampleFrame({ ...sample, limit: 1 }, null)).toEqual({ is: 'everybody' });
    expect(sampleFrame({ ...sample, entries: [] }, 2_000).is).toBe('limit');
    const frame = sampleFrame(sample, null);
    expect(estimatePopulation(sample, frame, 0.95)).toEqual(estimateCount(100, frame, 0.95));
  });

  test('of chances at the ends', () => {
    const binomial = binomialDistribution(10, 0.3);
    expect([-1, 11].map(binomial.probability)).toEqual([0, 0]);
    expect([binomial.min, binomial.max, binomial.mode]).toEqual([0, 10, 3]);
    expect(binomialDistribution(3, 0.9).mode).toBe(3);
    const drawn = hypergeometricDistribution(10, 7, 5);
    expect([drawn.min, drawn.max, drawn.mode]).toEqual([2, 5, 4]);
    expect([1, 6].map(drawn.probability)).toEqual([0, 0]);
    const all = hypergeometricDistribution(10, 4, 10);
    expect([all.min, all.max, all.mode, all.probability(4)]).toEqual([4, 4, 4, 1]);
    expect(finiteCountInterval(4, 10, 10, 0.95)).toEqual({ low: 4, high: 4 });
    // Exact to the last digits also where 1,000 terms are many: 20 of 40 is C(40, 20) / 2^40.
    expect(binomialDistribution(40, 0.5).probability(20)).toBeCloseTo(137_846_528_820 / 2 ** 40, 14);
    expect(binomialDistribution(16, 0.25).probability(5) / (4368 * 0.25 ** 5 * 0.75 ** 11)).toBeCloseTo(1, 13);
    expect(binomialDistribution(300, 0.5).probability(200) * 2 ** 300).toBeCloseTo(4.158_251_463_258_565e81, -70);
  });

  test('hold with the confidence that is asked for', () => {
    const evaluator = (is: boolean) => ({ segments: ['s'], members: () => Uint8Array.of(is ? 1 : 0) });
    const sample = createSample(50, key, rows(500));
    const run = (confidence?: number) =>
      shadowRun(sample, evaluator(false), evaluator(true), {
        population: null,
        examples: 0,
        ...(confidence === undefined ? {} : { confidence }),
      });
    expect([run().confidence, run(0.5).confidence]).toEqual([0.95, 0.5]);
    const width = ({ population: { low, high } }: ReturnType<typeof run>) => high - low;
    expect(width(run(0.5))).toBeLessThan(width(run()));
    expect(run().segments[0]?.after).toEqual(run().population);
    expect(run(0.95)).toEqual(run());
  });
});
