import type { Fact, Identity } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';
import { DAY_MS } from '../lib/instant.ts';
import { forgetOldValues } from '../profile/forget-old-values.ts';
import { rememberClaims, type Strand } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { archivedUnder } from './archived-under.ts';
import { catchUp } from './catch-up.ts';
import type { FactKey } from './command.ts';
import { Evaluation } from './evaluate.ts';
import { hasOpenWork } from './next-wake.ts';
import { type CausedChange, factName } from './outbox.ts';
import { rebuild } from './rebuild.ts';
import { isSomebody, type ProfileState } from './state.ts';

/** A fact that is kept no more, with the number of its strand. */
export type OldFact = FactKey & Pick<Fact, 'strand'>;

/** Once a day, and never while strands are on their way: pages of them must not change under who reads them. */
export function isSweepDue(state: ProfileState, { retention }: LoadedRuleset, now: Instant): boolean {
  if (retention.size === 0 || !isSomebody(state) || hasOpenWork(state)) return false;
  return state.sweptAt === null || now - state.sweptAt >= DAY_MS;
}

/**
 * The state without facts that are kept no more, as if they had never been: the log with its day buckets, and what strands derive, are made from all
 * the others. Nothing happened but time, so what flips has the cause `time`, as of `now`.
 */
export function sweepFacts(
  state: ProfileState,
  old: readonly OldFact[],
  all: Iterable<Fact>,
  ruleset: LoadedRuleset,
  now: Instant,
): readonly CausedChange[] {
  state.revision++;
  const changes = catchUp(state, ruleset, now);
  const names = new Set(old.map(({ source, id }) => factName(source, id)));
  const left = new Map(old.map(({ strand }) => [strand, { facts: 0, claims: [] as Identity[] }]));
  rebuild(state, ruleset, others(all, names, left));
  for (const [number, { facts, claims }] of left) {
    const strand = state.strands[number];
    if (!strand) continue;
    // Without a fact it would not be remembered that some of it lies in the archive.
    strand.archived = archivedUnder(strand, state.profile);
    strand.facts = facts;
    strand.claims = claims;
    forgetOldValues(strand, ruleset.retention, now);
  }
  const evaluation = new Evaluation(state, ruleset, now);
  evaluation.moved();
  evaluation.settle('time', changes);
  return changes;
}

/** All that stay; counted on the way where a strand loses some. */
function* others(
  all: Iterable<Fact>,
  names: ReadonlySet<string>,
  left: ReadonlyMap<number, Pick<Strand, 'facts' | 'claims'>>,
): Iterable<Fact> {
  for (const fact of all) {
    if (names.has(factName(fact.source, fact.id))) continue;
    const counted = left.get(fact.strand);
    if (counted) {
      counted.facts++;
      if (fact.claims) rememberClaims(counted, fact.claims);
    }
    yield fact;
  }
}
