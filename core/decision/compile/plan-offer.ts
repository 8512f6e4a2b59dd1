import { parseInstant } from '../../lib/instant.ts';
import type { JsonValue } from '../../lib/json.ts';
import { didYouMean } from '../../segment/nearest-name.ts';
import type { CompiledOffer } from '../compiled.ts';
import type { CompiledContent } from '../content/compiled-content.ts';
import type { Offer } from '../offer.ts';
import type { ContentKind, Placement } from '../placement.ts';
import type { DecisionNames } from './decision-names.ts';
import type { DecisionProblem, DecisionProblemCode } from './decision-problem.ts';
import { compileForKind } from './kind-content.ts';

/** Everything wrong with where and when an offer is to appear. */
export function offerProblems(
  offer: Offer,
  placements: ReadonlyMap<string, Placement>,
  isInExperiment: boolean,
): readonly DecisionProblem[] {
  const problems: DecisionProblem[] = [];
  const report = (pointer: string, code: DecisionProblemCode, detail: string): void =>
    void problems.push({ kind: 'offer', id: offer.id, pointer, code, detail });
  if (offer.placements.length === 0 && !isInExperiment)
    report('/placements', 'noPlacement', 'The offer names no placement, so it could never be shown.');
  offer.placements.forEach((id, i) => {
    if (offer.placements.indexOf(id) < i) {
      report(`/placements/${i}`, 'repeatedPlacement', `The placement "${id}" is named twice.`);
    } else if (!placements.has(id)) {
      const detail = `There is no placement "${id}".${didYouMean(id, placements.keys())}`;
      report(`/placements/${i}`, 'unknownPlacement', detail);
    }
  });
  const { from, until } = scheduleOf(offer);
  if (from !== null && until !== null && from >= until)
    report('/schedule/until', 'emptySchedule', 'The schedule must end after it begins.');
  return problems;
}

export function scheduleOf({ schedule }: Offer): Pick<CompiledOffer, 'from' | 'until'> {
  const { from, until } = schedule ?? {};
  return {
    from: from === undefined ? null : parseInstant(from),
    until: until === undefined ? null : parseInstant(until),
  };
}

interface Written {
  readonly language: string;
  readonly pointer: string;
  readonly content: JsonValue;
}

/** The contents of an offer for the kinds of placements that it may appear in, in every language it has. Problems go to `problems`, each once. */
export function compileContents(
  offer: Offer,
  appearsIn: readonly string[],
  placements: ReadonlyMap<string, Placement>,
  names: DecisionNames,
  problems: DecisionProblem[],
): CompiledOffer['contents'] {
  const contents: { [K in ContentKind]?: Record<string, CompiledContent> } = {};
  const seen = new Set<string>();
  const report = (problem: DecisionProblem): void => {
    const key = `${problem.pointer} ${problem.code}`;
    if (!seen.has(key)) problems.push(problem);
    seen.add(key);
  };
  for (const placement of takersOf(appearsIn, placements)) {
    const { kind } = placement;
    for (const { language, pointer, content } of writtenFor(offer, kind)) {
      const place = { kind: 'offer', id: offer.id, pointer } as const;
      // JSON's null is a value to a page that asks for JSON; elsewhere it would be an offer of nothing.
      if (content === null && kind !== 'json' && kind !== 'value') {
        const detail = `The placement "${placement.id}" takes ${kind}, and the offer has no content for it.`;
        report({ ...place, code: 'noContent', detail });
        continue;
      }
      const compiled = compileForKind(content, placement, place, names);
      if (compiled.ok) contents[kind] = { ...contents[kind], [language]: compiled.value };
      else for (const each of compiled.error) report(each);
    }
  }
  return contents;
}

/** One placement of each form that content for all of them has to fit. */
export function takersOf(ids: readonly string[], placements: ReadonlyMap<string, Placement>): readonly Placement[] {
  const takers = new Map<string, Placement>();
  for (const id of ids) {
    const placement = placements.get(id);
    const key = `${placement?.kind} ${placement?.valueType}`;
    if (placement && !takers.has(key)) takers.set(key, placement);
  }
  return [...takers.values()];
}

/** What stands for a kind: first what everybody sees, then where a translation says something else. */
function writtenFor({ content, contents, translations = {} }: Offer, kind: ContentKind): readonly Written[] {
  const own = contents?.[kind];
  const base: Written =
    own === undefined
      ? { language: '', pointer: '/content', content }
      : { language: '', pointer: `/contents/${kind}`, content: own };
  const translated = Object.entries(translations).flatMap(([language, said]): readonly Written[] => {
    const pointer = `/translations/${language}`;
    const special = said.contents?.[kind];
    if (special !== undefined) return [{ language, pointer: `${pointer}/contents/${kind}`, content: special }];
    // It replaces what the offer says for all kinds, not what it says for this one.
    if (own !== undefined || said.content === undefined) return [];
    return [{ language, pointer: `${pointer}/content`, content: said.content }];
  });
  return [base, ...translated];
}
