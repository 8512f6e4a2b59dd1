import { didYouMean } from '../../segment/nearest-name.ts';
import type { CompiledContent } from '../content/compiled-content.ts';
import type { Placement } from '../placement.ts';
import type { DecisionNames } from './decision-names.ts';
import type { DecisionProblem } from './decision-problem.ts';
import { compileForKind } from './kind-content.ts';

/** Leaves the page as it is. */
export const NO_FALLBACK: CompiledContent = { value: null };

/** What a placement shows when nothing qualifies. It is shown to people of whom nothing is known, so it reads nothing. */
export function compileFallback(
  placement: Placement,
  names: DecisionNames,
  problems: DecisionProblem[],
): CompiledContent {
  const { id, fallback } = placement;
  if (fallback === null) return NO_FALLBACK;
  const place = { kind: 'placement', id, pointer: '/fallback' } as const;
  const compiled = compileForKind(fallback, placement, place, names);
  if (!compiled.ok) {
    problems.push(...compiled.error);
    return NO_FALLBACK;
  }
  if (compiled.value.templates) {
    const detail = 'A fallback is shown where nothing is known of the visitor, so it has no placeholders.';
    problems.push({ ...place, code: 'fallbackTemplate', detail });
  }
  return compiled.value;
}

export function unknownRanker({ id, ranker }: Placement, rankers: ReadonlySet<string>): readonly DecisionProblem[] {
  if (ranker === undefined || rankers.has(ranker)) return [];
  const detail = `There is no ranker "${ranker}".${didYouMean(ranker, rankers)}`;
  return [{ kind: 'placement', id, pointer: '/ranker', code: 'unknownRanker', detail }];
}
