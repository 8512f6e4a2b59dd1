import { type IdentityKey, namespaceOf } from '../identity-key.ts';
import { isPersonal } from '../replay/settle-strands.ts';
import type { StitchRules } from '../replay/stitch-rules.ts';
import type { StrandRow } from './strand-row.ts';

export interface SettledClaims {
  readonly claimants: ReadonlyMap<IdentityKey, IdentityKey | null>;
  /** Strands that close a generation, and for whom it stays. */
  readonly closing: ReadonlyMap<IdentityKey, IdentityKey>;
}

/**
 * Who claims each strand when these components are the people from now on. Under `stay`, a device that leaves its claimant leaves its
 * history there, unless a wrong link is taken back (`travels`).
 */
export function settleClaims(
  parts: readonly (readonly IdentityKey[])[],
  rows: ReadonlyMap<IdentityKey, StrandRow>,
  travels: boolean,
  rules: StitchRules,
): SettledClaims {
  const claimants = new Map<IdentityKey, IdentityKey | null>();
  const closing = new Map<IdentityKey, IdentityKey>();
  const stays = rules.policy.anonymousHistory === 'stay' && !travels;
  for (const members of parts) {
    const person = personAmong(members, rows, rules);
    for (const key of members) {
      const held = rows.get(key)?.claimant ?? null;
      if (stays && held !== null && !members.includes(held) && !isPersonal(key, rules)) closing.set(key, held);
      claimants.set(key, person);
    }
  }
  return { claimants, closing };
}

/** The identity that names the person: of the highest priority; among equals the one that has claimed most already. */
function personAmong(
  members: readonly IdentityKey[],
  rows: ReadonlyMap<IdentityKey, StrandRow>,
  rules: StitchRules,
): IdentityKey | null {
  const claims = (key: IdentityKey) => members.filter((member) => rows.get(member)?.claimant === key).length;
  const rank = (key: IdentityKey) => rules.namespaces.byCode.get(namespaceOf(key))?.priority ?? 0;
  const personal = members.filter((key) => isPersonal(key, rules));
  return personal.sort((a, b) => rank(a) - rank(b) || claims(b) - claims(a) || (a < b ? -1 : 1))[0] ?? null;
}
