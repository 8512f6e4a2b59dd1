import type { CompiledOffer } from './compiled.ts';
import type { CompiledContent } from './content/compiled-content.ts';
import type { DomContent } from './content/dom-action.ts';
import type { DecisionRules } from './decision-rules.ts';

/** More than any test changes: what is watched is enough to know that it was seen. */
const MOST_SELECTORS = 20;

type Found = Map<string, CompiledContent | null>;
/** By the offers of a resident ruleset. */
const known = new WeakMap<DecisionRules['offers'], Found>();

/**
 * Content of a DOM placement for those to whom a test shows the page as it is: actions that change nothing, on the elements that others see changed. So the
 * page can tell when the test was seen, by the same means and at the same place as in the other variants. Null: nobody sees anything changed.
 */
export function unchangedContent(
  placement: string,
  experiment: string,
  { offers, effects }: Pick<DecisionRules, 'offers' | 'effects'>,
): CompiledContent | null {
  const found: Found = known.get(offers) ?? new Map();
  known.set(offers, found);
  const name = `${placement}\n${experiment}`;
  let content = found.get(name);
  if (content === undefined) {
    const varied = Object.values(effects?.get(experiment)?.contents ?? {}).flatMap(selectorsOf);
    const offered = [...offers.values()].filter(({ placements }) => placements.includes(placement));
    const selectors = varied.length > 0 ? varied : offered.flatMap(({ contents }) => selectorsOf(contents));
    const actions = [...new Set(selectors)]
      .slice(0, MOST_SELECTORS)
      .map((selector) => ({ action: 'setStyle' as const, selector }));
    content = actions.length > 0 ? { value: { actions } } : null;
    found.set(name, content);
  }
  return content;
}

function selectorsOf({ dom = {} }: CompiledOffer['contents']): readonly string[] {
  // The form was checked when the content was compiled.
  return Object.values(dom).flatMap(({ value }) =>
    (value as unknown as DomContent).actions.map(({ selector }) => selector),
  );
}
