import { describe, expect, it } from 'vitest';
import { experimentConflicts } from '../../../core/decision/compile/experiment-conflicts.ts';
import type { Offer } from '../../../core/decision/offer.ts';
import type { Placement } from '../../../core/decision/placement.ts';
import type { Experiment, Variant } from '../../../core/experiment/experiment.ts';
import { parseExpression } from '../../../core/segment/language/parse-expression.ts';
import { experimentOf } from '../experiment/experiment-example.ts';

const tree = (text: string) => {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value.tree;
};
const offer = (id: string, eligibility?: string): Offer => ({
  id,
  name: id,
  placements: ['hero'],
  priority: 0,
  purpose: 'personalization',
  requires: 'anonymous',
  content: id,
  ...(eligibility !== undefined && { eligibility: tree(eligibility) }),
});
const placement = (id: string, ranker: string): Placement => ({ id, name: id, kind: 'html', ranker, fallback: '' });
const offers = [offer('gift', 'inSegment("gold") and inSegment("buyer")'), offer('other')];
const placements = [placement('hero', 'taste'), placement('side', 'hand')];

const variants = (...values: readonly Variant['value'][]): readonly Variant[] => [
  { id: 'control', weight: 0.5, value: { use: 'default' } },
  ...values.map((value, i) => ({ id: `v${i}`, weight: 0.5 / values.length, value })),
];
const OFFER = { use: 'offer', id: 'other' } as const;
const RANKER = { use: 'ranker', id: 'hand' } as const;
const onHero = { on: { kind: 'placement', id: 'hero' }, variants: variants(OFFER) } as const;

type Change = Partial<Omit<Experiment, 'eligibility'>> & { readonly rule?: string };
const make = (id: string, { rule, ...change }: Change): Experiment => ({
  ...experimentOf({ id }),
  ...onHero,
  ...change,
  ...(rule !== undefined && { eligibility: tree(rule) }),
});
const conflicts = (one: Change, other: Change) =>
  experimentConflicts([make('b', other), make('a', one)], offers, placements);

describe('two running experiments', () => {
  it('on what a placement shows contradict: told at each, with what to do', () => {
    const [first, second, ...more] = conflicts({}, { variants: variants({ use: 'nothing' }) });
    expect(more).toEqual([]);
    expect(first).toMatchObject({ kind: 'experiment', id: 'b', pointer: '/on', code: 'experimentConflict' });
    expect(first?.detail).toMatch(/^"a" changes what the placement "hero" shows too, .* layer/);
    expect(second).toMatchObject({ id: 'a', detail: expect.stringMatching(/^"b" /) });
  });

  it.each<[string, Change, Change]>([
    ['on the same offer', { on: { kind: 'offer', id: 'gift' } }, { on: { kind: 'offer', id: 'gift' } }],
    [
      'on a ranker, and on a placement that it orders',
      { on: { kind: 'ranker', id: 'taste' }, variants: variants(RANKER) },
      { variants: variants(RANKER) },
    ],
    [
      'on two segments that one offer asks for',
      { on: { kind: 'segment', id: 'gold' }, variants: variants({ use: 'nothing' }) },
      { on: { kind: 'segment', id: 'buyer' }, variants: variants({ use: 'segment', id: 'gold' }) },
    ],
    ['in two layers', { layer: { id: 'l', from: 0, to: 0.5 } }, { layer: { id: 'm', from: 0.5, to: 1 } }],
    [
      'one after the other, but for a day',
      { stoppedAt: '2026-02-02T00:00:00Z' },
      { startedAt: '2026-02-01T00:00:00Z' },
    ],
    ['of people who may be both', { rule: 'country = "KR"' }, { rule: 'language = "ko"' }],
    ['of countries of which one is in both', { rule: 'country in ["KR", "JP"]' }, { rule: 'country = "JP"' }],
    ['of which one takes everybody', { rule: 'country = "KR"' }, {}],
  ])('contradict %s', (_, one, other) => {
    expect(conflicts(one, other).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it.each<[string, Change, Change]>([
    ['on different placements', {}, { on: { kind: 'placement', id: 'side' } }],
    ['on what a placement shows and on its order', {}, { variants: variants(RANKER) }],
    ['on an offer and on its placement', {}, { on: { kind: 'offer', id: 'gift' } }],
    [
      'on a segment that no offer of the other asks for',
      { on: { kind: 'segment', id: 'nobody' } },
      { on: { kind: 'segment', id: 'gold' } },
    ],
    ['of one layer', { layer: { id: 'l', from: 0, to: 0.5 } }, { layer: { id: 'l', from: 0.5, to: 1 } }],
    ['one after the other', { stoppedAt: '2026-02-01T00:00:00Z' }, { startedAt: '2026-02-01T00:00:00Z' }],
    ['of different countries', { rule: 'country = "KR"' }, { rule: 'loyal and country in ["JP", "DE"]' }],
    ['of which one takes whom the other rules out', { rule: 'inSegment("gold")' }, { rule: 'not inSegment("gold")' }],
    ['of which one changes nothing', {}, { variants: variants({ use: 'default' }) }],
    ['of which one is a draft', {}, { status: 'draft' }],
  ])('get along %s', (_, one, other) => {
    expect(conflicts(one, other)).toEqual([]);
  });
});

describe('experiments that are over', () => {
  const over = { status: 'stopped', winner: 'v0' } as const;
  it('give way to a running one, which is measured against them; not against content, which names its experiment', () => {
    expect(conflicts(over, {})).toEqual([]);
    const own = { ...over, variants: variants({ use: 'content', content: 'won' }) };
    expect(conflicts(own, {}).map(({ id, detail }) => [id, detail.slice(0, 50)])).toEqual([
      ['b', 'The winner of "a" changes what the placement "hero'],
      ['a', 'The winner of "a" changes what the placement "hero'],
    ]);
  });

  it('contradict when both have a winner for everybody, unless it is the same or changes nothing', () => {
    const nothing = { ...over, variants: variants({ use: 'nothing' }) };
    const [first] = conflicts(over, nothing);
    expect(first?.detail).toMatch(/^The winner of "a" changes what the placement "hero" shows, for everybody/);
    expect(conflicts(over, over)).toEqual([]);
    expect(conflicts(over, { ...nothing, winner: 'control' })).toEqual([]);
    expect(conflicts(over, { ...nothing, status: 'stopped', winner: undefined } as never)).toEqual([]);
  });
});
