import type { Fact, Identity } from '../event/event.ts';
import { type IdentityKey, identityKey } from '../identity/identity-key.ts';
import type { LinkWish } from '../identity/protocol/link-wish.ts';
import { lateWish, ownerThen } from '../identity/protocol/owner-then.ts';
import type { Whereabouts } from '../identity/protocol/whereabouts.ts';
import { clampEventTime } from '../identity/replay/stamp.ts';
import type { StitchRules } from '../identity/replay/stitch-rules.ts';
import type { Instant } from '../lib/ids.ts';
import type { Strand } from '../profile/strand.ts';
import type { InteractCommand } from './command.ts';
import { numberOf } from './node.ts';
import { factName } from './outbox.ts';
import { CLOCKS_DIFFER_MS } from './part-strand.ts';
import type { ProfileState } from './state.ts';

type Hints = InteractCommand['hints'];

/** An event names several ids that are trusted enough to link. Null: it does not. */
export function recordWish(state: ProfileState, fact: Fact, hints: Hints, rules: StitchRules): LinkWish | null {
  if (!fact.links || fact.links.length < 2) return null;
  const keys = [...new Set(fact.links.map(identityKey))];
  if (keys.length < 2) return null;
  const wish = wishOf(state, 'record', nameOf(fact), keys, whenOf(fact, rules), fact.sentBy === 'server', hints);
  return toldBy(wish, sourceOfLink(fact));
}

/** What has come late through a device belongs to whoever used it then. Null: that is who has it. */
export function belatedWish(
  state: ProfileState,
  { identity, claimant, keptBy }: Strand,
  fact: Fact,
  rules: StitchRules,
): LinkWish | null {
  const key = identityKey(identity);
  if (!Object.hasOwn(state.stitch.uses, key) || keptBy !== null) return null;
  const slack = fact.sentBy === 'browser' ? CLOCKS_DIFFER_MS : 0;
  const at = whenOf(fact, rules);
  const then = ownerThen(state.stitch.uses, key, claimant && identityKey(claimant), (at + slack) as Instant, rules);
  return then && lateWish(nameOf(fact), key, then, { at, seq: ++state.linkSeq });
}

/** A proof joins the device to the person, also where no event came with it. */
export function loginWish(state: ProfileState, command: InteractCommand): LinkWish | null {
  const { login, device, hints, now, requestId } = command;
  if (!login || !device) return null;
  const keys = [identityKey(login.person), identityKey(device.identity)];
  const wish = wishOf(state, 'record', `login/${requestId}`, keys, now, true, hints);
  return { ...(login.source === undefined ? wish : toldBy(wish, login.source)), present: true };
}

/** Whoever uses the device next is not this person. */
export function logoutWish(
  state: ProfileState,
  device: Identity,
  person: Identity,
  fact: Fact,
  rules: StitchRules,
): LinkWish {
  const keys = [identityKey(device), identityKey(person)];
  const wish = wishOf(state, 'logout', nameOf(fact), keys, whenOf(fact, rules), true, {});
  return fact.sentBy === 'browser' ? { ...wish, present: true } : wish;
}

/** The wish of a device to leave this profile, as its person has signed out: it waits for what else is under way. */
export function signingOut({ stitch: { intents } }: ProfileState, device: Identity): LinkWish | null {
  const key = identityKey(device);
  const asks = ({ kind, keys }: LinkWish) => kind === 'logout' && keys[0] === key;
  return Object.values(intents).find(({ wish }) => asks(wish))?.wish ?? null;
}

/** An operation that is run here may not have told everybody yet where this identity is. */
export function isMoving({ stitch: { operations } }: ProfileState, identity: Identity): boolean {
  const key = identityKey(identity);
  return Object.values(operations).some(({ wish }) => wish.keys.includes(key));
}

/** Whether a wish still waits for other objects: for the identities that should come, or for the one that leaves to have arrived. */
export function isUnderWay(state: ProfileState, { kind, event, keys }: LinkWish): boolean {
  const { intents, operations } = state.stitch;
  if (kind === 'logout') {
    return intents[event] !== undefined || Object.values(operations).some(({ wish }) => wish.event === event);
  }
  // The one who has the device now waits for nobody.
  if (intents[event] === undefined || kind === 'late') return false;
  return !keys.every((key) => state.strands[numberOf(state.strands, key)]?.state === 'owned');
}

/** What operators are told of a link: the source of the event that made it; pairs that a system knows are `import:` and the source. */
function sourceOfLink({ type, source }: Fact): string {
  return type === 'identity.linked' ? `import:${source}` : source;
}

function toldBy(wish: LinkWish, source: string): LinkWish {
  return { ...wish, stamp: { ...wish.stamp, source } };
}

function nameOf({ source, id }: Fact): string {
  return factName(source, id);
}

/** When it happened, as links count it: never later than a skewed clock may say. */
export function whenOf({ at, receivedAt }: Fact, { policy }: StitchRules): Instant {
  return clampEventTime(at, receivedAt, policy.maxClockSkewMs);
}

function wishOf(
  state: ProfileState,
  kind: LinkWish['kind'],
  event: string,
  keys: readonly IdentityKey[],
  at: Instant,
  verified: boolean,
  hints: Hints,
): LinkWish {
  const known = keys.filter((key) => Object.hasOwn(hints, key)).map((key) => [key, hints[key] as Whereabouts]);
  const stamp = { at, seq: ++state.linkSeq };
  return { kind, event, keys, links: [], stamp, verified, hints: Object.fromEntries(known) };
}
