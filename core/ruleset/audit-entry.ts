import type { Instant } from '../lib/ids.ts';

export const AUDIT_ACTIONS = [
  'put',
  'archived',
  'created',
  'revoked',
  'rotated',
  'changed',
  'published',
  'rolledBack',
  'dataPut',
  'viewed',
  'linked',
  'unlinked',
  'split',
  'erased',
  'exported',
  'fenced',
  'swept',
  'replayed',
  'discarded',
  'submitted',
  'approved',
  'rejected',
  'scheduled',
  'unscheduled',
  'withdrawn',
  'failed',
  'interrupted',
  'frozen',
  'unfrozen',
  'signedIn',
  'signedOut',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** One entry of the audit: who changed what, when, in which request. Bodies and secrets are never in it, only hashes of stored forms. */
export interface AuditEntry {
  /** From 1, without gaps, in each space. */
  readonly number: number;
  readonly at: Instant;
  readonly actor: string;
  readonly requestId: string;
  /** Country of the request and a keyed hash of its address, `DE 9f2c61d04b7a`; null: a job, unknown, or before this was kept. */
  readonly from: string | null;
  readonly action: AuditAction;
  /** A resource kind, `operator`, `ruleset`, `changeSet` or `profile`. */
  readonly kind: string;
  readonly subject: string;
  readonly beforeVersion: number | null;
  readonly beforeHash: string | null;
  readonly afterVersion: number | null;
  readonly afterHash: string | null;
  readonly note: string | null;
  /** `hash` of the entry before; zeros for the first. */
  readonly previousHash: string;
  /** SHA-256 (hex) over everything above. */
  readonly hash: string;
}
