import type { Identity } from '../../core/event/event.ts';
import type { Jurisdiction, ProfileId, Space } from '../../core/lib/ids.ts';
import type { Directory } from '../directory.ts';

/** A person as an operator names one. */
export type Who = { readonly profile: ProfileId } | { readonly identity: Identity };

/**
 * Profiles where somebody may live, the likeliest first. `jurisdictions`: where profiles of the space may live; an identity that was never moved
 * tells its birth profile, and that differs between them.
 */
export async function homesOf(
  directory: Directory,
  space: Space,
  who: Who,
  jurisdictions: readonly Jurisdiction[],
): Promise<readonly ProfileId[]> {
  if ('profile' in who) return [who.profile];
  const found = await Promise.all(jurisdictions.map((like) => directory.find(space, who.identity, null, like)));
  return [...new Set(found.flatMap((home) => (home ? [home.owner] : [])))];
}
