import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import { components } from './components.ts';
import { reach } from './identity-graph.ts';
import type { Link } from './link.ts';
import { personOf } from './settle-strands.ts';
import { compareStamps } from './stamp.ts';
import { StitchDraft } from './stitch-draft.ts';
import { ownerOf } from './stitch-operation.ts';
import type { StitchRules } from './stitch-rules.ts';
import type { StitchedFact, StitchState } from './stitch-state.ts';

/** One person or one unlinked device, as the links stand. */
export interface StitchedProfile {
  readonly keys: readonly IdentityKey[];
  readonly links: readonly Link[];
  /** The identity that names the person; null for nobody. */
  readonly person: IdentityKey | null;
  readonly facts: readonly StitchedFact[];
  readonly consent: Readonly<Record<string, 'in' | 'out'>>;
  readonly assigned: Readonly<Record<string, string>>;
}

/** The complete partition of the known identities, with what lives in each part. */
export function profilesOf(state: StitchState, rules: StitchRules): readonly StitchedProfile[] {
  const { keys, links } = reach(new StitchDraft(state), state.strands.keys());
  const groups = components(keys, links);
  const groupOf = new Map<IdentityKey, number>();
  groups.forEach((members, group) => {
    for (const key of members) groupOf.set(key, group);
  });
  const facts: StitchedFact[][] = groups.map(() => []);
  for (const fact of state.facts.values()) facts[groupOf.get(ownerOf(fact)) ?? -1]?.push(fact);
  const inside: Link[][] = groups.map(() => []);
  for (const link of links) inside[groupOf.get(link.a) ?? -1]?.push(link);
  return groups.map((members, group) => {
    const person = personOf(state, members, rules);
    return {
      keys: members,
      links: inside[group] ?? [],
      person,
      facts: facts[group] ?? [],
      consent: consentOf(state, members, person),
      assigned: assignedOf(state, members, person),
    };
  });
}

/**
 * A person's choices are those of the identity that names the person (refusals of linked strands were copied there) and, where
 * that is silent, proven grants of the others. Without a person, any refusal of a strand binds them all. A yes that
 * somebody said counts only where that person is: who has the device next has said nothing.
 */
function consentOf(
  { strands }: StitchState,
  members: readonly IdentityKey[],
  person: IdentityKey | null,
): Readonly<Record<string, 'in' | 'out'>> {
  const consent: Record<string, 'in' | 'out'> = {};
  for (const key of members) {
    for (const [purpose, { choice, verified, by }] of Object.entries(strands.get(key)?.consent ?? {})) {
      if (choice === 'in' && ((person !== null && !verified) || (by !== null && !members.includes(by)))) continue;
      if (consent[purpose] !== 'out') consent[purpose] = choice;
    }
  }
  if (person === null) return consent;
  for (const [purpose, { choice, by }] of Object.entries(strands.get(person)?.consent ?? {})) {
    if (choice === 'out' || by === null || members.includes(by)) consent[purpose] = choice;
  }
  return consent;
}

function assignedOf(
  { strands }: StitchState,
  members: readonly IdentityKey[],
  person: IdentityKey | null,
): Readonly<Record<string, string>> {
  const none = { at: 0 as Instant, seq: 0 };
  const born = (key: IdentityKey) => strands.get(key)?.firstSeen ?? none;
  const byAge = members.toSorted((a, b) => compareStamps(born(a), born(b)));
  const own = person === null ? {} : (strands.get(person)?.assigned ?? {});
  return Object.assign({}, ...byAge.toReversed().map((key) => strands.get(key)?.assigned ?? {}), own);
}
