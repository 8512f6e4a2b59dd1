import type { ConsentChoices, Purpose } from '../../core/policy/purposes.ts';
import { CHOICE } from './consent.ts';
import type { Linked } from './on-client.ts';

/** Reports choices that another platform made, unless they are what was chosen before: platforms repeat themselves on every page. */
export function applyChoices({ consent, link }: Pick<Linked, 'link' | 'consent'>, choices: ConsentChoices): void {
  // What Global Privacy Control overrules was chosen all the same.
  const chosen = { ...link.consent.now(), ...link.storage.get<ConsentChoices>(CHOICE) };
  if (Object.entries(choices).some(([purpose, choice]) => chosen[purpose as Purpose] !== choice)) void consent(choices);
}
