import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';

/** An event as a profile object stores it, as far as moving it goes. */
export interface NodeFact {
  readonly id: string;
  readonly at: Instant;
  readonly strand: IdentityKey;
}
