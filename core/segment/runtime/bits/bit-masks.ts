/** Bits by key, as one array of runs: how many words, then pairs of word and mask. */
export interface BitMasks<K> {
  /** Where the run of each key begins. */
  readonly at: ReadonlyMap<K, number>;
  readonly runs: Int32Array;
}

/** What sets which bit, while it is put together; a key may come more than once. */
export class KeyedBits<K> {
  /** By key: its last entry. */
  readonly last = new Map<K, number>();
  /** Entries: word, mask, the key's entry before; -1: none. */
  readonly entries: number[] = [];

  add(key: K, bit: number): void {
    const { last, entries } = this;
    const before = last.get(key) ?? -1;
    if (before >= 0 && entries[before] === bit >> 5) {
      entries[before + 1] = (entries[before + 1] as number) | (1 << (bit & 31));
      return;
    }
    last.set(key, entries.length);
    entries.push(bit >> 5, 1 << (bit & 31), before);
  }
}

/** Null for none. What was put together is used up. */
export function createBitMasks<K>({ last, entries }: KeyedBits<K>): BitMasks<K> | null {
  if (last.size === 0) return null;
  const runs = new Int32Array(last.size + (2 * entries.length) / 3);
  let end = 0;
  last.forEach((entry, key) => {
    const start = end++;
    for (let i = entry; i >= 0; i = entries[i + 2] as number) {
      runs[end++] = entries[i] as number;
      runs[end++] = entries[i + 1] as number;
    }
    runs[start] = (end - start) >> 1;
    last.set(key, start);
  });
  return { at: last, runs };
}

/** Sets the bits of the key in the words from `base` on: one look-up, however many bits. */
export function setMasked<K>({ at, runs }: BitMasks<K>, key: K, words: Int32Array, base: number): void {
  const start = at.get(key);
  if (start !== undefined) setRun(runs, start, words, base);
}

/** The bits of the key where all are in one word. */
export function maskOf<K>({ at, runs }: BitMasks<K>, key: K): number {
  const start = at.get(key);
  return start === undefined ? 0 : (runs[start + 2] as number);
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
