import type { Offer } from '../decision/offer.ts';
import { EVENT_TYPES } from '../event/registry.ts';
import type { Space } from '../lib/ids.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { compileSegments } from '../segment/compile.ts';
import type { SegmentProgram } from '../segment/program.ts';
import { compileOffer, offerProblems } from './compile-offers.ts';
import { browserProblems, compileBrowserPart, sourceProblems } from './compile-sources.ts';
import { eligibilityId, offerOfEligibility } from './eligibility.ts';
import type { BrowserPart, CompiledParts } from './manifest.ts';
import type { RulesetProblem } from './problem.ts';
import type { RulesetSources } from './resources.ts';

/** Drafts → the parts of a ruleset, or every reason why not, all at once. */
export function compileRuleset(
  space: Space,
  sources: RulesetSources,
): Result<CompiledParts, readonly RulesetProblem[]> {
  const program = compileProgram(sources);
  const browser = compileBrowserParts(sources);
  const problems = [
    ...(program.ok ? [] : program.error),
    ...offerProblems(sources.offer, sources.placement),
    ...sourceProblems(space, sources.source),
    ...browser.flatMap(browserProblems),
  ];
  if (!program.ok || problems.length > 0) return err(problems);
  return ok({
    program: {
      format: 1,
      attributes: sources.attribute,
      segments: program.value,
      segmentInfo: segmentInfo(program.value, sources),
    },
    decisions: { format: 1, placements: sources.placement, offers: compileOffers(sources.offer, program.value) },
    sources: { format: 1, sources: sources.source },
    browser: Object.fromEntries(browser.map((part) => [part.source, part])),
  });
}

/** The eligibility rules of offers join the segments, so that they share nodes and posting lists with them. */
function compileProgram(sources: RulesetSources): Result<SegmentProgram, readonly RulesetProblem[]> {
  const segments = sources.segment.map(({ id, rule, purpose }) => ({ id, rule, purpose, pointer: '' }));
  const hidden = sources.offer.flatMap(({ id, eligibility: rule, purpose }) =>
    rule ? [{ id: eligibilityId(id), rule, purpose, pointer: '' }] : [],
  );
  const compiled = compileSegments([...segments, ...hidden], {
    attributes: new Map(sources.attribute.map(({ id, type }) => [id, type])),
    eventTypes: new Set(Object.keys(EVENT_TYPES)),
  });
  if (compiled.ok) return compiled;
  return err(
    compiled.error.map(({ segment, pointer, code, detail }) => {
      const offer = offerOfEligibility(segment);
      if (offer === null) return { kind: 'segment', id: segment, pointer, code, detail };
      return { kind: 'offer', id: offer, pointer: pointer.replace(/^\/rule/, '/eligibility'), code, detail };
    }),
  );
}

function segmentInfo(program: SegmentProgram, sources: RulesetSources): CompiledParts['program']['segmentInfo'] {
  const open = new Set(sources.segment.filter((segment) => segment.public).map((segment) => segment.id));
  return program.segments.map(({ id }) => ({ id, public: open.has(id), hidden: offerOfEligibility(id) !== null }));
}

function compileOffers(offers: readonly Offer[], program: SegmentProgram): CompiledParts['decisions']['offers'] {
  const positions = new Map(program.segments.map((segment, position) => [segment.id, position]));
  return offers.map((offer) => compileOffer(offer, positions.get(eligibilityId(offer.id)) ?? null));
}

/** Pages ask only for placements that something may appear in. */
function compileBrowserParts(sources: RulesetSources): readonly BrowserPart[] {
  const used = new Set(sources.offer.flatMap((offer) => offer.placements));
  const placements = sources.placement.map((placement) => placement.id).filter((id) => used.has(id));
  return sources.source.flatMap((source) => compileBrowserPart(source, placements) ?? []);
}
