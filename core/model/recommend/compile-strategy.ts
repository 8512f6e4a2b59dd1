import { DAY_MS } from '../../lib/instant.ts';
import { limit } from '../../lib/limits.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { Catalogue } from './catalogue.ts';
import { categoryKey, parseCategory } from './category.ts';
import type { Availability } from './item.ts';
import type { StrategyProblem } from './strategy.schema.ts';
import type { ItemCondition, RecommendationSource, RecommendationStrategy } from './strategy.ts';

/** A strategy with its defaults filled in and its lists as sets. */
export interface CompiledStrategy {
  readonly id: string;
  readonly sources: readonly RecommendationSource[];
  readonly size: number;
  readonly availability: ReadonlySet<Availability>;
  /** Null: bought items may be shown. Infinity: never again. */
  readonly notBoughtMs: number | null;
  readonly notViewedMs: number | null;
  readonly notInCart: boolean;
  /** Null: any. */
  readonly categories: readonly string[] | null;
  readonly sameCategoryAs: 'key' | 'current' | null;
  readonly brands: ReadonlySet<string> | null;
  readonly attributes: readonly { readonly name: string; readonly in: ReadonlySet<string> | null }[];
  readonly price: { readonly min: number; readonly max: number };
  readonly priceOfKeyPct: { readonly min: number; readonly max: number } | null;
  readonly exclude: ReadonlySet<string>;
  readonly maxPerCategory: number;
  readonly maxPerBrand: number;
  /** 1: no look at what was chosen before. */
  readonly relevance: number;
  readonly boosts: readonly { readonly when: ItemCondition; readonly factor: number }[];
}

/** Checks what the parts of a strategy say about each other. */
export function compileStrategy(
  strategy: RecommendationStrategy,
): Result<CompiledStrategy, readonly StrategyProblem[]> {
  const problems = [...sourceProblems(strategy), ...ruleProblems(strategy)];
  if (problems.length > 0) return err(problems);
  const { rules = {}, diversity = {} } = strategy;
  const { notBought = true, price, priceOfKeyPct } = rules;
  return ok({
    id: strategy.id,
    sources: strategy.sources,
    size: strategy.size,
    availability: new Set<Availability>(rules.availability ?? ['in_stock']),
    notBoughtMs: typeof notBought === 'object' ? notBought.withinDays * DAY_MS : notBought ? Infinity : null,
    notViewedMs: rules.notViewed ? rules.notViewed.withinDays * DAY_MS : null,
    notInCart: rules.notInCart ?? true,
    categories: rules.categories?.map(plainCategory) ?? null,
    sameCategoryAs: rules.sameCategoryAs ?? null,
    brands: rules.brands ? new Set(rules.brands) : null,
    attributes: (rules.attributes ?? []).map((rule) => ({
      name: rule.name,
      in: 'in' in rule ? new Set(rule.in) : null,
    })),
    price: { min: price?.min ?? 0, max: price?.max ?? Infinity },
    priceOfKeyPct: priceOfKeyPct ? { min: priceOfKeyPct.min ?? 0, max: priceOfKeyPct.max ?? Infinity } : null,
    exclude: new Set(rules.exclude ?? []),
    maxPerCategory: diversity.maxPerCategory ?? Infinity,
    maxPerBrand: diversity.maxPerBrand ?? Infinity,
    relevance: diversity.relevance ?? 1,
    boosts: (strategy.boosts ?? []).map(({ when, factor }) => ({
      factor,
      when: when.categories ? { ...when, categories: when.categories.map(plainCategory) } : when,
    })),
  });
}

