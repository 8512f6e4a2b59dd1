import type { Instant } from '../lib/ids.ts';
import type { ResourceKind } from './resources.ts';
import type { StoredVersion } from './stored-version.ts';

export const LIST_SORTS = ['id', 'name', 'updatedAt'] as const;
export type ListSort = (typeof LIST_SORTS)[number];

/** Which resources, in which order. All that is asked for holds. */
export interface ResourceList {
  /** Left out: all kinds. */
  readonly kind?: ResourceKind | undefined;
  /** Each stands somewhere in id, name or description; in lower case. */
  readonly words: readonly string[];
  /** This one and those below it. */
  readonly folder?: string | undefined;
  readonly tag?: string | undefined;
  readonly owner?: string | undefined;
  /** Archived ones as well. */
  readonly archived: boolean;
  readonly sort: ListSort;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  /** The last one of the page before. */
  readonly after?: ListPlace | undefined;
}

/** Where in its order a list goes on. */
export interface ListPlace {
  /** Its name or its instant; left out where the order is by id. */
  readonly key?: string | number;
  readonly kind: string;
  readonly id: string;
}

/** What lists show of a resource without its body. */
export interface ResourceSummary extends Omit<StoredVersion, 'body' | 'hash'> {
  readonly name: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly owner: string;
  readonly createdAt: Instant;
}

/** A version in the history of a resource. */
export interface VersionInfo extends Omit<StoredVersion, 'kind' | 'id' | 'body' | 'hash'> {
  /** Bytes of the stored body. */
  readonly size: number;
}
