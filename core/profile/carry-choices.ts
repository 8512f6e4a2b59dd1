import type { Instant } from '../lib/ids.ts';
import { PURPOSES } from '../policy/purposes.ts';
import { setChoice } from './set-choice.ts';
import type { Strand } from './strand.ts';

/**
 * What moves from a strand to the person it is linked with, and is not undone by an unlink: a refusal binds the person, whatever the person
 * granted before; a grant of a device is not borrowed; an experiment's arm is added where the person has none. True: something was carried.
 */
export function carryChoices(from: Strand, person: Strand): boolean {
  let carried = false;
  for (const purpose of PURPOSES) {
    if (from.consent[purpose] !== 'out' || person.consent[purpose] === 'out') continue;
    // Lifted by the person since: the same refusal does not come back.
    const [said, held] = [from.consentAt[purpose] ?? (0 as Instant), person.consentAt[purpose] ?? (0 as Instant)];
    if (person.consent[purpose] === 'in' && person.carried?.[purpose] === said) continue;
    setChoice(person, purpose, { choice: 'out', at: Math.max(said, held) as Instant });
    person.carried = { ...person.carried, [purpose]: said };
    carried = true;
  }
  const missing = Object.entries(from.assigned).filter(([experiment]) => !Object.hasOwn(person.assigned, experiment));
  if (missing.length === 0) return carried;
  person.assigned = { ...Object.fromEntries(missing), ...person.assigned };
  return true;
}
