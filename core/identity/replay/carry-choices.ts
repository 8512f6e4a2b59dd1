import type { IdentityKey } from '../identity-key.ts';
import { namespaceOf } from '../identity-key.ts';
import { namesPerson } from '../namespace-set.ts';
import type { StitchDraft } from './stitch-draft.ts';
import type { StitchEvent } from './stitch-event.ts';
import type { StitchRules } from './stitch-rules.ts';

/**
 * What moves from a strand to the person at the moment of a link, and is not undone by an unlink (spec 3.5): a refusal
 * binds the person, whatever the person granted before; a grant of a device is not borrowed; an experiment's arm is
 * added where the person has none, so that a device leaving flips nobody.
 */
export function carryChoices(draft: StitchDraft, from: IdentityKey, to: IdentityKey): void {
  const strand = draft.strands.get(from);
  const person = draft.strands.get(to);
  if (!strand || !person || from === to) return;
  const consent = { ...person.consent };
  for (const [purpose, said] of Object.entries(strand.consent)) {
    const held = consent[purpose];
    if (said.choice === 'out' && held?.choice !== 'out') consent[purpose] = said;
  }
  draft.change(to, { consent, assigned: { ...strand.assigned, ...person.assigned } });
}

/**
 * Stores what an event itself chose. A proven choice is the person's own word at this very device: it counts for every
 * identity named. A claimed one counts for the strand that the event is stored under, and never as a person's grant.
 */
export function applyChoices(
  draft: StitchDraft,
  event: StitchEvent,
  keys: readonly IdentityKey[],
  rules: StitchRules,
): void {
  const [primary] = keys;
  const names = (key: IdentityKey) => {
    const namespace = rules.namespaces.byCode.get(namespaceOf(key));
    return namespace !== undefined && namesPerson(namespace);
  };
  const speaker = event.verified ? (keys.find((key) => names(key)) ?? null) : null;
  for (const key of event.verified ? keys : keys.slice(0, 1)) {
    const strand = draft.strands.get(key);
    if (!strand) continue;
    const personal = names(key);
    const consent = { ...strand.consent };
    for (const [purpose, { choice, at }] of Object.entries(event.consent)) {
      const held = consent[purpose];
      if (held && held.at > at) continue;
      if (choice === 'in' && personal && !event.verified) continue;
      consent[purpose] = { choice, at, verified: event.verified, by: speaker ?? strand.claimant };
    }
    // A person's arm changes at most from absent to present.
    const assigned = key === primary ? { ...event.assign, ...strand.assigned } : strand.assigned;
    draft.change(key, { consent, assigned });
    if (strand.claimant !== null) carryChoices(draft, key, strand.claimant);
  }
}
