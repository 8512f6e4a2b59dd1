import type { CompiledOffer, Offer, Placement } from '../decision/offer.ts';
import { byteLength } from '../lib/byte-length.ts';
import { parseInstant } from '../lib/instant.ts';
import type { JsonValue } from '../lib/json.ts';
import { limit } from '../lib/limits.ts';
import { didYouMean } from '../segment/nearest-name.ts';
import type { RulesetProblem } from './problem.ts';

/** Everything wrong with offers and placements, beside their rules. */
export function offerProblems(offers: readonly Offer[], placements: readonly Placement[]): readonly RulesetProblem[] {
  const known = new Map(placements.map((placement) => [placement.id, placement]));
  const problems: RulesetProblem[] = placements.flatMap((placement) =>
    contentProblems('placement', placement.id, '/fallback', placement.fallback, placement),
  );
  offers.forEach((offer, index) => {
    if (index === limit('offersPerRuleset')) {
      problems.push(
        problem(
          'offer',
          offer.id,
          '',
          'tooManyOffers',
          `At most ${limit('offersPerRuleset')} offers fit in one ruleset.`,
        ),
      );
    }
    problems.push(...placementProblems(offer, known), ...scheduleProblems(offer));
  });
  return problems;
}

function placementProblems(offer: Offer, known: ReadonlyMap<string, Placement>): readonly RulesetProblem[] {
  const problems: RulesetProblem[] = [];
  if (offer.placements.length === 0) {
    problems.push(
      problem(
        'offer',
        offer.id,
        '/placements',
        'noPlacement',
        'The offer names no placement, so it could never be shown.',
      ),
    );
  }
  offer.placements.forEach((id, index) => {
    const pointer = `/placements/${index}`;
    const placement = known.get(id);
    if (offer.placements.indexOf(id) < index) {
      problems.push(problem('offer', offer.id, pointer, 'repeatedPlacement', `The placement "${id}" is named twice.`));
    } else if (!placement) {
      const detail = `There is no placement "${id}".${didYouMean(id, known.keys())}`;
      problems.push(problem('offer', offer.id, pointer, 'unknownPlacement', detail));
    } else {
      problems.push(...contentProblems('offer', offer.id, '/content', offer.content, placement));
    }
  });
  return distinct(problems);
}

function contentProblems(
  kind: 'offer' | 'placement',
  id: string,
  pointer: string,
  content: JsonValue,
  placement: Placement,
): readonly RulesetProblem[] {
  const problems: RulesetProblem[] = [];
  // A fallback of null leaves the page as it is; an offer of null would be an offer of nothing.
  const mayBeNull = kind === 'placement';
  if (placement.kind === 'html' && typeof content !== 'string' && !(mayBeNull && content === null)) {
    const detail = `The placement "${placement.id}" shows HTML, so its content must be text.`;
    problems.push(problem(kind, id, pointer, 'contentKind', detail));
  }
  const bytes = byteLength(JSON.stringify(content));
  if (bytes > limit('contentBytes')) {
    problems.push(
      problem(
        kind,
        id,
        pointer,
        'contentTooLarge',
        `The content has ${bytes} bytes; ${limit('contentBytes')} are allowed.`,
      ),
    );
  }
  return problems;
}

function scheduleProblems(offer: Offer): readonly RulesetProblem[] {
  const { from, until } = readSchedule(offer);
  if (from === null || until === null || from < until) return [];
  return [problem('offer', offer.id, '/schedule/until', 'emptySchedule', 'The schedule must end after it begins.')];
}

function readSchedule(offer: Offer): Pick<CompiledOffer, 'from' | 'until'> {
  const { from, until } = offer.schedule ?? {};
  return {
    from: from === undefined ? null : parseInstant(from),
    until: until === undefined ? null : parseInstant(until),
  };
}

/** The resident form of an offer; `rule` is the position of its eligibility in the program. */
export function compileOffer(offer: Offer, rule: number | null): CompiledOffer {
  const { eligibility: _eligibility, schedule: _schedule, ...rest } = offer;
  return { ...rest, rule, ...readSchedule(offer) };
}

/** An offer in three placements of one kind has one problem with its content, not three. */
function distinct(problems: readonly RulesetProblem[]): readonly RulesetProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ pointer, code }) => !seen.has(pointer + code) && seen.add(pointer + code));
}

function problem(
  kind: 'offer' | 'placement',
  id: string,
  pointer: string,
  code: RulesetProblem['code'],
  detail: string,
): RulesetProblem {
  return { kind, id, pointer, code, detail };
}
