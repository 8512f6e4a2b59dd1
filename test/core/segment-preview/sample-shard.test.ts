import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import type { JsonValue } from '../../../core/lib/json.ts';
import { createSample } from '../../../core/segment/preview/sample.ts';
import { decodeShard, encodeShard, type SampleRow } from '../../../core/segment/preview/sample-shard.ts';
import { keyOf, profileId } from './seeded.ts';

const key = keyOf(7);
const instant = fc.integer({ min: -(2 ** 50), max: 2 ** 50 }).map((ms) => ms as Instant);
const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);
const value: fc.Arbitrary<JsonValue> = fc
  .oneof(scalar, fc.array(scalar, { maxLength: 4 }), fc.record({ a: scalar }), fc.constant(null))
  // -0 is 0 in JSON.
  .map((held) => JSON.parse(JSON.stringify(held)) as JsonValue);
const row = (number: number): fc.Arbitrary<SampleRow> =>
  fc.record({
    profile: fc.constant(profileId(number)),
    takenAt: instant,
    known: fc.boolean(),
    lastSeen: instant,
    log: fc.uint8Array({ maxLength: 40 }),
    attributes: fc
      .dictionary(fc.oneof(fc.constantFrom('tier', 'size', '__proto__', ''), fc.string()), value, { maxKeys: 5 })
      .map((held) => new Map(Object.entries(held))),
  });
const samples = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 2, max: 20 }))
  .chain(([count, k]) =>
    fc.tuple(...Array.from({ length: count }, (_, number) => row(number))).map((held) => createSample(k, key, held)),
  );

describe('a shard', () => {
  it('comes back as it was, and encodes to the same bytes', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const bytes = encodeShard(sample);
        const decoded = decodeShard(bytes, key);
        expect(decoded).toEqual({ ok: true, value: sample });
        if (decoded.ok) expect(encodeShard(decoded.value)).toEqual(bytes);
      }),
    );
  });

  it('is read or refused, never thrown at, whatever the bytes', () => {
    let refused = 0;
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(samples, damage, fc.option(fc.nat()), (sample, changes, cut) => {
        const bytes = encodeShard(sample);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const decoded = decodeShard(cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1)), key);
        if (!decoded.ok) {
          refused++;
          return;
        }
        expect(decoded.value.entries.length).toBeLessThanOrEqual(decoded.value.k);
      }),
      { numRuns: 1_000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decodeShard(bytes, key).ok === false));
    expect(refused).toBeGreaterThan(250);
  });

  it('refuses every cut', () => {
    const sample = createSample(4, key, fc.sample(fc.tuple(row(1), row(2), row(3)), { seed: 3, numRuns: 1 })[0] ?? []);
    const bytes = encodeShard(sample);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeShard(bytes.slice(0, length), key)).toEqual({ ok: false, error: 'corrupt' });
    }
    expect(decodeShard(Uint8Array.of(...bytes, 0), key)).toEqual({ ok: false, error: 'corrupt' });
  });

  it('tells later formats and other keys from damage', () => {
    const bytes = encodeShard(createSample<SampleRow>(4, key));
    expect(decodeShard(bytes.with(4, 2), key)).toEqual({ ok: false, error: 'newerFormat' });
    expect(decodeShard(bytes, keyOf(8))).toEqual({ ok: false, error: 'differentKey' });
  });

  it('lets nobody claim a place that the key does not give', () => {
    const held = fc.sample(fc.tuple(...Array.from({ length: 12 }, (_, number) => row(number))), {
      seed: 5,
      numRuns: 1,
    });
    const sample = createSample(4, key, held[0] ?? []);
    const high = createSample(20, key, held[0] ?? []).entries.at(-1);
    expect(sample.limit).not.toBeNull();
    for (const entries of [sample.entries.toReversed(), high ? [...sample.entries.slice(0, 3), high] : []]) {
      expect(decodeShard(encodeShard({ ...sample, entries }), key)).toEqual({ ok: false, error: 'corrupt' });
    }
  });
});
