import type { Identity } from '../event/event.ts';
import { type IdentityKey, identityKey } from '../identity/identity-key.ts';
import { namesPerson } from '../identity/namespace-set.ts';
import type { ProfileNode } from '../identity/protocol/node-state.ts';
import type { StrandName } from '../identity/protocol/strand-row.ts';
import type { StitchRules } from '../identity/replay/stitch-rules.ts';
import type { Instant, ProfileId } from '../lib/ids.ts';
import { PURPOSES } from '../policy/purposes.ts';
import { carryChoices } from '../profile/carry-choices.ts';
import { setChoice } from '../profile/set-choice.ts';
import { createStrand, type Strand, takesFacts } from '../profile/strand.ts';
import { identityOf, numberOf, strandName } from './node.ts';
import { livesHere } from './presence.ts';
import { findStrand, type ProfileState, stitchOf } from './state.ts';

/** What the protocol says of its strands, written into the profile's. Facts and values stay with the numbers that they have. */
export function syncStrands(state: ProfileState, node: ProfileNode, rules: StitchRules, now: Instant): void {
  const names = new Set<StrandName>();
  const entryFor = (name: StrandName, identity: Identity, keptBy: Identity | null, epoch: number, comes: boolean) => {
    names.add(name);
    const held = state.strands[numberOf(state.strands, name)];
    // It comes back with its history, so rows of before wait to be deleted, or to be found again. One that was only given back still has them.
    if (held && comes && held.state === 'gone' && held.facts > 0) leave(held);
    else if (held) return held;
    const serial = nextSerial(state);
    const made = { ...createStrand(identity, trustOf(identity, rules), epoch, now), keptBy, serial };
    state.strands[freeNumber(state)] = made;
    return made;
  };
  for (const [key, row] of Object.entries(node.strands)) {
    const identity = identityOf(key as IdentityKey);
    const strand = entryFor(key as IdentityKey, identity, null, row.epoch, row.state === 'incoming');
    strand.epoch = row.epoch;
    strand.erasedAt = row.erasedAt;
    strand.movedTo = row.to as ProfileId | null;
    strand.claimant = row.claimant === null ? null : identityOf(row.claimant);
    strand.state = row.state;
    if (row.leftAt !== undefined) strand.leftAt = row.leftAt;
    if (row.state === 'gone') strand.session = null;
  }
  for (const [name, row] of Object.entries(node.kept)) {
    const comes = row.state === 'incoming';
    const strand = entryFor(name as StrandName, identityOf(row.key), identityOf(row.by), row.epoch, comes);
    strand.epoch = row.epoch;
    strand.state = row.state === 'kept' ? 'closed' : row.state;
    strand.session = null;
  }
  for (const strand of state.strands) if (!strand.leaving && !names.has(strandName(strand))) leave(strand);
  state.stitch = stitchOf(node);
  settleTrust(state, rules);
  // While somebody may still be on the way, nothing is lost of what they said.
  if (node.lock === null) forgetForeignGrants(state);
  openSessions(state, now);
}

/** From now on its number only names rows that go; without rows it is free. */
export function leave(strand: Strand): void {
  strand.leaving = true;
  strand.state = 'gone';
  strand.session = null;
}

/** The number of the next strand: one that nobody uses any more, or one after the last. */
export function freeNumber({ strands }: ProfileState): number {
  const free = strands.findIndex(({ leaving, facts }) => leaving && facts === 0);
  return free < 0 ? strands.length : free;
}

export function nextSerial({ strands }: ProfileState): number {
  return strands.reduce((next, { serial }) => Math.max(next, serial + 1), 0);
}

/** How far a strand's identity can be trusted before anybody has proven it. */
export function trustOf({ namespace }: Identity, { namespaces }: StitchRules): Strand['trust'] {
  const known = namespaces.byCode.get(namespace);
  return known && namesPerson(known) ? 'claimed' : 'anonymous';
}

/** Somebody has proven who they are, or a server has named them. What is carried to a person is carried when the two meet. */
function settleTrust(state: ProfileState, _rules: StitchRules): void {
  const proven = new Set<IdentityKey>();
  for (const { a, b, verifiedAt } of state.stitch.links) if (verifiedAt !== null) proven.add(a).add(b);
  for (const strand of state.strands) {
    if (strand.trust === 'claimed' && proven.has(identityKey(strand.identity))) strand.trust = 'verified';
  }
  carryAll(state);
}

/** A device has left the one whose yes it holds, or they have left it: whoever is met there has not said yes, and nothing of them is left with it. */
function forgetForeignGrants({ strands }: ProfileState): void {
  for (const strand of strands) {
    if (strand.grantedBy === undefined || strand.state !== 'owned') continue;
    for (const purpose of PURPOSES) {
      const by = strand.grantedBy?.[purpose];
      if (by && !livesHere(strands, by)) setChoice(strand, purpose, { choice: undefined, at: undefined });
    }
  }
}

/** Refusals and arms of every strand that is here, told to the person who has claimed it. */
export function carryAll(state: ProfileState): void {
  for (const strand of state.strands) if (strand.claimant && strand.state === 'owned') carryToPerson(state, strand);
}

/** Refusals and arms of a strand, told to the person who has claimed it. */
export function carryToPerson(state: ProfileState, strand: Strand): void {
  const person = strand.claimant && findStrand(state, strand.claimant)?.strand;
  if (person && person !== strand && takesFacts(person)) carryChoices(strand, person);
}

function openSessions(state: ProfileState, now: Instant): void {
  if (state.sessions.length === 0) return;
  state.sessions = state.sessions.filter(({ device, person, until }) => {
    const strand = findStrand(state, device)?.strand;
    if (!strand || !takesFacts(strand)) return until >= now || until < 0;
    if (until >= now) strand.session = { person, until };
    strand.signedOut = until < 0;
    return false;
  });
}