/** What a strategy names and the catalogue does not have: no reason to refuse it, goods come and go. */
export function strategyWarnings(
  strategy: RecommendationStrategy,
  catalogue: Pick<Catalogue, 'get' | 'inCategory'>,
): readonly StrategyProblem[] {
  const noCategory = (categories: readonly string[] | undefined, pointer: string) =>
    (categories ?? []).flatMap((name, i) =>
      catalogue.inCategory(plainCategory(name)).length > 0
        ? []
        : [{ pointer: `${pointer}/${i}`, detail: `the catalogue has no category ${name}` }],
    );
  return [
    ...noCategory(strategy.rules?.categories, '/rules/categories'),
    ...(strategy.boosts ?? []).flatMap(({ when }, i) => noCategory(when.categories, `/boosts/${i}/when/categories`)),
    ...strategy.sources.flatMap((source, i) =>
      source.use !== 'picked'
        ? []
        : source.items.flatMap((id, j) =>
            catalogue.get(id)
              ? []
              : [{ pointer: `/sources/${i}/items/${j}`, detail: `the catalogue has no item ${id}` }],
          ),
    ),
  ];
}

/** As the catalogue writes it, whatever spaces an operator put in. */
function plainCategory(name: string): string {
  return categoryKey(parseCategory(name));
}

function sourceProblems({ sources, rules }: RecommendationStrategy): readonly StrategyProblem[] {
  const problems: StrategyProblem[] = [];
  const seen = new Map<string, number>();
  const excluded = new Set(rules?.exclude ?? []);
  for (const [i, source] of sources.entries()) {
    const { candidates: _, ...rest } = 'candidates' in source ? source : { ...source, candidates: undefined };
    const text = JSON.stringify(Object.entries(rest).sort());
    const before = seen.get(text);
    if (before !== undefined)
      problems.push({ pointer: `/sources/${i}`, detail: `the same as source ${before}: it would find nothing new` });
    else seen.set(text, i);
    if (source.use === 'recentlyViewed' && rules?.notViewed)
      problems.push({
        pointer: '/rules/notViewed',
        detail: 'leaves nothing of the source recentlyViewed: drop one of them',
      });
    if (source.use === 'picked') {
      for (const [j, id] of source.items.entries())
        if (excluded.has(id))
          problems.push({
            pointer: `/sources/${i}/items/${j}`,
            detail: `${id} is picked and excluded: drop one of them`,
          });
    }
  }
  return problems;
}

function ruleProblems({ rules, sources, size, diversity }: RecommendationStrategy): readonly StrategyProblem[] {
  const problems: StrategyProblem[] = [];
  for (const name of ['price', 'priceOfKeyPct'] as const) {
    const range = rules?.[name];
    if (!range) continue;
    if (range.min === undefined && range.max === undefined)
      problems.push({ pointer: `/rules/${name}`, detail: 'says nothing: give min, max or both' });
    if (range.min !== undefined && range.max !== undefined && range.min > range.max)
      problems.push({ pointer: `/rules/${name}`, detail: `min ${range.min} is above max ${range.max}` });
  }
  for (const [i, name] of (rules?.categories ?? []).entries())
    if (plainCategory(name) === '') problems.push({ pointer: `/rules/categories/${i}`, detail: 'names no category' });
  const asksForKey =
    rules?.priceOfKeyPct !== undefined || rules?.attributes?.some((rule) => 'sameAsKey' in rule) === true;
  if (asksForKey && !sources.some((source) => 'key' in source))
    problems.push({ pointer: '/rules', detail: 'compares with the key item, but no source starts from an item' });
  const picked = sources.reduce((sum, source) => sum + (source.use === 'picked' ? source.items.length : Infinity), 0);
  if (picked < size) problems.push({ pointer: '/size', detail: `${size} wanted, but only ${picked} items are picked` });
  if (diversity && Object.values(diversity).every((value) => value === undefined))
    problems.push({ pointer: '/diversity', detail: 'says nothing: give maxPerCategory, maxPerBrand or relevance' });
  return problems;
}

/** Candidates of a source unless it says otherwise: three filtered away for each shown still fill a list. */
export function candidatesOf(source: RecommendationSource, size: number): number {
  const asked = 'candidates' in source ? source.candidates : undefined;
  return asked ?? Math.min(limit('recommendationCandidates'), Math.max(50, 4 * size));
}
