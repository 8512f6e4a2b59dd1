import { describe, expect, it } from 'vitest';
import { withContents } from '../../../core/decision/contents.ts';
import type { EffectMessage } from '../../../core/interaction/effect-message.ts';
import { itemVisit } from '../../../core/interaction/item-visit.ts';
import type { ProfileId } from '../../../core/lib/ids.ts';
import type { JsonObject } from '../../../core/lib/json.ts';
import { packCatalogue } from '../../../core/model/recommend/catalogue-part.ts';
import { packNeighbours } from '../../../core/model/recommend/neighbours-part.ts';
import { ALL_PURPOSES_MASK, purposeBit } from '../../../core/policy/purposes.ts';
import { createLiveData, openDataPart } from '../../../core/ruleset/live-data.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import { item } from '../../worker/recommend/item-shop.ts';
import { event, later, NOW, PROFILE, profileOf, rulesetOf, SOURCES, type TestProfile } from './visit-fixture.ts';

const ITEMS = [
  item('a'),
  item('b'),
  item('c'),
  item('sold', { availability: 'out_of_stock' }),
  item('far', { category: ['Garden'], brand: 'Spade' }),
];
const OFFER = {
  priority: 0,
  purpose: 'personalization',
  requires: 'anonymous',
} as const;
const WITH_LISTS: RulesetSources = {
  ...SOURCES,
  strategy: [
    { id: 'recent', sources: [{ use: 'recentlyViewed' }], size: 10 },
    { id: 'beside', sources: [{ use: 'viewedTogether', key: 'currentItem' }], size: 10 },
    {
      id: 'best-for-last',
      sources: [{ use: 'viewedTogether', key: 'lastViewed' }],
      size: 10,
      rules: { notBought: false },
    },
  ],
  placement: [
    ...SOURCES.placement,
    ...['recent', 'beside', 'best-for-last'].map(
      (id) => ({ id, name: id, kind: 'list', fallback: { items: [] } }) as const,
    ),
    { id: 'page', name: 'Page', kind: 'html', fallback: 'nothing' },
    { id: 'ranked', name: 'Ranked', kind: 'html', fallback: '', ranker: 'by-list' },
  ],
  ranker: [{ id: 'by-list', name: 'By list', method: 'recommendation', strategy: 'beside' }],
  offer: [
    ...SOURCES.offer,
    ...['recent', 'beside', 'best-for-last'].map((id) => ({
      ...OFFER,
      id: `list-${id}`,
      name: id,
      placements: [id],
      content: { strategy: id, title: 'For you' },
    })),
    {
      ...OFFER,
      id: 'page',
      name: 'Page',
      placements: ['page'],
      content:
        '<p>{{#items.recent}}<a href="{{url}}">{{title}}</a>{{/items.recent}}{{^items.recent}}none{{/items.recent}}</p>',
    },
    ...['b', 'c'].map((id) => ({
      ...OFFER,
      id: `about-${id}`,
      name: id,
      placements: ['ranked'],
      item: id,
      content: id,
    })),
  ],
};

function withItems(ruleset: LoadedRuleset): LoadedRuleset {
  const parts = new Map<string, object>([
    ...packCatalogue(ITEMS).map((part) => [`catalogue/${part.shard}`, part] as const),
    ...packNeighbours('viewed', [
      [
        'a',
        [
          { item: 'c', score: 0.9 },
          { item: 'b', score: 0.5 },
          { item: 'sold', score: 1 },
        ],
      ],
      ['b', [{ item: 'a', score: 0.5 }]],
      ['far', [{ item: 'a', score: 0.5 }]],
    ]).map((part) => [`neighbours/viewed/${part.shard}`, part] as const),
  ]);
  const names = Object.fromEntries([...parts.keys()].map((name) => [name, name]));
  return { ...ruleset, items: createLiveData(names, (name) => openDataPart(name, parts.get(name))) };
}
const RULESET = withItems(rulesetOf(WITH_LISTS));

const contentIn = (answer: ReturnType<TestProfile['visit']>, placement: string, ruleset = RULESET) =>
  withContents(answer.propositions, ruleset).find((each) => each.placement === placement)?.content as JsonObject;
const idsIn = (answer: ReturnType<TestProfile['visit']>, placement = 'recent') =>
  (contentIn(answer, placement).items as readonly JsonObject[]).map(({ id }) => id);
const viewed = (productId: string, at = 0, more = {}) => event('product.viewed', later(at), { productId }, more);
const bought = (productIds: readonly string[], more: JsonObject = {}) =>
  event(
    'order.placed',
    later(50),
    {
      orderId: 'o',
      total: 1,
      currency: 'EUR',
      items: productIds.map((productId) => ({ productId, quantity: 1 })),
      ...more,
    },
    { sentBy: 'server' },
  );
const AFTER = { now: later(1_000) };

