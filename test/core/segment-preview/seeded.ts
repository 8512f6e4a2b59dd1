import { formatProfileId, type Instant, type ProfileId } from '../../../core/lib/ids.ts';
import type { Sampled } from '../../../core/segment/preview/sample.ts';
import { createSampleKey, type SampleKey } from '../../../core/segment/preview/sample-key.ts';

/** sfc32: numbers in [0, 1) from a seed. */
export function seeded(seed: number): () => number {
  let [a, b, c, d] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
  const next = (): number => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

export function keyOf(seed: number): SampleKey {
  const random = seeded(seed);
  return createSampleKey(Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)));
}

/** Ids that differ in their last bytes only, as those of one minute of minting would. */
export function profileId(number: number): ProfileId {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, number);
  return formatProfileId(bytes, 1, 'eu');
}

export interface NumberedRow extends Sampled {
  readonly number: number;
}

export function rowOf(number: number, takenAt = 1_000): NumberedRow {
  return { profile: profileId(number), takenAt: takenAt as Instant, number };
}

export function rows(count: number): readonly NumberedRow[] {
  return Array.from({ length: count }, (_, number) => rowOf(number));
}
