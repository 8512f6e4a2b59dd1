import { identityKey } from '../identity/identity-key.ts';
import { isLazy } from '../identity/protocol/is-lazy.ts';
import { openStrand } from '../identity/protocol/open-strand.ts';
import type { StitchRules } from '../identity/replay/stitch-rules.ts';
import { rememberProof } from '../identity/used-proofs.ts';
import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { createStrand, type Strand, sameIdentity, takesFacts } from '../profile/strand.ts';
import type { InteractAnswer, InteractCommand, InteractError, StrandRef } from './command.ts';
import { expect } from './expected-device.ts';
import { nodeOf } from './node.ts';
import { findStrand, type ProfileState, type WaitingSession } from './state.ts';
import { syncStrands, trustOf } from './sync-strands.ts';
import type { Visit } from './take-events.ts';
import { isMoving, signingOut } from './wishes.ts';

/** Finds or opens the strands of this visit, or says where they went. Nothing was changed when it gives an error. */
export function openVisit(
  state: ProfileState,
  command: InteractCommand,
  rules: StitchRules,
): Visit | { readonly error: InteractError } {
  const { stitch } = state;
  if (stitch.state === 'erased') return { error: { kind: 'erased' } };
  // The directory is about to say who comes next.
  if (stitch.state === 'erasing') return { error: { kind: 'unknown' } };
  const { login, device: ref, now } = command;
  const reading = command.events.length === 0 && login === null;
  const proof = login?.proof ? { ...login.proof, device: ref?.identity.value ?? '' } : null;
  const remembered = proof && rememberProof(state.proofs, proof, now);
  if (remembered?.use === 'used') return { error: { kind: 'proofUsed' } };
  const asked = expected(state, command) ?? strandFor(state, command, reading, rules);
  if ('error' in asked) return asked;
  if (remembered) state.proofs = remembered.used;
  // Whoever comes puts off the end of an idle profile.
  if (!reading && stitch.expiry !== null) state.stitch = { ...state.stitch, expiry: null };
  const device = deviceOf(state, command, asked.strand);
  const opened = asked.isNew || login !== null;
  const leaving = device?.signedOut === true && login === null && signingOut(state, device.identity) !== null;
  const person = device?.session && device.session.until >= now ? findStrand(state, device.session.person) : null;
  if (person && takesFacts(person.strand)) {
    return { through: person.strand, index: person.index, device, expected: null, opened, leaving };
  }
  const { strand: through, index, session = null } = asked;
  return { through, index, device, expected: session, opened, leaving };
}

interface Asked {
  readonly strand: Strand;
  /** -1: only read through, not stored. */
  readonly index: number;
  readonly isNew: boolean;
  /** The device itself is still on its way here. */
  readonly session?: WaitingSession;
}

/** Somebody has signed in on this device, which is still on its way here: what it sends until then is that person's. */
function expected(state: ProfileState, { through, device, now }: InteractCommand): Asked | null {
  if (state.sessions.length === 0 || !device || !sameIdentity(device.identity, through.identity)) return null;
  const here = findStrand(state, device.identity);
  if (here && takesFacts(here.strand)) return null;
  const session = state.sessions.find((waiting) => sameIdentity(waiting.device, device.identity));
  const person = session && session.until >= now ? findStrand(state, session.person) : null;
  return person && takesFacts(person.strand) && session ? { ...person, isNew: false, session } : null;
}

/** The strand that the command comes through. Opened when the caller knows that it belongs here; a visit that only reads stores nothing. */
function strandFor(
  state: ProfileState,
  { through, profile, events, login, assertedState, now }: InteractCommand,
  reading: boolean,
  rules: StitchRules,
): Asked | { readonly error: InteractError } {
  const found = findStrand(state, through.identity);
  if (found && takesFacts(found.strand)) return { ...found, isNew: false };
  const node = nodeOf(state);
  const where = { owner: profile, epoch: through.epoch, erasedAt: through.erasedAt };
  // A device is born, or handed over, where nobody is yet: everywhere else it comes by an operation.
  const mayOpen = through.mayOpen && (state.stitch.state === 'none' || !isLazy(identityKey(through.identity), rules));
  const opened = mayOpen ? openStrand(node, identityKey(through.identity), where) : node;
  if (opened === node) return { error: elsewhere(state, found?.strand ?? null, through) };
  const isProven = login !== null || assertedState !== null || events.some(({ sentBy }) => sentBy === 'server');
  const trust = trustOf(through.identity, rules);
  const trusted = trust === 'claimed' && isProven ? 'verified' : trust;
  if (reading) {
    const strand = createStrand(through.identity, trusted, through.epoch, now);
    return { strand: { ...strand, erasedAt: through.erasedAt }, index: -1, isNew: false };
  }
  syncStrands(state, opened, rules, now);
  const made = findStrand(state, through.identity);
  if (!made) throw new Error('an opened strand is not there');
  made.strand.trust = trusted;
  return { ...made, isNew: true };
}

function elsewhere({ stitch, profile }: ProfileState, gone: Strand | null, through: StrandRef): InteractError {
  if (gone?.movedTo && gone.movedTo !== profile) return { kind: 'moved', to: gone.movedTo, epoch: gone.epoch };
  if (stitch.forward !== null) return { kind: 'moved', to: stitch.forward as typeof profile, epoch: through.epoch };
  return { kind: 'unknown' };
}

function deviceOf(state: ProfileState, { device }: InteractCommand, asked: Strand): Strand | null {
  if (!device) return null;
  if (sameIdentity(device.identity, asked.identity)) return asked;
  return findStrand(state, device.identity)?.strand ?? null;
}

/** A proof was given: the device's session opens when the device is here. */
export function openSession(state: ProfileState, { login, device, now }: InteractCommand, visit: Visit): void {
  if (!login || !device) return;
  const until = (now + limit('sessionMs')) as Instant;
  if (visit.device && takesFacts(visit.device)) {
    visit.device.session = { person: login.person, until };
    visit.device.signedOut = false;
    return;
  }
  expect(state, { device: device.identity, person: login.person, since: now, until });
}

/** Where the device's token should point after this visit; null: nobody here knows (yet). */
export function deviceNow(
  state: ProfileState,
  { device, login }: InteractCommand,
  visit: Visit,
  asksAgain: boolean,
): InteractAnswer['device'] {
  const stored = device ? findStrand(state, device.identity)?.strand : undefined;
  // Not here yet, but nobody whom it was with before may be met on it any more.
  const isExpected = login !== null || (visit.expected !== null && !asksAgain);
  if (device && isExpected && !(stored && takesFacts(stored))) return { at: state.profile, epoch: device.epoch };
  // A visit that only reads opens no strand, but it knows where the device lives.
  // Unless somebody was erased there: a token cannot say so, and only who is asked for by the directory opens with that fence.
  const strand = stored ?? (visit.index < 0 && visit.device?.erasedAt === -1 ? visit.device : null);
  if (!strand) return null;
  // Where it goes may not have heard of it: nobody is sent there before it has.
  if (!takesFacts(strand)) {
    return strand.movedTo && !isMoving(state, strand.identity) ? { at: strand.movedTo, epoch: strand.epoch } : null;
  }
  const isLeaving = strand.signedOut && signingOut(state, strand.identity) !== null;
  return isLeaving ? null : { at: state.profile, epoch: strand.epoch };
}