describe('lists for a visitor', () => {
  it('come from what was viewed, put into the cart and bought, in this very request', () => {
    const profile = profileOf(RULESET);
    const events = [viewed('a', 1), viewed('sold', 2), viewed('b', 3), viewed('gone', 4)];
    expect(idsIn(profile.visit({ ...AFTER, events, placements: ['recent'] }))).toEqual(['b', 'a']);
    const carted = event('cart.added', later(10), { productId: 'a', quantity: 1 });
    expect(idsIn(profile.visit({ ...AFTER, events: [carted], placements: ['recent'] }))).toEqual(['b']);
    const removed = event('cart.removed', later(11), { productId: 'a', quantity: 1 });
    expect(idsIn(profile.visit({ ...AFTER, events: [removed], placements: ['recent'] }))).toEqual(['b', 'a']);
    expect(idsIn(profile.visit({ ...AFTER, events: [bought(['b', 'c'])], placements: ['recent'] }))).toEqual(['a']);
  });

  it('never show again what was bought, however much was looked at since', () => {
    const profile = profileOf(RULESET);
    profile.visit({ ...AFTER, events: [viewed('b', 1), bought(['b'])] });
    const many = (from: number) => Array.from({ length: 300 }, (_, i) => viewed(i % 2 ? 'a' : 'b', 100 + from + i));
    for (const from of [0, 300]) profile.visit({ ...AFTER, events: many(from) });
    expect(idsIn(profile.visit({ ...AFTER, placements: ['recent'] }))).toEqual(['a']);
    profile.sleep();
    expect(idsIn(profile.visit({ ...AFTER, placements: ['recent'] }))).toEqual(['a']);
  });

  it('know what was done before there were any strategies', () => {
    const profile = profileOf(rulesetOf());
    profile.visit({ ...AFTER, events: [viewed('a', 1), viewed('b', 2), bought(['b'])] });
    profile.sleep({ ...RULESET, sequence: 2 as LoadedRuleset['sequence'] });
    expect(idsIn(profile.visit({ ...AFTER, placements: ['recent'] }))).toEqual(['a']);
  });

  it('are passed over when they are empty', () => {
    const answer = profileOf(RULESET).visit({ ...AFTER, events: [viewed('sold')], placements: ['recent', 'page'] });
    expect(answer.propositions.map(({ reason }) => reason)).toEqual(['noneEligible', 'eligible']);
    expect(contentIn(answer, 'recent')).toEqual({ items: [] });
    expect(contentIn(answer, 'page')).toBe('<p>none</p>');
  });

  it('can be written into HTML, escaped', () => {
    const answer = profileOf(RULESET).visit({
      ...AFTER,
      events: [viewed('b', 1), viewed('a', 2)],
      placements: ['page'],
    });
    expect(contentIn(answer, 'page')).toBe('<p><a href="/p/b">Item b</a></p>');
  });

  it('go by the page: what the request says it is about, else what it says was viewed', () => {
    const profile = profileOf(RULESET);
    const first = profile.visit({ ...AFTER, events: [viewed('a')], placements: ['beside', 'ranked'] });
    expect(idsIn(first, 'beside')).toEqual(['c', 'b']);
    expect(first.propositions.at(-1)).toMatchObject({ placement: 'ranked', offer: 'about-c' });
    const told = profile.visit({ ...AFTER, context: { item: 'b' }, events: [viewed('a', 5)], placements: ['beside'] });
    expect(idsIn(told, 'beside')).toEqual(['a']);
    const inCart = profile.visit({ ...AFTER, context: { item: 'a', cart: ['c'] }, placements: ['beside'] });
    expect(idsIn(inCart, 'beside')).toEqual(['b']);
  });

  it('leave the taste of gifts out, and still keep them from being shown again', () => {
    const profile = profileOf(RULESET);
    profile.visit({ ...AFTER, events: [viewed('b', 1), viewed('a', 2), viewed('far', 3)] });
    expect(idsIn(profile.visit({ ...AFTER, placements: ['best-for-last'] }), 'best-for-last')).toEqual(['a']);
    const answer = profile.visit({
      ...AFTER,
      events: [bought(['far'], { giftNote: 'For Tom' })],
      placements: ['best-for-last', 'recent'],
    });
    // The last one viewed for herself is a.
    expect(idsIn(answer, 'best-for-last')).toEqual(['c', 'b']);
    expect(idsIn(answer)).toEqual(['a', 'b']);
  });

  it('use nothing that was not collected for personalization, but what was bought stays away', () => {
    const profile = profileOf(RULESET);
    const necessary = { purposes: purposeBit('necessary') };
    const events = [viewed('a', 1), viewed('b', 2, necessary), { ...bought(['c']), ...necessary }];
    const answer = profile.visit({ ...AFTER, events, placements: ['recent', 'beside'], context: { item: 'a' } });
    expect(idsIn(answer)).toEqual([]);
    expect(idsIn(answer, 'beside')).toEqual(['b']);
  });

  it('say nothing of items to whoever has no catalogue', () => {
    const bare = rulesetOf(WITH_LISTS);
    const answer = profileOf(bare).visit({ ...AFTER, events: [viewed('a')], placements: ['recent'] });
    expect(answer.propositions).toMatchObject([{ offer: null, reason: 'noneEligible' }]);
    expect([...bare.placementsOfItems].sort()).toEqual(['beside', 'best-for-last', 'page', 'ranked', 'recent']);
    expect(rulesetOf().placementsOfItems.size).toBe(0);
  });
});

