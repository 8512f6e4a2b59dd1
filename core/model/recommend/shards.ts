import { byteLength } from '../../lib/byte-length.ts';
import { fnv1a32 } from '../../lib/hash.ts';
import { limit } from '../../lib/limits.ts';

/** A key's rows are counted in so many slots before the number of shards is known. */
export const SHARD_SLOTS = 4096;

/** Slot of a key, 0 … 4095. Shards are runs of slots, so a number of shards is a power of two up to 4096. */
export function slotOf(key: string): number {
  // The low bits of FNV of neighbouring ids are far from even: murmur3's finisher spreads them.
  let h = fnv1a32(key);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) >>> 20;
}

export function shardOf(key: string, shards: number): number {
  return Math.floor((slotOf(key) * shards) / SHARD_SLOTS);
}

/**
 * The least power of two so that each shard stays under `catalogueShardBytes`. `slotBytes`: what the rows of each slot need, at
 * most. A slot that is over it alone gets its own shard: with limits on rows and items that does not happen.
 */
export function shardsFor(slotBytes: ArrayLike<number>): number {
  for (let shards = 1; shards < SHARD_SLOTS; shards *= 2) {
    const run = SHARD_SLOTS / shards;
    let fits = true;
    for (let from = 0; fits && from < SHARD_SLOTS; from += run) {
      let bytes = 0;
      for (let slot = from; slot < from + run; slot++) bytes += slotBytes[slot] ?? 0;
      fits = bytes <= limit('catalogueShardBytes');
    }
    if (fits) return shards;
  }
  return SHARD_SLOTS;
}

/** Rows by shard, each shard in the order of keys: the same rows make the same shards in whatever order they come. */
export function splitIntoShards<T>(
  rows: Iterable<T>,
  keyOf: (row: T) => string,
  bytesOf: (row: T) => number,
): readonly (readonly T[])[] {
  const sorted = [...rows].sort((a, b) => compareText(keyOf(a), keyOf(b)));
  const slotBytes = new Float64Array(SHARD_SLOTS);
  for (const row of sorted) {
    const slot = slotOf(keyOf(row));
    slotBytes[slot] = (slotBytes[slot] ?? 0) + bytesOf(row);
  }
  const shards: T[][] = Array.from({ length: shardsFor(slotBytes) }, () => []);
  for (const row of sorted) shards[shardOf(keyOf(row), shards.length)]?.push(row);
  return shards;
}

/** Bytes of a value as JSON, with the comma after it. */
export function jsonBytes(value: unknown): number {
  return byteLength(JSON.stringify(value)) + 1;
}

/** Order by UTF-16 units: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Position of a text among ascending ones, or -1. */
export function positionIn(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareText(sorted[middle] as string, text);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
