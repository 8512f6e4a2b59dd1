import type { DecisionRules } from './decide.ts';
import type { CompiledOffer } from './offer.ts';
import type { Proposition } from './proposition.ts';

/** What the offers of a live ruleset are looked up in. */
export interface ContentRules extends Pick<DecisionRules, 'placements'> {
  readonly offers: ReadonlyMap<string, CompiledOffer>;
}

/**
 * Propositions without what a holder of the same ruleset can look up: contents are the bulk of an answer, and the call between edge and
 * object need not carry them. `withContents` puts them back.
 */
export function withoutContents(propositions: readonly Proposition[]): readonly Proposition[] {
  return propositions.map((proposition) => ({ ...proposition, content: null }));
}

export function withContents(propositions: readonly Proposition[], rules: ContentRules): readonly Proposition[] {
  return propositions.map((proposition) => ({
    ...proposition,
    content: contentHolder(proposition, rules)?.content ?? null,
  }));
}

/** JSON of contents, made once for each offer and placement of a resident ruleset. */
const texts = new WeakMap<object, string>();

/** A proposition as JSON. Same text as `JSON.stringify`, without writing the content out again for every visitor. */
export function propositionText(proposition: Proposition, rules: ContentRules): string {
  const holder = contentHolder(proposition, rules);
  if (!holder || holder.content !== proposition.content) return JSON.stringify(proposition);
  let content = texts.get(holder.of);
  if (content === undefined) {
    content = JSON.stringify(holder.content);
    texts.set(holder.of, content);
  }
  const { id, placement, kind, offer, reason } = proposition;
  return `{"id":${JSON.stringify(id)},"placement":${JSON.stringify(placement)},"kind":${JSON.stringify(kind)},"offer":${JSON.stringify(offer)},"content":${content},"reason":"${reason}"}`;
}

/** Where a proposition's content stands in the ruleset: its offer, else the fallback of its placement. */
function contentHolder({ offer, placement }: Proposition, rules: ContentRules) {
  if (offer !== null) {
    const of = rules.offers.get(offer);
    return of ? { of, content: of.content } : null;
  }
  const of = rules.placements.get(placement);
  return of ? { of, content: of.fallback } : null;
}
