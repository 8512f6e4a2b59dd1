import type { BanditShares } from '../decision/ranking/bandit-shares.ts';
import type { Instant } from '../lib/ids.ts';

/**
 * Parts that imports and jobs put, each family as a whole: a publish of rules, and a rollback, leave them as they are. Families of several parts are numbered by
 * shard: `catalogue/0`, `neighbours/viewed/3`. `catalogue` alone says what the shards hold.
 */
export const DATA_FAMILIES = [
  'catalogue',
  'neighbours/viewed',
  'neighbours/bought',
  'neighbours/similar',
  'popularity',
  'bandit',
] as const;
export type DataFamily = (typeof DATA_FAMILIES)[number];

/** Part `catalogue`. */
export interface CatalogueInfo {
  readonly format: 1;
  readonly items: number;
  readonly shards: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly importedAt: Instant;
  /** Rows that the import refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Part `bandit`. */
export interface BanditPart {
  readonly format: 1;
  readonly shares: BanditShares;
}

/** Name of each part → its hash, as in a manifest. */
type Parts = Readonly<Record<string, string>>;

/** Null: it is no data part. */
export function familyOf(name: string): DataFamily | null {
  if (name === 'catalogue' || name === 'bandit') return name;
  const slash = name.lastIndexOf('/');
  if (!/^\d{1,4}$/.test(name.slice(slash + 1))) return null;
  const family = name.slice(0, slash);
  return family === 'bandit' ? null : (DATA_FAMILIES.find((each) => each === family) ?? null);
}

/** Rules of one ruleset with the data of another. */
export function withDataOf(rules: Parts, data: Parts): Parts {
  return { ...partsWhere(rules, (family) => family === null), ...partsWhere(data, (family) => family !== null) };
}

/** With these families as `given`: what they had before goes. */
export function replaceData(parts: Parts, families: readonly DataFamily[], given: Parts): Parts {
  return { ...partsWhere(parts, (family) => family === null || !families.includes(family)), ...given };
}

/** Parts of one family. */
export function partsOf(parts: Parts, wanted: DataFamily): Parts {
  return partsWhere(parts, (family) => family === wanted);
}

function partsWhere(parts: Parts, keep: (family: DataFamily | null) => boolean): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([name]) => keep(familyOf(name))));
}
