import type { Instant } from '../lib/ids.ts';
import { PURPOSES, type Purpose } from '../policy/purposes.ts';
import { saidOf, setChoice } from './set-choice.ts';
import { joinValues } from './stored-value.ts';
import { latestViews, rememberClaims, type Strand } from './strand.ts';

/** Values that were derived from facts of `from`, told to `into`: the same as if all facts had come through one. `into` keeps its name and place. */
export function joinStrands(into: Strand, from: Strand): void {
  into.facts += from.facts;
  joinCarried(into, from);
  into.archived = [...new Set([...into.archived, ...from.archived])];
  for (const [name, stored] of Object.entries(from.attributes)) {
    const held = Object.hasOwn(into.attributes, name) ? into.attributes[name] : undefined;
    into.attributes[name] = joinValues(held, stored);
  }
  into.recent = latestViews([...into.recent, ...from.recent]);
  rememberClaims(into, from.claims);
  if (from.unsent) into.unsent = [...(into.unsent ?? []), ...from.unsent];
}

/** What a strand carries beside its facts. */
export type StrandCarry = Pick<
  Strand,
  'firstSeen' | 'lastSeen' | 'consent' | 'consentAt' | 'grantedBy' | 'carried' | 'assigned'
>;

/** The newest choice of each purpose counts, a refusal among equals; arms that are there stay. */
export function joinCarried(into: Strand, from: StrandCarry): void {
  into.firstSeen = Math.min(into.firstSeen, from.firstSeen) as Instant;
  into.lastSeen = Math.max(into.lastSeen, from.lastSeen) as Instant;
  for (const purpose of PURPOSES) {
    const said = saidOf(from, purpose);
    if (said.choice === undefined && said.at === undefined) continue;
    const [held, told] = [timeOf(into, purpose), timeOf(from, purpose)];
    if (told < held || (told === held && said.choice !== 'out')) continue;
    setChoice(into, purpose, said);
  }
  if (from.carried) into.carried = { ...from.carried, ...into.carried };
  into.assigned = { ...from.assigned, ...into.assigned };
}

function timeOf({ consentAt }: Pick<Strand, 'consentAt'>, purpose: Purpose): number {
  return consentAt[purpose] ?? Number.NEGATIVE_INFINITY;
}
