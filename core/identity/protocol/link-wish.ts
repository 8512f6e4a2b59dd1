import type { IdentityKey } from '../identity-key.ts';
import type { Link } from '../replay/link.ts';
import type { Stamp } from '../replay/stamp.ts';
import type { Whereabouts } from './whereabouts.ts';

/**
 * What an event, or an operator, wants of the graph. `record`: these identities were named together. `force`: an operator joins
 * them, beyond the limit of merges too. `logout`: whoever uses the first one (a device) next is not this person. `unlink`: these
 * links were wrong; both sides get back what was theirs. `split`: every one of `keys` leaves alone.
 */
export interface LinkWish {
  readonly kind: 'record' | 'force' | 'logout' | 'unlink' | 'split';
  /** Name of the event or request: the idempotency key of the wish. */
  readonly event: string;
  /** By falling priority; the first is the primary identity. */
  readonly keys: readonly IdentityKey[];
  /** Of `unlink`: what to take away. Their ends are among `keys`. */
  readonly links: readonly Pick<Link, 'a' | 'b'>[];
  readonly stamp: Stamp;
  readonly verified: boolean;
  /** Said by a proof in this very request: nobody can have signed out since, whatever the clocks of two objects say. */
  readonly present?: true;
  /** Where the caller believes some of them are (a signed token said so): saves the directory, proves nothing. */
  readonly hints: Readonly<Record<IdentityKey, Whereabouts>>;
}
