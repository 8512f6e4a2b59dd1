import type { Instant, Sequence, Space } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { ShadowPlan, ShadowProgram } from '../../core/ruleset/plan-shadow-run.ts';
import type { RulesetProblem } from '../../core/ruleset/problem.ts';
import type { RulesSide } from '../../core/ruleset/rule-nodes.ts';
import { type ShadowReport, shadowReport } from '../../core/segment/preview/shadow-run.ts';
import type { RulesetStore } from '../stores/ruleset-store.ts';
import { type CandidateRef, readCandidate } from './candidate.ts';
import type { ContentSources } from './contents.ts';
import type { CountedSamples, Samples } from './sample.ts';

/** How old the copies are that a report rests on, and what they lack. */
export interface SampleFreshness extends Pick<CountedSamples, 'since' | 'stale' | 'pending' | 'cut' | 'seeding'> {
  /** null: there were no rows. */
  readonly taken: ShadowReport['freshness'];
}

export interface SampleReport extends Omit<ShadowReport, 'freshness'> {
  readonly at: Instant;
  readonly freshness: SampleFreshness;
}

export interface ShadowRunReport extends SampleReport {
  /** What it was compared with; null: nothing is live. */
  readonly sequence: Sequence | null;
  readonly changed: ShadowPlan['changed'];
}

export type ShadowRunProblem =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'invalid'; readonly problems: readonly RulesetProblem[] }
  /** More rules differ than can be compared at once. */
  | { readonly kind: 'tooLarge' };

export interface ShadowRunParts extends ContentSources {
  readonly rulesets: RulesetStore;
  readonly samples: Samples;
  readonly now: () => Instant;
}

export interface ShadowRunOptions {
  readonly examples: number;
  readonly allOffers: boolean;
}

/** What publishing a candidate would do to the people of the sample. Offers are told as segments of their eligibility. */
export async function runShadow(
  parts: ShadowRunParts,
  space: Space,
  candidate: CandidateRef,
  { examples, allOffers }: ShadowRunOptions,
): Promise<Result<ShadowRunReport, ShadowRunProblem>> {
  const at = parts.now();
  const resources = await readCandidate(parts, space, candidate);
  if (!resources.ok) return err({ kind: 'notFound' });
  const { compileDraft } = await import('../../core/ruleset/draft.ts');
  const compiled = compileDraft(space, resources.value, at);
  if (!compiled.ok) return err({ kind: 'invalid', problems: compiled.error });
  const { program, rules, decisions } = compiled.value;
  const after: RulesSide = {
    rules,
    offers: decisions.offers.map(({ id }) => id),
    attributes: program.attributes,
    timeZone: program.program.zone.name,
  };
  const live = await parts.rulesets.refreshNow(space);
  const before: RulesSide | null = live && {
    rules: await parts.rulesets.rules(live),
    offers: [...live.offers.keys()],
    attributes: [...live.attributes.values()],
    timeZone: live.engine.program.zone.name,
  };
  const { planShadowRun } = await import('../../core/ruleset/plan-shadow-run.ts');
  const plan = planShadowRun(before, after, { allOffers, now: at });
  if (JSON.stringify([plan.before, plan.after]).length > limit('shadowProgramBytes')) return err({ kind: 'tooLarge' });
  const report = await countSample(parts, space, { at, before: plan.before, after: plan.after, examples });
  return ok({ ...report, sequence: live?.sequence ?? null, changed: plan.changed });
}

/** How many people one rule holds. `side`: the rules that it is a part of, under this id. */
export async function estimateRule(
  parts: Pick<ShadowRunParts, 'samples' | 'now'>,
  space: Space,
  side: RulesSide,
  id: string,
): Promise<SampleReport> {
  const { emptyProgram, planEstimate } = await import('../../core/ruleset/plan-shadow-run.ts');
  const at = parts.now();
  const [before, after] = [emptyProgram(side, at), planEstimate(side, id, at)];
  return countSample(parts, space, { at, before, after, examples: 0 });
}

interface Question {
  readonly at: Instant;
  readonly before: ShadowProgram;
  readonly after: ShadowProgram;
  readonly examples: number;
}

async function countSample(
  { samples }: Pick<ShadowRunParts, 'samples'>,
  space: Space,
  question: Question,
): Promise<SampleReport> {
  const counted = await samples.count(space, question);
  const { k, limit: upTo, takenAt, movements, since, stale, pending, cut, seeding } = counted;
  const taken = freshnessOf(takenAt);
  const report = shadowReport({ k, limit: upTo, rows: takenAt.length, freshness: taken }, movements, {
    population: null,
  });
  return {
    ...report,
    at: question.at,
    // What is old, missing or not whole may be otherwise by now.
    exact: report.exact && stale + pending + cut === 0 && !seeding,
    freshness: { taken, since, stale, pending, cut, seeding },
  };
}

function freshnessOf(takenAt: Float64Array): ShadowReport['freshness'] {
  const at = (place: number) => takenAt[place] as Instant;
  const { length } = takenAt;
  return length === 0 ? null : { oldest: at(0), median: at(length >> 1), newest: at(length - 1) };
}
