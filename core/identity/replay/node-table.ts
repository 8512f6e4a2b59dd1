import type { CompiledNamespace } from '../compiled-namespaces.ts';
import { type IdentityKey, namespaceOf } from '../identity-key.ts';
import { DisjointSets } from './disjoint-sets.ts';
import type { Link } from './link.ts';
import type { Stamp } from './stamp.ts';
import type { StitchRules } from './stitch-rules.ts';

/** Numbers the identities of a replay, so that its loop works on integers. */
export class NodeTable {
  /** Most values of each limited namespace, by its `limitIndex`. */
  readonly most: readonly number[];
  readonly #rules: StitchRules;
  readonly #index = new Map<IdentityKey, number>();
  readonly #namespace: (CompiledNamespace | undefined)[] = [];
  readonly #lastLinked: number[] = [];
  readonly #graphs: DisjointSets;
  /** By the root of a graph: the time of its newest link, which is the present of that graph. */
  readonly #now: number[];

  constructor(links: readonly Link[], stampOf: (link: Link) => Stamp, rules: StitchRules) {
    this.#rules = rules;
    this.most = rules.namespaces.limited.map(({ most }) => most);
    for (const link of links) {
      const { at } = stampOf(link);
      this.#see(link.a, at);
      this.#see(link.b, at);
    }
    this.#graphs = new DisjointSets(this.#namespace.length, 0);
    for (const { a, b } of links) {
      const one = this.graphOf(this.indexOf(a));
      const other = this.graphOf(this.indexOf(b));
      if (one !== other) this.#graphs.unite(one, other);
    }
    this.#now = [...this.#lastLinked];
    this.#lastLinked.forEach((at, index) => {
      const graph = this.graphOf(index);
      this.#now[graph] = Math.max(this.#now[graph] as number, at);
    });
  }

  indexOf(key: IdentityKey): number {
    return this.#index.get(key) as number;
  }

  /** The same number for all that any of the links hold together. */
  graphOf(index: number): number {
    return this.#graphs.find(index);
  }

  /** A namespace that a newer configuration no longer knows ranks last. */
  priorityOf(index: number): number {
    return this.#namespace[index]?.priority ?? Number.MAX_SAFE_INTEGER / 4;
  }

  /** Every identity by itself, counted where its namespace is limited and it was linked within the window. */
  sets(): DisjointSets {
    const sets = new DisjointSets(this.#namespace.length, this.most.length);
    this.#namespace.forEach((namespace, index) => {
      if (!namespace || namespace.limitIndex < 0) return;
      const { windowMs, limitIndex } = namespace;
      const now = this.#now[this.graphOf(index)] as number;
      const counts = windowMs === null || (this.#lastLinked[index] as number) > now - windowMs;
      if (counts) sets.count(index, limitIndex);
    });
    return sets;
  }

  /** By index, the colour of the side, -1 for none. */
  sidesOf(sides: ReadonlyMap<IdentityKey, number> | undefined): Int32Array | null {
    if (!sides || sides.size === 0) return null;
    const sideOf = new Int32Array(this.#namespace.length).fill(-1);
    for (const [key, side] of sides) {
      const index = this.#index.get(key);
      if (index !== undefined) sideOf[index] = side;
    }
    return sideOf;
  }

  #see(key: IdentityKey, at: number): void {
    const index = this.#index.get(key);
    if (index === undefined) {
      this.#index.set(key, this.#namespace.length);
      this.#namespace.push(this.#rules.namespaces.byCode.get(namespaceOf(key)));
      this.#lastLinked.push(at);
    } else if (at > (this.#lastLinked[index] as number)) this.#lastLinked[index] = at;
  }
}
