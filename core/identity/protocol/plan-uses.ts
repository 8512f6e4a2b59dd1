import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import { isPersonal } from '../replay/settle-strands.ts';
import type { StitchRules } from '../replay/stitch-rules.ts';
import { type DeviceUses, lastLeft, lastUse, noteUse, renameUser, userOf, usesFrom } from './device-uses.ts';
import { isOver } from './is-over.ts';
import type { LinkWish } from './link-wish.ts';
import type { SettledClaims } from './settle-claims.ts';
import type { StrandRow } from './strand-row.ts';

type Uses = Readonly<Record<IdentityKey, DeviceUses>>;

export interface PlannedUses {
  /** What is known of devices from now on, where that changes. */
  readonly uses: ReadonlyMap<IdentityKey, DeviceUses>;
  /** Devices that change hands, and when; absent: it cannot be told, and all that is stored stays with whoever had it. */
  readonly until: ReadonlyMap<IdentityKey, Instant>;
  /** Devices of which something that is stored may belong to somebody who had them before. */
  readonly late: ReadonlySet<IdentityKey>;
}

/** Those of a wish's identities that it still may link. */
export function linkingKeys(
  wish: Pick<LinkWish, 'kind' | 'keys' | 'stamp' | 'present'>,
  rowOf: (key: IdentityKey) => StrandRow | undefined,
  known: Uses,
  rules: StitchRules,
): readonly IdentityKey[] {
  return wish.keys.filter((key) => !isOver(rowOf(key), known[key], wish, rules));
}

/**
 * What a wish tells of who used which device when. Where the memory contradicts the links (operators, capacity, e-mails that change hands, a sign-out
 * that comes after a later login), the links are right, and the memory begins anew.
 */
export function planUses(
  wish: Omit<LinkWish, 'hints'>,
  rows: ReadonlyMap<IdentityKey, StrandRow>,
  known: Uses,
  { claimants, closing }: SettledClaims,
  travels: boolean,
  rules: StitchRules,
): PlannedUses {
  const uses = new Map<IdentityKey, DeviceUses>();
  const until = new Map<IdentityKey, Instant>();
  const late = new Set<IdentityKey>();
  const { at } = wish.stamp;
  if (rules.policy.anonymousHistory !== 'stay') {
    // Left over from other rules: nobody would be told to forget those names when a person is erased.
    for (const key of rows.keys()) {
      const told = known[key];
      if (told && told.spans.length > 0) uses.set(key, forgetUses(told, at));
    }
    return { uses, until, late };
  }
  const claimantOf = (key: IdentityKey) => claimants.get(key) ?? rows.get(key)?.claimant ?? null;
  const speaker = wish.keys.find((key) => isPersonal(key, rules) && rows.has(key));
  const person = speaker === undefined ? null : (claimantOf(speaker) ?? speaker);
  for (const [key, { claimant: before, leftAt }] of rows) {
    if (isPersonal(key, rules)) continue;
    const named = wish.keys.includes(key);
    const after = claimants.has(key) ? (claimants.get(key) ?? null) : before;
    if (!named && after === before) continue;
    if (wish.kind === 'late') {
      late.add(key);
      continue;
    }
    const told = withLeft(known[key], leftAt);
    const held = told ?? (before === null ? undefined : usesFrom(at, before));
    let next = held;
    if (travels || (after === null && wish.kind !== 'logout')) {
      if (after !== before) next = usesFrom(at, after);
    } else if (wish.kind === 'logout') {
      next = named ? noteUse(held, at, null) : usesFrom(at, after);
    } else if (after !== before && after !== null) {
      const same = held && before !== null && !closing.has(key) ? renameUser(held, before, after) : held;
      next = noteUse(same, at, after);
    } else if (person !== null && person === after) {
      next = noteUse(held, at, after);
    }
    if (person !== null && person !== after && wish.kind === 'record' && after === before) {
      const last = held ? lastUse(held) : null;
      const counts = wish.verified || rules.policy.displace === 'any';
      if (counts && last !== null && at < last) next = noteUse(held, at, person);
      if (next !== held) late.add(key);
    }
    if (next && userOf(next) !== after) {
      next = usesFrom(Math.max(at, lastUse(next) ?? at) as Instant, after);
      late.delete(key);
    } else if (closing.has(key)) until.set(key, at);
    if (next && next !== known[key]) uses.set(key, next);
  }
  return { uses, until, late };
}

/** No names any more. What happened until now is where it belongs. */
function forgetUses(uses: DeviceUses, at: Instant): DeviceUses {
  return { settledAt: Math.max(at, lastUse(uses) ?? at) as Instant, spans: [] };
}

/** A device remembers by itself that somebody signed out on it, also where nobody was known to be signed in. */
function withLeft(uses: DeviceUses | undefined, leftAt: Instant | undefined): DeviceUses | undefined {
  if (leftAt === undefined) return uses;
  const last = uses && lastLeft(uses);
  return last != null && last >= leftAt ? uses : noteUse(uses, leftAt, null);
}
