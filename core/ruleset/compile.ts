import type { Offer } from '../decision/offer.ts';
import type { Instant, Space } from '../lib/ids.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { CompiledSegments } from '../segment/compile/compile-program.ts';
import type { Program } from '../segment/runtime/program.ts';
import { compileOffer, offerProblems } from './compile-offers.ts';
import { compileRules } from './compile-rules.ts';
import { browserProblems, compileBrowserPart, sourceProblems } from './compile-sources.ts';
import { eligibilityId, offerOfEligibility } from './eligibility.ts';
import type { BrowserPart, CompiledParts, SegmentInfo } from './manifest.ts';
import type { RulesetProblem } from './problem.ts';
import { identityConfig, type RulesetSources, retentionDays } from './resources.ts';

/** Drafts → the parts of a ruleset, or every reason why not, all at once. Equal drafts give equal parts all year long. */
export function compileRuleset(
  space: Space,
  sources: RulesetSources,
  now: Instant,
): Result<CompiledParts, readonly RulesetProblem[]> {
  const rules = compileRules(sources, now);
  const browser = compileBrowserParts(sources);
  const problems = [
    ...(rules.ok ? [] : rules.error),
    ...offerProblems(sources.offer, sources.placement),
    ...sourceProblems(space, sources.source),
    ...browser.flatMap(browserProblems),
  ];
  if (!rules.ok || problems.length > 0) return err(problems);
  const days = retentionDays(sources.setting);
  return ok({
    program: programPart(rules.value, sources),
    decisions: { format: 1, placements: sources.placement, offers: compileOffers(sources.offer, rules.value.program) },
    rules: rulesPart(rules.value, sources),
    sources: { format: 1, sources: sources.source },
    identity: { format: 1, ...identityConfig(sources.setting) },
    ...(Object.keys(days).length > 0 && { retention: { format: 1 as const, days } }),
    browser: Object.fromEntries(browser.map((part) => [part.source, part])),
  });
}

function programPart({ program, measures }: CompiledSegments, sources: RulesetSources): CompiledParts['program'] {
  const segments = new Map(sources.segment.map((segment) => [segment.id, segment]));
  return {
    format: 2,
    attributes: sources.attribute,
    program,
    segmentInfo: program.segments.map(({ id }): SegmentInfo => {
      const segment = segments.get(id);
      return {
        id,
        public: segment?.public ?? false,
        hidden: offerOfEligibility(id) !== null,
        observed: segment?.observed ?? false,
      };
    }),
    measures: sources.measure.flatMap(({ id, public: open }) => {
      const cell = measures[id];
      return cell === undefined ? [] : [{ id, cell, public: open }];
    }),
  };
}

function rulesPart({ lineage }: CompiledSegments, sources: RulesetSources): CompiledParts['rules'] {
  return {
    format: 1,
    segments: sources.segment.map(({ id, rule, purpose }) => ({ id, rule, purpose })),
    measures: sources.measure.map(({ id, expression, purpose }) => ({ id, expression, purpose })),
    eligibility: sources.offer.flatMap(({ id, eligibility: rule, purpose }) => (rule ? [{ id, rule, purpose }] : [])),
    lineage,
  };
}

function compileOffers(offers: readonly Offer[], program: Program): CompiledParts['decisions']['offers'] {
  const positions = new Map(program.segments.map((segment, position) => [segment.id, position]));
  return offers.map((offer) => compileOffer(offer, positions.get(eligibilityId(offer.id)) ?? null));
}

/** Pages ask only for placements that something may appear in. */
function compileBrowserParts(sources: RulesetSources): readonly BrowserPart[] {
  const used = new Set(sources.offer.flatMap((offer) => offer.placements));
  const placements = sources.placement.map((placement) => placement.id).filter((id) => used.has(id));
  return sources.source.flatMap((source) => compileBrowserPart(source, placements) ?? []);
}
