import type { IdentityKey } from '../identity-key.ts';
import { newerStamp, type Stamp } from './stamp.ts';

/**
 * Two identities that one event named together. Proven and claimed sightings keep a time each: a claim that repeats a
 * proven link must not make it look younger than it is, and must not weaken it.
 */
export interface Link {
  /** The smaller key. */
  readonly a: IdentityKey;
  readonly b: IdentityKey;
  readonly verifiedAt: Stamp | null;
  readonly claimedAt: Stamp | null;
}

export function createLink(one: IdentityKey, other: IdentityKey, stamp: Stamp, verified: boolean): Link {
  const [a, b] = one < other ? [one, other] : [other, one];
  return { a, b, verifiedAt: verified ? stamp : null, claimedAt: verified ? null : stamp };
}

/** One link from two sightings of the same pair, in either order. */
export function mergeLinks(held: Link, seen: Link): Link {
  return {
    a: held.a,
    b: held.b,
    verifiedAt: newerStamp(held.verifiedAt, seen.verifiedAt),
    claimedAt: newerStamp(held.claimedAt, seen.claimedAt),
  };
}

/** The newest sighting of either trust. */
export function linkStamp(link: Link): Stamp {
  const stamp = newerStamp(link.verifiedAt, link.claimedAt);
  if (stamp === null) throw new Error('a link without a sighting');
  return stamp;
}

/** The sighting that a link stands on: where proofs go first, a claim that repeats a proven link makes it no younger. */
export function standingOf(link: Link, proofsFirst: boolean): Stamp {
  return proofsFirst && link.verifiedAt !== null ? link.verifiedAt : linkStamp(link);
}

/** Text for maps. Identity keys hold no line feed: a value with one is refused when it is read. */
export function linkId({ a, b }: Pick<Link, 'a' | 'b'>): string {
  return `${a}\n${b}`;
}
