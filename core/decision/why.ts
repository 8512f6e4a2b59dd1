import { chooseContent } from './choose-content.ts';
import type { DecisionRules } from './decision-rules.ts';
import type { Proposition } from './proposition.ts';
import type { RankingMethod } from './ranker.ts';
import { type Cause, WHY_TEXTS, type WhyLanguage } from './why-texts.ts';

/** What the answer to "why am I seeing this" is looked up in: the ruleset of the decision's receipt. */
export interface WhyRules extends Pick<DecisionRules, 'offers' | 'placements' | 'rankers' | 'effects'> {
  readonly strategies?: ReadonlyMap<string, { readonly sources: readonly { readonly use: string }[] }>;
}

export type WhyProposition = Pick<
  Proposition,
  'placement' | 'kind' | 'offer' | 'experiment' | 'variant' | 'reason' | 'language'
>;

/** What the way of ranking says about why an offer came first. Null: nothing about the visitor. */
const CAUSE_OF_RANKING = {
  priority: null,
  manual: null,
  formula: null,
  affinity: 'interest',
  recommendation: 'recommended',
  bandit: 'learned',
} as const satisfies Readonly<Record<RankingMethod, Cause | null>>;

/** What led to a proposition, in the order of CAUSES. Empty: it is a fallback. */
export function causesOf(proposition: WhyProposition, rules: WhyRules): readonly Cause[] {
  const { offer: id, placement, experiment, reason } = proposition;
  const offer = id === null ? undefined : rules.offers.get(id);
  if (!offer) return [];
  const ranked = rankingCause(rules, placement);
  const causes: (Cause | null)[] = [
    offer.rule === null ? null : 'group',
    ranked,
    readsPerson(proposition, rules) ? 'details' : null,
    experiment !== undefined && reason !== 'assigned' ? 'experiment' : null,
  ];
  const told = causes.filter((cause) => cause !== null);
  return offer.rule === null && ranked === null ? ['everyone', ...told] : told;
}

/** In the visitor's language, where there are texts, else in English: plain sentences that name nothing of the visitor. */
export function whyText(proposition: WhyProposition, rules: WhyRules, languages: readonly string[]): string {
  const { reasons, causes } = WHY_TEXTS[whyLanguage(languages)];
  return [reasons[proposition.reason], ...causesOf(proposition, rules).map((cause) => causes[cause])].join(' ');
}

export function whyLanguage(languages: readonly string[]): WhyLanguage {
  for (const tag of languages) {
    const language = tag.split('-')[0]?.toLowerCase() ?? '';
    if (Object.hasOwn(WHY_TEXTS, language)) return language as WhyLanguage;
  }
  return 'en';
}

function rankingCause({ placements, rankers, strategies }: WhyRules, placement: string): Cause | null {
  const name = placements.get(placement)?.ranker;
  const ranker = name === undefined ? undefined : rankers?.get(name);
  if (!ranker) return null;
  const isRecent =
    ranker.method === 'recommendation' && strategies?.get(ranker.strategy)?.sources[0]?.use === 'recentlyViewed';
  return isRecent ? 'recentlyViewed' : CAUSE_OF_RANKING[ranker.method];
}

/** Whether the content is filled with something of the person. */
function readsPerson({ offer, kind, language, experiment, variant }: WhyProposition, rules: WhyRules): boolean {
  if (offer === null || kind === null) return false;
  const effect = experiment === undefined ? undefined : rules.effects?.get(experiment);
  const varied = variant === undefined ? undefined : effect?.contents?.[variant]?.[kind];
  const contents = varied ?? rules.offers.get(offer)?.contents[kind];
  const chosen = contents && chooseContent(contents, language === undefined ? [] : [language]);
  return chosen?.content.reads?.some((path) => /^(?:attribute|measure)\./.test(path)) ?? false;
}
