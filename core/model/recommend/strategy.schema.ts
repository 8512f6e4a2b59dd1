import { z } from 'zod';
import { limit } from '../../lib/limits.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { ITEM_KEYS, type RecommendationStrategy, SCOPE_KEYS } from './strategy.ts';

/** The form of a recommendation strategy as operators write it, as `strategy.ts` has it in types. What its parts say about each other: `compile-strategy.ts`. */
const itemId = z.string().min(1).max(512);
const text = z.string().min(1).max(limit('itemText'));
const candidates = z.number().int().min(1).max(limit('recommendationCandidates')).optional();

const sourceSchema = z.discriminatedUnion('use', [
  z.strictObject({ use: z.literal('recentlyViewed'), candidates }),
  z.strictObject({
    use: z.enum(['viewedTogether', 'boughtTogether', 'similar']),
    key: z.enum(ITEM_KEYS),
    /** How many items of that kind to start from, newest first. Default 1; the cart: all, up to 10. */
    keys: z.number().int().min(1).max(10).optional(),
    candidates,
  }),
  z.strictObject({
    use: z.literal('popular'),
    /** Default: views. */
    by: z.enum(['viewed', 'bought']).optional(),
    in: z.enum(SCOPE_KEYS),
    candidates,
  }),
  z.strictObject({ use: z.literal('trending'), in: z.enum(SCOPE_KEYS), candidates }),
  z.strictObject({ use: z.literal('picked'), items: z.array(itemId).min(1).max(limit('recommendationCandidates')) }),
]);

const conditionSchema = z.strictObject({
  /** Inside any of these. */
  categories: z.array(text).min(1).max(100).optional(),
  brands: z.array(text).min(1).max(100).optional(),
  attribute: z.strictObject({ name: text, in: z.array(text).min(1).max(100) }).optional(),
  onSale: z.boolean().optional(),
});

const withinDays = z.strictObject({ withinDays: z.number().int().min(1).max(3_650) });

const rulesSchema = z.strictObject({
  /** What may be shown; what is out of stock never is. Default: in stock only. */
  availability: z
    .array(z.enum(['in_stock', 'preorder', 'backorder']))
    .min(1)
    .optional(),
  /** Default true: never what was bought, nor a variant of it. */
  notBought: z.union([z.boolean(), withinDays]).optional(),
  /** Default true. */
  notInCart: z.boolean().optional(),
  /** Not what was looked at within so many days. */
  notViewed: withinDays.optional(),
  /** Inside any of these. */
  categories: z.array(text).min(1).max(100).optional(),
  /** `key`: the item it was found by, else the current one; `current`: the current item, else the current category. */
  sameCategoryAs: z.enum(['key', 'current']).optional(),
  brands: z.array(text).min(1).max(100).optional(),
  attributes: z
    .array(
      z.union([
        z.strictObject({ name: text, in: z.array(text).min(1).max(100) }),
        z.strictObject({ name: text, sameAsKey: z.literal(true) }),
      ]),
    )
    .max(10)
    .optional(),
  /** What is paid, in minor units. */
  price: z
    .strictObject({ min: z.number().int().min(0).optional(), max: z.number().int().min(0).optional() })
    .optional(),
  /** In percent of the price of the item it was found by. */
  priceOfKeyPct: z
    .strictObject({ min: z.number().min(0).max(10_000).optional(), max: z.number().min(0).max(10_000).optional() })
    .optional(),
  exclude: z.array(itemId).max(1_000).optional(),
});

const diversitySchema = z.strictObject({
  /** By the narrowest category. */
  maxPerCategory: z.number().int().min(1).max(limit('recommendationSize')).optional(),
  maxPerBrand: z.number().int().min(1).max(limit('recommendationSize')).optional(),
  /** 1: only relevance; 0: only difference from what was chosen before (maximal marginal relevance). */
  relevance: z.number().min(0).max(1).optional(),
});

export const strategySchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, 'lower-case letters, digits and dashes, up to 32'),
  /** Asked in this order until the list is full. */
  sources: z.array(sourceSchema).min(1).max(limit('recommendationSources')),
  rules: rulesSchema.optional(),
  diversity: diversitySchema.optional(),
  /** The score is multiplied for each that holds. */
  boosts: z
    .array(z.strictObject({ when: conditionSchema, factor: z.number().min(0.1).max(10) }))
    .max(20)
    .optional(),
  size: z.number().int().min(1).max(limit('recommendationSize')),
});

/** Where (JSON pointer into the strategy) and what to change. */
export interface StrategyProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** Checks the form of what an operator wrote. */
export function parseStrategy(raw: unknown): Result<RecommendationStrategy, readonly StrategyProblem[]> {
  const parsed = strategySchema.safeParse(raw);
  if (parsed.success) return ok(parsed.data);
  return err(
    parsed.error.issues.map(({ path, message }) => ({
      pointer: path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
      detail: message,
    })),
  );
}
