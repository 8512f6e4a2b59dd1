import type { Fact, Identity } from '../event/event.ts';
import type { FactSpan } from '../identity/protocol/handled.ts';
import type { ProfileId } from '../lib/ids.ts';
import { PURPOSES } from '../policy/purposes.ts';
import { joinStrands } from '../profile/join-strands.ts';
import { saidOf, setChoice } from '../profile/set-choice.ts';
import { applyEvent, createStrand, type Strand } from '../profile/strand.ts';
import { archivedUnder } from './archived-under.ts';
import { joinChoices } from './choices.ts';
import { factName } from './outbox.ts';
import { dropUnsent } from './unsent.ts';

const NOT_SAID = { choice: undefined, at: undefined } as const;
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
  const left = derivedOf(from, rest, null);
  // Nothing of them lies there: whoever takes over nothing has no say in whether it can be read.
  const shares = part.length > 0 || closes;
  const taken: Strand = { ...derivedOf(from, part, into.keptBy), archived: shares ? archivedUnder(from, profile) : [] };
  if (shares) from.archived = taken.archived;
  moveUnsent(from, taken, new Set(part.map(({ source, id }) => factName(source, id))));
  for (const purpose of PURPOSES) {
    const said = saidOf(from, purpose);
    if ((said.at ?? Number.POSITIVE_INFINITY) > until) continue;
    setChoice(taken, purpose, said);
    // A refusal binds the device, too, whoever has it next.
    if (said.choice !== 'out') setChoice(from, purpose, NOT_SAID);
  }
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

/** What `facts` say. `claimant`: whose word their grants are. */
function derivedOf(
  { identity, trust, epoch, firstSeen }: Strand,
  facts: readonly Fact[],
  claimant: Identity | null,
): Strand {
  const made: Strand = { ...createStrand(identity, trust, epoch, facts[0]?.at ?? firstSeen), claimant };
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
