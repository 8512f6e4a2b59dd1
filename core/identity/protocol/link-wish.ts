import type { IdentityKey } from '../identity-key.ts';
import type { Link } from '../replay/link.ts';
import type { Stamp } from '../replay/stamp.ts';
import type { Whereabouts } from './whereabouts.ts';

/**
 * What an event, or an operator, wants of the graph. `record`: these identities were named together. `force`: an operator joins
 * them, beyond the limit of merges too. `logout`: whoever uses the first one (a device) next is not this person. `unlink`: these
 * links were wrong; both sides get back what was theirs. `split`: every one of `keys` leaves alone. `late`: something happened on the first one (a
 * device) while the others used it, and came when they had left: it is to go to them.
 */
export interface LinkWish {
  readonly kind: 'record' | 'force' | 'logout' | 'unlink' | 'split' | 'late';
  /** Name of the event or request: the idempotency key of the wish. */
  readonly event: string;
  /** By falling priority; the first is the primary identity. */
  readonly keys: readonly IdentityKey[];
  /** Of `unlink`: what to take away. Their ends are among `keys`. */
  readonly links: readonly Pick<Link, 'a' | 'b'>[];
  readonly stamp: Stamp;
  readonly verified: boolean;
  /** Said by a proof, or by the device itself, in this very request: nothing can have happened since, whatever the clocks of two objects say. */
  readonly present?: true;
  /** Where the caller believes some of them are (a signed token said so): saves the directory, proves nothing. */
  readonly hints: Readonly<Record<IdentityKey, Whereabouts>>;
}

/** How many identities a wish must name to want anything. */
export function leastKeys({ kind }: Pick<LinkWish, 'kind'>): number {
  return kind === 'record' || kind === 'force' || kind === 'late' ? 2 : 1;
}