describe('what a message says of items', () => {
  const message = (facts: readonly object[]): EffectMessage =>
    ({
      version: 1,
      space: 'main',
      profile: PROFILE as ProfileId,
      id: 'm1',
      minute: NOW / 60_000,
      known: false,
      facts,
      changes: [],
      decisions: {},
    }) as unknown as EffectMessage;

  it('is what was collected for personalization, in order of time', () => {
    const visit = itemVisit(
      message([
        bought(['x', 'y'], { gift: true }),
        viewed('a', 5),
        viewed('b', 1),
        viewed('c', 2, { purposes: ALL_PURPOSES_MASK & ~purposeBit('personalization') }),
        event('page.viewed', NOW, { url: '/' }),
      ]),
    );
    expect(visit?.acts.map(({ act, items, isGift }) => [act, items, isGift])).toEqual([
      ['viewed', ['b'], false],
      ['viewed', ['a'], false],
      ['bought', ['x', 'y'], true],
    ]);
    expect(itemVisit(message([event('page.viewed', NOW, { url: '/' })]))).toBeNull();
  });
});

describe('what a bandit learns from', () => {
  const banditOf = (goal: 'click' | 'conversion' | 'revenue') =>
    rulesetOf({
      ...SOURCES,
      placement: [{ id: 'spot', name: 'Spot', kind: 'html', fallback: '', ranker: 'learner' }],
      ranker: [{ id: 'learner', name: 'Learner', method: 'bandit', goal, exploration: 0.1, buckets: ['viewer'] }],
      offer: ['x', 'y'].map((id) => ({ ...OFFER, id, name: id, placements: ['spot'], content: id })),
    });
  const play = (goal: 'click' | 'conversion' | 'revenue') => {
    const profile = profileOf(banditOf(goal));
    const shown = profile.visit({ ...AFTER, events: [viewed('a')], placements: ['spot'] }).propositions[0];
    const data = { proposition: shown?.id ?? '', placement: 'spot', offer: shown?.offer ?? '' };
    const tell = (type: string, at: number, more: JsonObject = {}) =>
      void profile.visit({ now: later(2_000 + at), events: [event(type, later(1_500 + at), { ...data, ...more })] });
    tell('proposition.displayed', 0);
    tell('proposition.displayed', 1);
    tell('proposition.clicked', 2);
    tell('proposition.clicked', 3);
    for (const at of [10, 20])
      profile.visit({
        now: later(3_000 + at),
        events: [
          event(
            'order.placed',
            later(2_900 + at),
            { orderId: `o${at}`, total: 30, currency: 'EUR', items: [] },
            { sentBy: 'server' },
          ),
        ],
      });
    profile.visit({
      now: later(4_000),
      events: [event('order.placed', later(3_900), { orderId: 'claimed', total: 999, currency: 'EUR', items: [] })],
    });
    const results = profile.state.outbox.chunks.flatMap((chunk) => Object.entries(chunk.results ?? {}));
    const sums = results
      .filter(([name]) => name.startsWith('bandit'))
      .map(([name, sum]) => [name.split('\n').slice(0, 3), sum]);
    const kept = profile.state.outbox.chunks.flatMap((chunk) => chunk.receipts ?? []);
    return { sums, receipts: kept.flatMap((receipt) => ('leftOut' in receipt ? [] : [receipt])) };
  };

  it('is one trial for each draw that was seen, and what its goal says: a click once', () => {
    const { sums, receipts } = play('click');
    expect(sums).toEqual([
      [
        ['bandit', 'learner', 'no'],
        [1, 1, 1],
      ],
    ]);
    expect(receipts[0]?.drawnFor).toEqual([[0, 'learner', 'no']]);
    expect(receipts[0]?.shown[0]?.propensity).toBeCloseTo(0.5);
  });

  it('a conversion once, and money each time, only from servers', () => {
    expect(play('conversion').sums).toEqual([
      [
        ['bandit', 'learner', 'no'],
        [1, 1, 1],
      ],
    ]);
    expect(play('revenue').sums).toEqual([
      [
        ['bandit', 'learner', 'no'],
        [1, 60, 1_800],
      ],
    ]);
  });

  it('is nothing that was drawn and never seen', () => {
    const profile = profileOf(banditOf('click'));
    profile.visit({ ...AFTER, events: [viewed('a')], placements: ['spot'] });
    profile.visit({
      ...AFTER,
      events: [event('proposition.displayed', later(1_500), { proposition: 'p', placement: 'other', offer: 'x' })],
    });
    expect(profile.state.outbox.chunks.every(({ results }) => results === undefined)).toBe(true);
  });
});
