import type { Identity } from '../event/event.ts';
import { type IdentityKey, identityKey } from '../identity/identity-key.ts';
import { emptyProfile, type Intent } from '../identity/protocol/node-state.ts';
import { createLink, type Link } from '../identity/replay/link.ts';
import type { Instant, ProfileId } from '../lib/ids.ts';
import { createStrand, type Strand, sameIdentity } from '../profile/strand.ts';
import { type Stitch, stitchOf } from './state.ts';

/** A strand as layouts 1 and 2 held it. */
export type FormerStrand = Omit<Strand, 'state' | 'recent'> & {
  readonly state: 'owned' | 'closed' | 'gone';
  readonly confirmedAt: Instant | null;
  readonly recent: readonly (string | number)[];
};

/** A device on its way here, as layouts 1 and 2 held it. */
export interface FormerIntent {
  readonly identity: Identity;
  readonly from: ProfileId;
  readonly epoch: number;
  readonly person: Identity;
  readonly at: Instant;
  readonly takenFrom?: ProfileId;
}

/**
 * Strands, links and wishes of a profile that was stored before links had times. A device that was here with a person was proven to be
 * theirs when it came; what a device left behind is kept for that person; a device that was on its way is wished for again.
 */
export function fromFormerStrands(
  profile: ProfileId,
  former: readonly FormerStrand[],
  intents: readonly FormerIntent[],
): { readonly strands: readonly Strand[]; readonly stitch: Stitch } {
  const person = former.find(({ trust, state }) => trust === 'verified' && state === 'owned')?.identity ?? null;
  const strands: Strand[] = [];
  const markers: Strand[] = [];
  const links: Link[] = [];
  for (const [serial, { confirmedAt, recent, state, ...held }] of former.entries()) {
    const { identity, trust, epoch, movedTo, firstSeen } = held;
    const made = createStrand(identity, trust, epoch, firstSeen);
    const strand: Strand = { ...made, ...held, serial, state, recent: viewsOf(recent) };
    const isNewest = former.findLast((other) => sameIdentity(other.identity, identity))?.epoch === epoch;
    strands.push(strand);
    // The epoch of one that left is now that of its move.
    const marker = { ...createStrand(identity, trust, epoch + 1, firstSeen), state: 'gone' as const, movedTo };
    if (state === 'closed') {
      strand.movedTo = null;
      strand.session = null;
      strand.keptBy = person;
      if (person === null) strand.leaving = true;
      if (isNewest) markers.push(marker);
    } else if (state === 'gone' && !isNewest) strand.leaving = true;
    else if (state === 'gone' && confirmedAt !== null && strand.facts > 0) {
      strand.leaving = true;
      markers.push(marker);
    } else if (state === 'gone') strand.epoch = epoch + 1;
    else if (person && !sameIdentity(person, identity)) {
      strand.claimant = person;
      links.push(createLink(identityKey(person), identityKey(identity), { at: firstSeen, seq: links.length }, true));
    } else if (person) strand.claimant = person;
  }
  const wishes = intents.filter(({ takenFrom }) => takenFrom === undefined).map(wishOf);
  const first = former[0];
  const stitch: Stitch = {
    ...stitchOf(emptyProfile(profile)),
    state: first ? 'live' : 'none',
    anchor: person ? identityKey(person) : first ? identityKey(first.identity) : null,
    links,
    intents: Object.fromEntries(wishes.map((intent) => [intent.wish.event, intent])),
  };
  return { strands: [...strands, ...markers.map((marker, i) => ({ ...marker, serial: strands.length + i }))], stitch };
}

function wishOf({ identity, from, epoch, person, at }: FormerIntent): Intent {
  const keys: readonly IdentityKey[] = [identityKey(person), identityKey(identity)];
  const hint = { owner: from, epoch, erasedAt: -1 };
  const wish = {
    kind: 'record' as const,
    event: `former/${identity.value}/${at}`,
    keys,
    links: [],
    stamp: { at, seq: 0 },
    verified: true,
    hints: { [identityKey(identity)]: hint } as Intent['wish']['hints'],
  };
  return { wish, attempt: 0, notBefore: at, found: {}, unborn: {}, newcomers: [], orphans: {}, operation: null };
}

function viewsOf(recent: readonly (string | number)[]): Strand['recent'] {
  const views: Strand['recent'] = [];
  for (let i = 0; i < recent.length; i += 2)
    views.push({ productId: recent[i] as string, at: recent[i + 1] as Instant });
  return views;
}
