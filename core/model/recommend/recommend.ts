import { fingerprint64 } from '../../lib/hash.ts';
import type { Instant } from '../../lib/ids.ts';
import { type Candidate, findCandidates, type Key, type PageContext, type Surroundings } from './candidates.ts';
import { categoryOf } from './catalogue.ts';
import type { CompiledStrategy } from './compile-strategy.ts';
import { likeness, NO_TRAITS, type Traits, traitsOf } from './features.ts';
import { boostOf, createFilter, productOf } from './filter.ts';
import type { Item } from './item.ts';
import type { LeftOutBecause, RecommendedBecause, ShortBecause } from './reasons.ts';
import { compareText } from './shards.ts';
import { readVisitor, type Visitor } from './visitor.ts';

export interface Recommendation {
  readonly item: Item;
  readonly because: RecommendedBecause;
  readonly key: Key;
  /** Position in the strategy's sources. */
  readonly source: number;
  /** Within its source, boosts included. */
  readonly score: number;
}

export interface Recommended {
  /** Each product once, in the order to show. */
  readonly items: readonly Recommendation[];
  /** Candidates that were passed over, by reason. */
  readonly leftOut: Readonly<Partial<Record<LeftOutBecause, number>>>;
  /** Null: the list is full. */
  readonly short: ShortBecause | null;
}

/**
 * Fills a list from the strategy's sources, one after the other. The same arguments give the same list; equal scores are ordered by `seed`
 * (the visitor), so that not everybody gets the same one of two equals. Looks only at the candidates of the sources, never at the whole catalogue.
 */
export function recommend(
  strategy: CompiledStrategy,
  around: Surroundings,
  visitor: Visitor,
  page: PageContext,
  now: Instant,
  seed: string,
): Recommended {
  const view = readVisitor(visitor, around.catalogue, page.cart ?? null, now);
  const filter = createFilter(strategy, view, page, around.catalogue, now);
  const list = new List(strategy);
  const leftOut: Partial<Record<LeftOutBecause, number>> = {};
  const leave = (why: LeftOutBecause): void => {
    leftOut[why] = (leftOut[why] ?? 0) + 1;
  };
  const seen = new Set<string>();
  let [anyKey, anyCandidate] = [false, false];

  for (const [source, asked] of strategy.sources.entries()) {
    if (list.isFull()) break;
    const { because, candidates, hasKey } = findCandidates(asked, view, page, around, strategy.size);
    anyKey ||= hasKey;
    anyCandidate ||= candidates.length > 0;
    const fit: Fit[] = [];
    for (const candidate of candidates) {
      if (seen.has(candidate.item)) {
        leave('repeated');
        continue;
      }
      const item = around.catalogue.get(candidate.item);
      const why = item ? filter(item, candidate.key) : 'notInCatalogue';
      // What one source may not show by its key, another may by its own.
      if (why === null) seen.add(candidate.item);
      if (why !== null || !item) leave(why ?? 'notInCatalogue');
      else fit.push(fitOf(item, candidate, strategy, seed));
    }
    fit.sort((a, b) => b.score - a.score || compareText(a.tie, b.tie) || compareText(a.item.id, b.item.id));
    list.fill(fit, leave, ({ item, key, score }) => ({ item, because, key, source, score }));
  }
  const short = list.isFull() ? null : shortBecause(anyKey, anyCandidate, leftOut);
  return { items: list.chosen, leftOut, short };
}

interface Fit {
  readonly item: Item;
  readonly key: Key;
  readonly score: number;
  readonly tie: string;
}

function fitOf(item: Item, { score, key }: Candidate, strategy: CompiledStrategy, seed: string): Fit {
  return { item, key, score: score * boostOf(item, strategy.boosts), tie: fingerprint64(`${seed} ${item.id}`) };
}

function shortBecause(
  anyKey: boolean,
  anyCandidate: boolean,
  leftOut: Readonly<Partial<Record<LeftOutBecause, number>>>,
): ShortBecause {
  if (!anyKey) return 'noKeys';
  if (!anyCandidate) return 'noCandidates';
  return (leftOut.categoryFull ?? 0) + (leftOut.brandFull ?? 0) > 0 ? 'diversity' : 'filtered';
}

/** The list as it grows: what may still come in is decided by what is in it. */
class List {
  readonly chosen: Recommendation[] = [];
  readonly #strategy: CompiledStrategy;
  readonly #products = new Set<string>();
  readonly #perCategory = new Map<string, number>();
  readonly #perBrand = new Map<string, number>();
  readonly #traits: Traits[] = [];

  constructor(strategy: CompiledStrategy) {
    this.#strategy = strategy;
  }

  isFull(): boolean {
    return this.chosen.length >= this.#strategy.size;
  }

  /** `fit`: best first. With relevance below 1 each next one is weighed against its likeness to what was chosen (Carbonell, Goldstein 1998). */
  fill(fit: readonly Fit[], leave: (why: LeftOutBecause) => void, tell: (fit: Fit) => Recommendation): void {
    const { relevance } = this.#strategy;
    const best = fit[0]?.score ?? 0;
    const left = fit.map((of) => ({
      of,
      relevance: best > 0 ? of.score / best : 0,
      traits: relevance < 1 ? traitsOf(of.item) : NO_TRAITS,
      likest: 0,
    }));
    if (relevance < 1)
      for (const next of left)
        for (const before of this.#traits) next.likest = Math.max(next.likest, likeness(before, next.traits));
    while (left.length > 0 && !this.isFull()) {
      let at = 0;
      let most = Number.NEGATIVE_INFINITY;
      for (const [i, next] of left.entries()) {
        const worth = relevance * next.relevance - (1 - relevance) * next.likest;
        if (worth > most) [at, most] = [i, worth];
        if (relevance === 1) break;
      }
      const [next] = left.splice(at, 1);
      if (!next) return;
      const why = this.#hindrance(next.of.item);
      if (why !== null) {
        leave(why);
        continue;
      }
      this.#take(next.of.item, tell(next.of), next.traits);
      if (relevance < 1)
        for (const other of left) other.likest = Math.max(other.likest, likeness(next.traits, other.traits));
    }
  }

  #hindrance(item: Item): LeftOutBecause | null {
    const { maxPerBrand, maxPerCategory } = this.#strategy;
    if (this.#products.has(productOf(item))) return 'sameProduct';
    if ((this.#perCategory.get(categoryOf(item) ?? '') ?? 0) >= maxPerCategory) return 'categoryFull';
    if (item.brand !== null && (this.#perBrand.get(item.brand) ?? 0) >= maxPerBrand) return 'brandFull';
    return null;
  }

  #take(item: Item, told: Recommendation, traits: Traits): void {
    const category = categoryOf(item) ?? '';
    this.chosen.push(told);
    this.#products.add(productOf(item));
    this.#perCategory.set(category, (this.#perCategory.get(category) ?? 0) + 1);
    if (item.brand !== null) this.#perBrand.set(item.brand, (this.#perBrand.get(item.brand) ?? 0) + 1);
    this.#traits.push(traits);
  }
}
