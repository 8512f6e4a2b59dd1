import type { ProfileId } from '../../lib/ids.ts';
import { type Hash64, siphash24 } from './siphash.ts';

/** Decides which profiles a sample holds. Samples of one key can be merged; another key draws another, independent sample. */
export interface SampleKey {
  /** Names the key without giving it away: 16 hex digits. */
  readonly id: string;
  /** 16 secret bytes. */
  readonly bytes: Uint8Array;
}

/** `bytes`: 16, random or derived from a secret. */
export function createSampleKey(bytes: Uint8Array): SampleKey {
  const { high, low } = siphash24(bytes, new Uint8Array(0));
  return { id: hex(high) + hex(low), bytes: bytes.slice() };
}

/** The place of a profile in the order of the sample: uniform in (0, 1], in steps of 2^-53. */
export function sampleRank(key: SampleKey, profile: ProfileId): number {
  const text = new Uint8Array(profile.length);
  // Profile ids are ASCII.
  for (let i = 0; i < text.length; i++) text[i] = profile.charCodeAt(i);
  return fraction(siphash24(key.bytes, text));
}

/** The upper 53 bits, what a double holds exactly; never 0, so that a limit can be divided by. */
function fraction({ high, low }: Hash64): number {
  return (high * 2 ** 21 + (low >>> 11) + 1) / 2 ** 53;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
