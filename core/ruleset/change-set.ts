import type { Instant, Sequence } from '../lib/ids.ts';
import type { ResourceKind } from './resources.ts';

export const CHANGE_SET_STATES = [
  'open',
  'inReview',
  'approved',
  'scheduled',
  'published',
  'withdrawn',
  'failed',
] as const;
export type ChangeSetState = (typeof CHANGE_SET_STATES)[number];

/** Proposed changes under a name. Nothing of them is a draft, or live, until the set is published. */
export interface ChangeSet {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly state: ChangeSetState;
  /** From 1; each act makes it one more. */
  readonly revision: number;
  /** Over the heads of all items, in the order of (kind, id): equal sets of items have equal hashes. SHA-256, hex. */
  readonly hash: string;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly updatedAt: Instant;
  /** Whoever made or edited it: none of them may approve it. */
  readonly editors: readonly string[];
  /** Good for the items of this hash only. */
  readonly approval: { readonly by: string; readonly at: Instant; readonly hash: string } | null;
  readonly schedule: { readonly at: Instant; readonly by: string; readonly requestId: string } | null;
  readonly published: { readonly by: string; readonly at: Instant; readonly sequence: Sequence } | null;
  /** Why it could not be published when its time came. */
  readonly failure: { readonly at: Instant; readonly code: string; readonly detail: string } | null;
}

/** One resource as a change set wants it. */
export interface ChangeSetItem {
  readonly kind: ResourceKind;
  readonly id: string;
  /** The version that it was made from; 0: there was none. */
  readonly baseVersion: number;
  /** JSON of the stored form; null: archive it. */
  readonly body: string | null;
  /** SHA-256 (hex) of `body`. */
  readonly hash: string | null;
  readonly editedAt: Instant;
  readonly editedBy: string;
}

/** An item without its body. */
export type ItemHead = Pick<ChangeSetItem, 'kind' | 'id' | 'baseVersion' | 'hash'>;

/** What the hash of a change set is taken over. */
export function headsText(heads: readonly ItemHead[]): string {
  const rows = heads.map(({ kind, id, baseVersion, hash }) => [kind, id, baseVersion, hash] as const);
  return JSON.stringify(rows.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1])));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** One step of a change set: somebody's word on it. */
export interface ChangeSetStep {
  /** The revision that it made. */
  readonly revision: number;
  readonly at: Instant;
  readonly actor: string;
  /** As the audit names it: `submitted`, `approved`. */
  readonly act: string;
  /** Of the items then. */
  readonly hash: string;
  readonly note: string | null;
}

/** An item whose resource has changed since: somebody else was faster. */
export interface StaleItem {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly baseVersion: number;
  /** 0: there is none. */
  readonly currentVersion: number;
}
