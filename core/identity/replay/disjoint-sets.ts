/**
 * Union-find over 0…n-1 that also counts, per set, the members of each limited kind. Links by fixed order (the smaller
 * number is the root) and halves paths: with no rank to keep it is as fast in practice (Goel, Khanna, Larkin, Tarjan: Disjoint set
 * union with randomized linking, SODA 2014; numbers here are given in the order of insertion).
 */
export class DisjointSets {
  readonly #parent: Int32Array;
  readonly #counts: Int32Array;
  readonly #kinds: number;

  constructor(size: number, kinds: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
    this.#counts = new Int32Array(size * kinds);
    this.#kinds = kinds;
  }

  /** Counts a member as one of a kind; before any union. */
  count(member: number, kind: number): void {
    this.#counts[member * this.#kinds + kind] = 1;
  }

  find(member: number): number {
    const parent = this.#parent;
    let at = member;
    while (true) {
      const up = parent[at] as number;
      if (up === at) return at;
      const above = parent[up] as number;
      parent[at] = above;
      at = above;
    }
  }

  /**
   * Whether joining two roots would put more of some kind together than `most` allows. A root may hold too many already;
   * what brings none of that kind does it no harm.
   */
  overflows(one: number, other: number, most: readonly number[]): boolean {
    const left = one * this.#kinds;
    const right = other * this.#kinds;
    for (let kind = 0; kind < this.#kinds; kind++) {
      const held = this.#counts[left + kind] as number;
      const joining = this.#counts[right + kind] as number;
      if (held > 0 && joining > 0 && held + joining > (most[kind] as number)) return true;
    }
    return false;
  }

  /** Joins two roots; returns the root. */
  unite(one: number, other: number): number {
    const root = Math.min(one, other);
    const child = Math.max(one, other);
    this.#parent[child] = root;
    for (let kind = 0; kind < this.#kinds; kind++) {
      const at = root * this.#kinds + kind;
      this.#counts[at] = (this.#counts[at] as number) + (this.#counts[child * this.#kinds + kind] as number);
    }
    return root;
  }
}
