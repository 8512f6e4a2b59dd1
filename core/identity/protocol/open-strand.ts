import type { IdentityKey } from '../identity-key.ts';
import type { DirectoryMessage } from './message.ts';
import type { ProfileNode } from './node-state.ts';
import type { Pid } from './pid.ts';
import type { ProtocolContext } from './protocol-context.ts';
import type { Whereabouts } from './whereabouts.ts';

/** What a profile says when asked for an identity. `here` may still be on its way in: it takes events already. */
export type Place =
  | { readonly kind: 'here' }
  | { readonly kind: 'moved'; readonly to: Pid }
  /** Ask the directory. `mayOpen` then decides whether to open it; while a profile is being erased nothing opens: ask again. */
  | { readonly kind: 'unknown' }
  /** It is not here and never will be. Who came because the directory says so moves it on: `orphanedTo`. */
  | { readonly kind: 'erased' };

export function placeOf(node: ProfileNode, key: IdentityKey): Place {
  const row = node.strands[key];
  if (node.state === 'erasing') return { kind: 'unknown' };
  if (node.state === 'erased' || (node.state === 'forwarded' && !row)) return { kind: 'erased' };
  if (row && row.state !== 'gone') return { kind: 'here' };
  if (row?.to && row.to !== node.pid) return { kind: 'moved', to: row.to };
  return node.forward === null ? { kind: 'unknown' } : { kind: 'moved', to: node.forward };
}

/**
 * A newcomer can be handed to a profile that closes before it opens the strand; then the directory names a profile that will never
 * have it. This is where it goes instead: the same for all who find out. Harmless when the directory knows better already.
 */
export function orphanedTo(
  key: IdentityKey,
  { owner, epoch }: Whereabouts,
  { madePid }: Pick<ProtocolContext, 'madePid'>,
): DirectoryMove {
  return { kind: 'move', owner: madePid(`orphan\n${owner}\n${epoch}\n${key}`, owner), epoch: epoch + 1 };
}

type DirectoryMove = Extract<DirectoryMessage, { kind: 'move' }>;

/**
 * Opens the strand of an identity that the directory has handed to this profile. The same node when it is here already, when
 * something newer is known here, or when the profile is closed: never revives what was erased, forwarded or moved on.
 */
export function openStrand(node: ProfileNode, key: IdentityKey, where: Whereabouts): ProfileNode {
  // A line feed would read as the name of something kept.
  if ((node.state !== 'none' && node.state !== 'live') || key.includes('\n')) return node;
  const row = node.strands[key];
  if (row && (row.state === 'incoming' || row.epoch >= where.epoch)) return node;
  const { epoch, erasedAt } = where;
  if (row?.state === 'owned') {
    // Restored to before it left and came back: what it says from now on must count as new.
    return where.owner === node.pid ? { ...node, strands: { ...node.strands, [key]: { ...row, epoch } } } : node;
  }
  return {
    ...node,
    state: 'live',
    anchor: node.anchor ?? key,
    strands: { ...node.strands, [key]: { epoch, erasedAt, state: 'owned', to: null, claimant: null } },
  };
}

/** Somebody was here: an expiry that was being prepared is off. */
export function noteVisit(node: ProfileNode): ProfileNode {
  return node.expiry === null ? node : { ...node, expiry: null };
}
