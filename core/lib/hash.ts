/** FNV-1a, 32 bit (Fowler, Noll, Vo; draft-eastlake-fnv). Not for secrets: bucketing and sharding only. */
export function fnv1a32(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i) & 0xff;
    hash = Math.imul(hash, 0x01000193);
    hash ^= text.charCodeAt(i) >> 8;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** A 64-bit fingerprint as 16 hex digits: two FNV-1a runs with different seeds, finished with murmur3's mixer. */
export function fingerprint64(text: string): string {
  return hex(mix(fnv1a32(text))) + hex(mix(fnv1a32(text, 0x9747b28c)));
}

/** Murmur3's finisher: FNV of neighbouring texts is not uniform by itself. */
export function mix(value: number): number {
  let h = value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
