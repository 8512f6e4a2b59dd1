import type { Instant } from '../lib/ids.ts';

/** A configured resource as it is stored: its newest version, or one that is about to be. */
export interface StoredVersion {
  readonly kind: string;
  readonly id: string;
  /** From 1. */
  readonly version: number;
  readonly archived: boolean;
  /** JSON of the stored form. */
  readonly body: string;
  /** SHA-256 (hex) of `body`. */
  readonly hash: string;
  readonly at: Instant;
  readonly actor: string;
}
