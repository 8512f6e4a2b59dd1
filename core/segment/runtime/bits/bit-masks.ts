/** Bits by key, as one array of runs: how many words, then pairs of word and mask. */
export interface BitMasks<K> {
  /** Where the run of each key begins. */
  readonly at: ReadonlyMap<K, number>;
  readonly runs: Int32Array;
}

/** What sets which bit, while it is put together; a key may come more than once. */
export class KeyedBits<K> {
  readonly keys: K[] = [];
  readonly bits: number[] = [];

  add(key: K, bit: number): void {
    this.keys.push(key);
    this.bits.push(bit);
  }
}

/** Null for none. */
export function createBitMasks<K>({ keys, bits }: KeyedBits<K>): BitMasks<K> | null {
  if (keys.length === 0) return null;
  const byKey = new Map<K, number[]>();
  let pairs = 0;
  for (let i = 0; i < keys.length; i++) {
    const bit = bits[i] as number;
    const run = byKey.get(keys[i] as K) ?? [];
    if (run.length === 0) byKey.set(keys[i] as K, run);
    let place = 0;
    while (place < run.length && run[place] !== bit >> 5) place += 2;
    if (place === run.length) {
      run.push(bit >> 5, 0);
      pairs++;
    }
    run[place + 1] = (run[place + 1] as number) | (1 << (bit & 31));
  }
  const at = new Map<K, number>();
  const runs = new Int32Array(byKey.size + 2 * pairs);
  let end = 0;
  for (const [key, run] of byKey) {
    at.set(key, end);
    runs[end++] = run.length >> 1;
    for (let i = 0; i < run.length; i++) runs[end++] = run[i] as number;
  }
  return { at, runs };
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
