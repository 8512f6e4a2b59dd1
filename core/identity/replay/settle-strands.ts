import { type IdentityKey, namespaceOf } from '../identity-key.ts';
import { namesPerson } from '../namespace-set.ts';
import { carryChoices } from './carry-choices.ts';
import { components } from './components.ts';
import { reach } from './identity-graph.ts';
import { compareStamps } from './stamp.ts';
import type { StitchDraft } from './stitch-draft.ts';
import type { StitchRules } from './stitch-rules.ts';
import type { StitchState } from './stitch-state.ts';

/** `travels`: an operator undid a wrong link, so both sides get back exactly what was theirs, whatever the policy. */
export type Departure = 'byPolicy' | 'travels';

/**
 * After links changed: who has claimed each strand now, what its history does, which choices are carried over. Under `stay`, an
 * anonymous strand that leaves the person who claimed it leaves its facts there and opens its next generation empty.
 */
export function settleStrands(
  draft: StitchDraft,
  touched: Iterable<IdentityKey>,
  rules: StitchRules,
  departure: Departure = 'byPolicy',
): void {
  const { keys, links } = reach(draft, touched);
  for (const members of components(keys, links)) {
    const person = personOf(draft, members, rules);
    const together = new Set(members);
    for (const key of members) {
      const strand = draft.strands.get(key);
      if (!strand || strand.claimant === person) continue;
      const left = strand.claimant !== null && !together.has(strand.claimant) ? strand.claimant : null;
      const stays = rules.policy.anonymousHistory === 'stay' && departure === 'byPolicy' && !isPersonal(key, rules);
      if (left !== null && stays) closeGeneration(draft, key, left);
      draft.change(key, { claimant: person });
      if (person !== null) carryChoices(draft, key, person);
    }
  }
}

/** The identity that names the person of a profile: of the highest priority, the longest known first; null for nobody. */
export function personOf(
  draft: Pick<StitchState, 'strands'>,
  members: readonly IdentityKey[],
  rules: StitchRules,
): IdentityKey | null {
  let best: IdentityKey | null = null;
  for (const key of members) {
    if (!isPersonal(key, rules)) continue;
    if (best === null || order(draft, key, best, rules) < 0) best = key;
  }
  return best;
}

function order(draft: Pick<StitchState, 'strands'>, a: IdentityKey, b: IdentityKey, rules: StitchRules): number {
  const rank = (key: IdentityKey) => rules.namespaces.byCode.get(namespaceOf(key))?.priority ?? 0;
  const left = draft.strands.get(a);
  const right = draft.strands.get(b);
  return rank(a) - rank(b) || (left && right ? compareStamps(left.firstSeen, right.firstSeen) : 0) || (a < b ? -1 : 1);
}

export function isPersonal(key: IdentityKey, rules: StitchRules): boolean {
  const namespace = rules.namespaces.byCode.get(namespaceOf(key));
  return namespace !== undefined && namesPerson(namespace);
}

function closeGeneration(draft: StitchDraft, key: IdentityKey, keptBy: IdentityKey): void {
  const strand = draft.strands.get(key);
  if (!strand) return;
  for (const fact of draft.facts.values()) {
    if (fact.strand === key && fact.keptBy === null) draft.facts.set(fact.id, { ...fact, keptBy });
  }
  draft.change(key, { generation: strand.generation + 1 });
}
