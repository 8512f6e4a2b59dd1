import type { Fact } from '../event/event.ts';
import type { FactSpan } from '../identity/protocol/handled.ts';
import type { Instant, ProfileId } from '../lib/ids.ts';
import { PURPOSES } from '../policy/purposes.ts';
import { joinStrands } from '../profile/join-strands.ts';
import { applyEvent, createStrand, type Strand } from '../profile/strand.ts';
import { archivedUnder } from './archived-under.ts';
import { joinChoices } from './choices.ts';
import { factName } from './outbox.ts';
import { dropUnsent } from './unsent.ts';

/** Corrected clocks of two requests differ by so much: what lies so near to a change of hands stays where it came. */
export const CLOCKS_DIFFER_MS = 5_000;

/** Whether something that is stored belongs to the part of a strand that goes to somebody else. */
export function isInPart({ at, sentBy }: Pick<Fact, 'at' | 'sentBy'>, { after, until, closes }: FactSpan): boolean {
  const slack = sentBy === 'browser' ? CLOCKS_DIFFER_MS : 0;
  return (after === null || at > after) && at <= until + (closes ? slack : -slack);
}

/**
 * What `from` derived of `part` goes to `into`, as if those facts had come through it; `rest` is what stays. Both may lie in the archive under the names of
 * `from`. Decisions stay with whoever has the device, unless it changes hands now.
 */
export function partStrand(
  from: Strand,
  into: Strand,
  { part, rest }: { readonly part: readonly Fact[]; readonly rest: readonly Fact[] },
  { until, closes }: FactSpan,
  profile: ProfileId,
): void {
  const left = derivedOf(from, rest);
  // Nothing of them lies there: whoever takes over nothing has no say in whether it can be read.
  const shares = part.length > 0 || closes;
  const taken = { ...derivedOf(from, part), archived: shares ? archivedUnder(from, profile) : [] };
  if (shares) from.archived = taken.archived;
  moveUnsent(from, taken, new Set(part.map(({ source, id }) => factName(source, id))));
  const [consent, consentAt] = [{ ...from.consent }, { ...from.consentAt }];
  for (const purpose of PURPOSES) {
    if ((consentAt[purpose] ?? Number.POSITIVE_INFINITY) > until) continue;
    taken.consent = { ...taken.consent, [purpose]: consent[purpose] };
    taken.consentAt = { ...taken.consentAt, [purpose]: consentAt[purpose] as Instant };
    // A refusal binds the device, too, as long as nobody else has it.
    if (consent[purpose] === 'out' && !closes) continue;
    delete consent[purpose];
    delete consentAt[purpose];
  }
  from.consent = consent;
  from.consentAt = consentAt;
  from.facts = left.facts;
  from.attributes = left.attributes;
  from.recent = left.recent;
  from.claims = left.claims;
  joinStrands(into, taken);
  if (!closes) return;
  from.session = null;
  joinChoices(into, from);
  into.assigned = { ...from.assigned, ...into.assigned };
  delete from.choices;
  from.assigned = {};
}

function derivedOf({ identity, trust, epoch, firstSeen }: Strand, facts: readonly Fact[]): Strand {
  const made = createStrand(identity, trust, epoch, facts[0]?.at ?? firstSeen);
  for (const fact of facts) applyEvent(made, fact);
  return made;
}

/** What nobody has been told of waits where it goes. */
function moveUnsent(from: Strand, taken: Strand, part: ReadonlySet<string>): void {
  const moved = (from.unsent ?? []).map(({ names, ...ahead }) => ({
    ...ahead,
    names: names.filter((n) => part.has(n)),
  }));
  const unsent = moved.filter(({ names }) => names.length > 0);
  if (unsent.length === 0) return;
  taken.unsent = unsent;
  dropUnsent(from, (name) => part.has(name));
}
