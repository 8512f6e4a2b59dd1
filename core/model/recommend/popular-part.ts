import type { Instant } from '../../lib/ids.ts';
import { DAY_MS } from '../../lib/instant.ts';
import { limit } from '../../lib/limits.ts';
import type { Catalogue } from './catalogue.ts';
import { categoryKeys } from './category.ts';
import type { Item } from './item.ts';
import type { Popularity } from './popularity.ts';
import { compareText, jsonBytes, splitIntoShards } from './shards.ts';

/** What a list is ordered by: views, orders, or how far views of late are above what was usual. */
export const POPULAR_LISTS = ['viewed', 'bought', 'trending'] as const;
export type PopularList = (typeof POPULAR_LISTS)[number];

/** Where a list holds: the whole site, a category with all inside it, or a brand. */
export type Scope =
  | { readonly of: 'site' }
  | { readonly of: 'category'; readonly key: string }
  | { readonly of: 'brand'; readonly key: string };

export function scopeKey(list: PopularList, scope: Scope): string {
  return scope.of === 'site' ? `${list}|site` : `${list}|${scope.of}|${scope.key}`;
}

/** Part `popularity/<shard>`: lists by `scopeKey`, best first. */
export interface PopularPart {
  readonly format: 1;
  readonly shard: number;
  readonly shards: number;
  /** Ascending. */
  readonly keys: readonly string[];
  readonly lists: readonly (readonly string[])[];
  /** Rounded to four digits. */
  readonly scores: readonly (readonly number[])[];
}

export interface PopularSetting {
  readonly halfLifeMs: number;
  /** What counts as "of late" for trends. */
  readonly trendHalfLifeMs: number;
  /** Decayed views of late that a trend needs at least: three views of something new are no trend. */
  readonly minTrend: number;
  readonly size: number;
}

export const POPULAR_SETTING: PopularSetting = {
  halfLifeMs: 14 * DAY_MS,
  trendHalfLifeMs: DAY_MS,
  minTrend: 5,
  size: limit('popularItems'),
};

/** Ranks what is in the catalogue and can be had. Work grows with the counted items: done by a job, not by a request. */
export function packPopular(
  popularity: Popularity,
  catalogue: Catalogue,
  now: Instant,
  setting: PopularSetting = POPULAR_SETTING,
): readonly PopularPart[] {
  const lists = new Map<string, { readonly item: string; readonly score: number }[]>();
  for (const id of popularity.items()) {
    const item = catalogue.get(id);
    if (!item || item.availability === 'out_of_stock') continue;
    for (const list of POPULAR_LISTS) {
      const score = scoreFor(list, popularity, id, now, setting);
      if (score <= 0) continue;
      for (const scope of scopesOf(item)) {
        const key = scopeKey(list, scope);
        const held = lists.get(key);
        if (held) held.push({ item: id, score });
        else lists.set(key, [{ item: id, score }]);
      }
    }
  }
  const rows = [...lists].map(([key, list]) => ({
    key,
    list: list.sort((a, b) => b.score - a.score || compareText(a.item, b.item)).slice(0, setting.size),
  }));
  const bytesOf = (row: (typeof rows)[number]) => jsonBytes(row) + 8;
  return splitIntoShards(rows, ({ key }) => key, bytesOf).map((of, shard, all) => ({
    format: 1,
    shard,
    shards: all.length,
    keys: of.map(({ key }) => key),
    lists: of.map(({ list }) => list.map(({ item }) => item)),
    scores: of.map(({ list }) => list.map(({ score }) => score)),
  }));
}

function scoreFor(
  list: PopularList,
  popularity: Popularity,
  item: string,
  now: Instant,
  { halfLifeMs, trendHalfLifeMs, minTrend }: PopularSetting,
): number {
  if (list !== 'trending') return fourDigits(popularity.score(item, list, now, halfLifeMs));
  const late = popularity.score(item, 'viewed', now, trendHalfLifeMs);
  if (late < minTrend) return 0;
  // At an even pace a decayed count is the pace times the half-life, so the slow one foretells the fast one. The difference in
  // standard deviations of a Poisson count, one added for what nobody has looked at before.
  const usual = (popularity.score(item, 'viewed', now, halfLifeMs) * trendHalfLifeMs) / halfLifeMs;
  return fourDigits((late - usual) / Math.sqrt(usual + 1));
}

function scopesOf(item: Item): readonly Scope[] {
  return [
    { of: 'site' },
    ...categoryKeys(item.category).map((key) => ({ of: 'category', key }) as const),
    ...(item.brand === null ? [] : [{ of: 'brand', key: item.brand } as const]),
  ];
}

function fourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
