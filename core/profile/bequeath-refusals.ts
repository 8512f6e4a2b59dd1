import { PURPOSES } from '../policy/purposes.ts';
import { saidOf, setChoice } from './set-choice.ts';
import type { Strand } from './strand.ts';

/** A device leaves its history with somebody: what was refused on it binds whoever has it next, until it is said otherwise there. */
export function bequeathRefusals(before: Strand, next: Strand): void {
  for (const purpose of PURPOSES) {
    const said = saidOf(before, purpose);
    if (said.choice === 'out' && (next.consentAt[purpose] ?? Number.NEGATIVE_INFINITY) <= (said.at ?? 0))
      setChoice(next, purpose, said);
  }
}
