import { describe, expect, it } from 'vitest';
import { explainOffers } from '../../../core/decision/explain-offers.ts';
import { REASONS, type Reason } from '../../../core/decision/proposition.ts';
import { causesOf, type WhyProposition, whyLanguage, whyText } from '../../../core/decision/why.ts';
import { CAUSES, WHY_TEXTS } from '../../../core/decision/why-texts.ts';
import { offer, placement, rulesOf } from './build-rules.ts';

const rules = {
  ...rulesOf({
    placements: [
      placement('hero'),
      placement('liked', { ranker: 'by-interest' }),
      placement('seen', { ranker: 'by-views' }),
      placement('goes', { ranker: 'by-items' }),
      placement('best', { ranker: 'by-bandit' }),
    ],
    offers: [
      offer('open'),
      offer('gold', { rule: 3, name: 'For gold members' }),
      offer('named', {
        contents: { html: { '': { value: '', templates: {}, reads: ['attribute.firstName', 'context.page'] } } },
      }),
    ],
    rankers: [
      { id: 'by-interest', name: '', method: 'affinity', cell: 1 },
      { id: 'by-views', name: '', method: 'recommendation', strategy: 'views' },
      { id: 'by-items', name: '', method: 'recommendation', strategy: 'others' },
      { id: 'by-bandit', name: '', method: 'bandit', goal: 'click', exploration: 0.1 },
    ],
  }),
  strategies: new Map([['views', { id: 'views', sources: [{ use: 'recentlyViewed' as const }], size: 5 }]]),
};
const shown = (id: string | null, more: Partial<WhyProposition> = {}): WhyProposition => ({
  placement: 'hero',
  kind: 'html',
  offer: id,
  reason: 'eligible',
  ...more,
});

describe('why am I seeing this', () => {
  it.each([
    [shown('open'), ['everyone']],
    [shown('gold'), ['group']],
    [shown('named'), ['everyone', 'details']],
    [shown('open', { placement: 'liked' }), ['interest']],
    [shown('open', { placement: 'seen' }), ['recentlyViewed']],
    [shown('gold', { placement: 'goes' }), ['group', 'recommended']],
    [shown('open', { placement: 'best' }), ['learned']],
    [shown('open', { experiment: 'x', variant: 'v' }), ['everyone', 'experiment']],
    [shown('open', { experiment: 'x', variant: 'v', reason: 'assigned' }), ['everyone']],
    [shown(null, { reason: 'noneEligible' }), []],
    [shown('gone'), []],
  ] as const)('causes of %o', (proposition, causes) => {
    expect(causesOf(proposition, rules)).toEqual(causes);
  });

  it.each(Object.keys(WHY_TEXTS) as (keyof typeof WHY_TEXTS)[])(
    'has a text for every reason and cause in %s',
    (language) => {
      const { reasons, causes } = WHY_TEXTS[language];
      expect(Object.keys(reasons)).toEqual(Object.keys(REASONS));
      expect(Object.keys(causes)).toEqual([...CAUSES]);
      for (const reason of Object.keys(REASONS) as Reason[])
        expect(whyText(shown(null, { reason }), rules, [language])).toBe(reasons[reason]);
    },
  );

  it('speaks the first language that it has, else English', () => {
    expect(['ko-KR', 'KO'].map((tag) => whyLanguage([tag]))).toEqual(['ko', 'ko']);
    expect([whyLanguage(['fr', 'ko']), whyLanguage([]), whyLanguage(['constructor'])]).toEqual(['ko', 'en', 'en']);
  });

  it('names neither the offer, nor its rule, nor a value', () => {
    const text = whyText(shown('gold', { placement: 'goes' }), rules, ['en']);
    expect(text).toBe(
      'We chose this for you. It is meant for a group of visitors that you belong to, going by what you did or told us. It goes with what you looked at or bought, or is popular with others.',
    );
  });
});

it('tells an operator of each offer why, who won first', () => {
  const trace = [
    { placement: 'hero', offer: 'gold', rejection: 'notInAudience' as const },
    { placement: 'hero', offer: 'open', rejection: null, score: 2 },
    { placement: 'liked', offer: 'gone', rejection: 'capped' as const },
  ];
  expect(explainOffers(trace, rules).map((each) => [each.placement, each.name, each.won, each.why])).toEqual([
    ['hero', 'open', true, 'it fits, and nothing that fits is ranked higher'],
    ['hero', 'For gold members', false, 'the eligibility rule is not true for this profile'],
    ['liked', 'gone', false, 'the person has had it as often as they may'],
  ]);
});
