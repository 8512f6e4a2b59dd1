import type { Identity } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';
import type { ConsentChoice, ConsentChoices, Purpose } from '../policy/purposes.ts';

/** What was chosen through one identity. */
export interface HeldChoices {
  /** Current choice per purpose. */
  consent: ConsentChoices;
  /** When each of those choices was made. Of a purpose without a choice: when a refusal was taken back. */
  consentAt: { readonly [P in Purpose]?: Instant };
  /** Of a grant that somebody gave through this identity while they were met on it: who. It is nobody else's. Absent: no grant is. */
  grantedBy?: { readonly [P in Purpose]?: Identity };
}

/** What was said last of one purpose. */
interface SaidChoice {
  /** Undefined: a refusal was taken back then, and nothing was said since. */
  readonly choice: ConsentChoice | undefined;
  /** Undefined: nothing is known to have been said. */
  readonly at: Instant | undefined;
  /** Whose word a grant is, where that is not the strand's own. */
  readonly by?: Identity | undefined;
}

export function saidOf({ consent, consentAt, grantedBy }: HeldChoices, purpose: Purpose): SaidChoice {
  return { choice: consent[purpose], at: consentAt[purpose], by: grantedBy?.[purpose] };
}

export function setChoice(strand: HeldChoices, purpose: Purpose, { choice, at, by }: SaidChoice): void {
  const { [purpose]: _choice, ...consent } = strand.consent;
  const { [purpose]: _at, ...consentAt } = strand.consentAt;
  strand.consent = choice === undefined ? consent : { ...strand.consent, [purpose]: choice };
  strand.consentAt = at === undefined ? consentAt : { ...strand.consentAt, [purpose]: at };
  const { [purpose]: _by, ...others } = strand.grantedBy ?? {};
  const grantedBy = choice === 'in' && by !== undefined ? { ...others, [purpose]: by } : others;
  if (Object.keys(grantedBy).length > 0) strand.grantedBy = grantedBy;
  else delete strand.grantedBy;
}
