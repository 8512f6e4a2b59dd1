/** A seeded source of randomness (sfc32: small, fast, passes PractRand). The same seed gives the same workload on every machine. */
export interface Random {
  /** In [0, 1). */
  unit(): number;
  /** A whole number in [from, to]. */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** As `pick`, but early entries far more often than late ones: what people look at is never spread evenly. */
  pickSkewed<T>(from: readonly T[]): T;
  /** Distinct entries, in random order. */
  sample<T>(from: readonly T[], count: number): T[];
  /** Draws without putting back, then starts again: any two workloads have the same mix, and differ in the rest. */
  deck<T>(of: readonly T[]): () => T;
  uuid(): string;
  hex(digits: number): string;
}

export function createRandom(seed: number): Random {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0];
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 16; i++) next();

  const unit = (): number => next() / 0x1_0000_0000;
  const whole = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1));
  const at = <T>(from: readonly T[], i: number): T => {
    const found = from[i];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  };
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += next().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  };
  const sample = <T>(from: readonly T[], count: number): T[] => {
    const left = [...from];
    return Array.from({ length: Math.min(count, left.length) }, () => at(left.splice(whole(0, left.length - 1), 1), 0));
  };
  return {
    unit,
    whole,
    chance: (probability) => unit() < probability,
    pick: (from) => at(from, whole(0, from.length - 1)),
    pickSkewed: (from) => at(from, Math.floor(unit() * unit() * from.length)),
    sample,
    deck: (of) => {
      let left: typeof of = [];
      return () => {
        if (left.length === 0) left = sample(of, of.length);
        const drawn = at(left, 0);
        left = left.slice(1);
        return drawn;
      };
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${at(['8', '9', 'a', 'b'], whole(0, 3))}${hex(3)}-${hex(12)}`,
    hex,
  };
}
