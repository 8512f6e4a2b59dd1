/** Bits by key, as one array of runs: how many words, then pairs of word and mask. */
export interface BitMasks<K> {
  /** Where the run of each key begins. */
  readonly at: ReadonlyMap<K, number>;
  readonly runs: Int32Array;
}

/** `bits`: which bit each key sets; a key may come more than once. Null for none. */
export function createBitMasks<K>(bits: readonly (readonly [key: K, bit: number])[]): BitMasks<K> | null {
  if (bits.length === 0) return null;
  const masks = new Map<K, Map<number, number>>();
  for (const [key, bit] of bits) {
    const words = masks.get(key) ?? new Map<number, number>();
    masks.set(key, words.set(bit >> 5, (words.get(bit >> 5) ?? 0) | (1 << (bit & 31))));
  }
  const at = new Map<K, number>();
  const runs: number[] = [];
  for (const [key, words] of masks) {
    at.set(key, runs.length);
    runs.push(words.size, ...[...words].flat());
  }
  return { at, runs: Int32Array.from(runs) };
}

/** Sets the bits of the key in the words from `base` on: one look-up, however many bits. */
export function setMasked<K>({ at, runs }: BitMasks<K>, key: K, words: Int32Array, base: number): void {
  const start = at.get(key);
  if (start !== undefined) setRun(runs, start, words, base);
}

export function setRun(runs: Int32Array, start: number, words: Int32Array, base: number): void {
  const end = start + 2 * (runs[start] as number);
  for (let i = start + 1; i <= end; i += 2) {
    const word = base + (runs[i] as number);
    words[word] = (words[word] as number) | (runs[i + 1] as number);
  }
}

/** Sets `count` bits from `first` on. */
export function setOnes(words: Int32Array, first: number, count: number): void {
  if (count <= 0) return;
  const last = first + count - 1;
  const head = -1 << (first & 31);
  const tail = -1 >>> (31 - (last & 31));
  const from = first >> 5;
  const to = last >> 5;
  if (from === to) {
    words[from] = (words[from] as number) | (head & tail);
    return;
  }
  words[from] = (words[from] as number) | head;
  for (let i = from + 1; i < to; i++) words[i] = -1;
  words[to] = (words[to] as number) | tail;
}

export function setBit(words: Int32Array, bit: number): void {
  words[bit >> 5] = (words[bit >> 5] as number) | (1 << (bit & 31));
}
