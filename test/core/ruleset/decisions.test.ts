import { describe, expect, it } from 'vitest';
import type { CompiledRanker } from '../../../core/decision/compiled.ts';
import { limit } from '../../../core/lib/limits.ts';
import { compileRuleset } from '../../../core/ruleset/compile.ts';
import type { CompiledParts } from '../../../core/ruleset/manifest.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';
import { createResident } from '../../../core/segment/runtime/resident.ts';
import {
  attribute,
  experiment,
  measure,
  NOW,
  offer,
  placement,
  ranker,
  SPACE,
  segment,
  source,
  sources,
  strategy,
  tree,
} from './ruleset-fixture.ts';

function compiled(change: Partial<RulesetSources>): CompiledParts {
  const parts = compileRuleset(SPACE, sources(change), NOW);
  if (!parts.ok) throw new Error(JSON.stringify(parts.error, null, 1));
  return parts.value;
}

function problems(change: Partial<RulesetSources>): readonly string[] {
  const parts = compileRuleset(SPACE, sources(change), NOW);
  return parts.ok ? [] : parts.error.map(({ kind, id, pointer, code }) => `${kind}/${id}${pointer} ${code}`);
}

const names = (parts: CompiledParts) => parts.program.program.segments.map(({ id }) => id);

/** What a ranker scores for somebody who clicked "a" once. */
function scores(parts: CompiledParts, which: CompiledRanker | undefined): Readonly<Record<string, unknown>> {
  const log = createLog(parts.program.program.log);
  const base = { source: 'web', at: NOW - 1, strand: 0, purposes: 31, context: {} };
  insertEvent(log, { ...base, id: 'e', type: 'proposition.clicked', data: { offer: 'a' } });
  const subject = { attribute: () => 'gold', withdrawn: () => 0, score: () => 0 };
  const resident = createResident(createEngine(parts.program.program), log, subject, NOW);
  const cells = which?.method === 'formula' ? which.cells : {};
  return Object.fromEntries(Object.entries(cells).map(([id, cell]) => [id, resident.value(cell)]));
}

describe('rules for limits', () => {
  const cap = (count: number, more: object = {}) => ({ count, of: 'order.placed', ...more });

  it('are hidden, in the program, and one where they are equal', () => {
    const parts = compiled({
      placement: [placement({ caps: [cap(2)] })],
      offer: [
        offer({ id: 'b', caps: [cap(1), cap(2)] }),
        offer({ id: 'a', caps: [cap(1), { count: 1, of: 'impression' }], suppressAfter: [{ event: 'order.placed' }] }),
      ],
    });
    expect(names(parts)).toEqual(['cap:offer:a:0', 'cap:offer:a:1', 'cap:placement:hero:0', 'gold']);
    expect(parts.program.segmentInfo.map(({ hidden }) => hidden)).toEqual([true, true, true, false]);
    const { offers, placements } = parts.decisions;
    expect(placements[0]?.caps).toEqual([{ rule: 2, placement: null }]);
    expect(offers.map(({ caps }) => caps)).toEqual([
      [
        { rule: 0, placement: null },
        { rule: 2, placement: null },
      ],
      [
        { rule: 0, placement: null },
        { rule: 1, placement: null },
      ],
    ]);
    // "None of it" is "fewer than one".
    expect(offers.map(({ suppression }) => suppression)).toEqual([[], [0]]);
  });

  it('are the same whatever the order of offers', () => {
    const offers = ['c', 'a', 'b'].map((id) => offer({ id, caps: [cap(1), { count: 1, of: 'click' }] }));
    const program = (of: readonly (typeof offers)[number][]) => compiled({ offer: of }).program;
    expect(program([...offers].reverse())).toEqual(program(offers));
  });

  it('are none for decisions, which are counted by themselves', () => {
    const caps = [
      { count: 3, of: 'decision', within: { last: 'PT1H' } },
      { count: 9, of: 'decision', within: { this: 'month' } },
      { count: 99, of: 'decision' },
    ];
    const parts = compiled({ placement: [placement({ caps })], offer: [offer({ caps })] });
    expect(names(parts)).toEqual(['gold']);
    const counted = [
      { decisions: 3, windowMs: 3_600_000, calendar: null, placement: null },
      { decisions: 9, windowMs: null, calendar: 'month', placement: null },
      { decisions: 99, windowMs: null, calendar: null, placement: null },
    ];
    expect(parts.decisions).toMatchObject({ offers: [{ caps: counted }], placements: [{ caps: counted }] });
  });

  it('have a limit of their own', () => {
    const own = Array.from({ length: 10 }, (_, i) => ({ count: i + 1, of: 'impression' }));
    const many = Array.from({ length: limit('capRulesPerRuleset') / 10 }, (_, i) => offer({ id: `o${i}`, caps: own }));
    const surplus = offer({ id: 'z', caps: own.slice(0, 1) });
    expect(problems({ offer: [...many.slice(1), surplus] })).toEqual([]);
    const found = problems({ placement: [placement({ caps: own.slice(0, 1) })], offer: many });
    expect(found.filter((each) => each.endsWith('tooManyCapRules'))).toHaveLength(1);
  }, 60_000);
});

describe('rankers', () => {
  const formula = (text: string, change: object = {}) =>
    ranker({ method: 'formula', expression: tree(text), ...change });
  const two = [offer({ id: 'a', priority: -2, tags: ['men', 'run'], item: 'sw' }), offer({ id: 'b', priority: 3 })];
  const ranked = { placement: [placement({ ranker: 'best' })], offer: two };

  it.each([
    ['offer.priority * 2', { a: -4, b: 6 }],
    ['offer.tags.count()', { a: 2, b: 0 }],
    ['if("men" in offer.tags, 5, 1)', { a: 5, b: 1 }],
    ['xEvent[eventType = "proposition.clicked" and offer = offer.id].count()', { a: 1, b: 0 }],
    ['if(offer.item = "sw", 1, 0)', { a: 1 }],
    ['if(tier = "gold", 7, 0)', { a: 7, b: 7 }],
    ['clicks + offer.priority', { a: -1, b: 4 }],
  ])('compute %s for each offer', (text, expected) => {
    const measures = [measure('clicks', 'xEvent[eventType = "proposition.clicked"].count()')];
    const parts = compiled({ ...ranked, measure: measures, ranker: [formula(text)] });
    expect(scores(parts, parts.decisions.rankers[0])).toEqual(expected);
    expect(parts.program.measures.map(({ id }) => id)).toEqual(['clicks']);
  });

  it('compute what no offer changes once, for each purpose', () => {
    const parts = compiled({
      ...ranked,
      offer: [...two, offer({ id: 'ad', purpose: 'advertising' })],
      ranker: [formula('xEvent.count()')],
    });
    const [best] = parts.decisions.rankers;
    const cells = best?.method === 'formula' ? best.cells : {};
    expect(cells.a).toBe(cells.b);
    expect(cells.a).not.toBe(cells.ad);
  });

  it('compute nothing for offers that they never rank', () => {
    const parts = compiled({
      placement: [placement(), placement({ id: 'side', ranker: 'best' })],
      offer: [...two, offer({ id: 'c', placements: ['side'] })],
      ranker: [formula('offer.priority')],
    });
    expect(parts.decisions.rankers).toMatchObject([{ cells: { c: expect.any(Number) } }]);
    expect(scores(parts, parts.decisions.rankers[0])).toEqual({ c: 0 });
  });

  it('take the value of a measure for affinity, and leave other methods as they are', () => {
    const others = [
      ranker({ id: 'm', method: 'manual', order: ['b', 'a'] }),
      ranker({ id: 'n', method: 'bandit', buckets: ['gold', 'context.device.type'] }),
      ranker({ id: 'r', method: 'recommendation', strategy: 'recent' }),
    ];
    const parts = compiled({
      offer: two,
      measure: [measure('taste', 'xEvent[eventType = "product.viewed"].favourite(category)')],
      strategy: [strategy()],
      ranker: [ranker({ method: 'affinity', measure: 'taste' }), ...others],
    });
    const cell = parts.program.measures[0]?.cell;
    expect(parts.decisions.rankers).toEqual([{ id: 'best', name: 'Best', method: 'affinity', cell }, ...others]);
    expect(parts.decisions.strategies).toEqual([strategy()]);
  });

  it.each<[string, Partial<RulesetSources>, readonly string[]]>([
    ['a ranker that is none', { placement: [placement({ ranker: 'bset' })] }, ['placement/hero/ranker unknownRanker']],
    [
      'an unknown measure',
      { ranker: [ranker({ method: 'affinity', measure: 'x' })] },
      ['ranker/best/measure unknownMeasure'],
    ],
    [
      'an unknown strategy',
      { ranker: [ranker({ method: 'recommendation', strategy: 'x' })] },
      ['ranker/best/strategy unknownStrategy'],
    ],
    [
      'unknown offers',
      { ranker: [ranker({ method: 'manual', order: ['x', 'gift', 'y'] })] },
      ['ranker/best/order/0 unknownOffer', 'ranker/best/order/2 unknownOffer'],
    ],
    [
      'an unknown bucket',
      { ranker: [ranker({ method: 'bandit', buckets: ['x'] })] },
      ['ranker/best/buckets/0 unknownBucket'],
    ],
    ['what offers have not', { ranker: [formula('offer.margin')] }, ['ranker/best/expression unknownOfferMember']],
    [
      'what is below what they have',
      { ranker: [formula('offer.id.x')] },
      ['ranker/best/expression unknownOfferMember'],
    ],
    [
      'an unknown name, once for all offers',
      { ...ranked, ranker: [formula('x + offer.priority')] },
      ['ranker/best/expression unknownName'],
    ],
    [
      'an unknown name, without any offer',
      { ranker: [formula('x + offer.priority')] },
      ['ranker/best/expression unknownName'],
    ],
    ['no number', { ...ranked, ranker: [formula('tier = "gold"')] }, ['ranker/best/expression typeMismatch']],
  ])('complain of %s', (_, change, expected) => expect(problems(change)).toEqual(expected));

  it('name strategies that contradict themselves', () => {
    const twice = { sources: [{ use: 'recentlyViewed' }, { use: 'recentlyViewed' }] };
    expect(problems({ strategy: [strategy(twice)] })).toEqual(['strategy/recent/sources/1 badStrategy']);
  });

  it('have limits', () => {
    const offers = Array.from({ length: 1001 }, (_, i) => offer({ id: `o${i}`, priority: i }));
    const five = Array.from({ length: 5 }, (_, i) => formula(`offer.priority + ${i}`, { id: `r${i}` }));
    const placements = five.map(({ id }) => placement({ id, ranker: id }));
    const all = offers.map((each) => ({ ...each, placements: five.map(({ id }) => id) }));
    const found = problems({ placement: placements, offer: all, ranker: five, source: [source({ writeKeys: [] })] });
    expect(found).toEqual(['ranker/r4/expression tooManyFormulaCells']);
    const many = Array.from({ length: limit('rankersPerRuleset') + 1 }, (_, i) =>
      ranker({ id: `r${i}`, method: 'priority' }),
    );
    expect(problems({ ranker: many })).toEqual([`ranker/r${limit('rankersPerRuleset')} tooManyRankers`]);
  });
});

describe('contents', () => {
  const of = (kind: string, change: object = {}, more: object = {}): Partial<RulesetSources> => ({
    placement: [placement({ kind, ...more })],
    offer: [offer(change)],
    strategy: [strategy()],
  });

  it('are compiled for the kinds of the placements, in every language', () => {
    const parts = compiled({
      placement: [placement(), placement({ id: 'flag', kind: 'value', valueType: 'boolean' })],
      offer: [
        offer({
          placements: ['hero', 'flag'],
          content: '<b>{{context.city}}</b>',
          contents: { value: true, list: { items: [] } },
          translations: { ko: { content: '안녕' }, de: { contents: { value: false } }, fr: {} },
        }),
      ],
    });
    const [gift] = parts.decisions.offers;
    expect(gift?.contents).toMatchObject({
      html: { '': { reads: ['context.city'] }, ko: { value: '안녕' } },
      value: { '': { value: true }, de: { value: false } },
    });
    expect(Object.keys(gift?.contents ?? {})).toEqual(['html', 'value']);
    expect(Object.keys(gift?.contents.value ?? {})).toEqual(['', 'de']);
  });

  it.each<[string, Partial<RulesetSources>, readonly string[]]>([
    [
      'nothing for DOM actions',
      of('dom', { content: null, contents: { html: 'x' } }),
      ['offer/gift/content noContent'],
    ],
    ['a text for DOM actions', of('dom'), ['offer/gift/content contentKind']],
    [
      'a redirect to another site',
      of('redirect', { content: { url: 'https://evil.example/' } }),
      ['offer/gift/content/url unsafeUrl'],
    ],
    ['a script', of('html', { content: '<script>1</script>' }), ['offer/gift/content unsafeHtml']],
    [
      'a number for a switch',
      of('value', { content: 1 }, { valueType: 'boolean' }),
      ['offer/gift/content contentKind'],
    ],
    [
      'an unknown strategy',
      of('list', { content: { strategy: 'x' } }),
      ['offer/gift/content/strategy unknownStrategy'],
    ],
    [
      'a private value in a translation',
      of('html', { translations: { ko: { content: '{{attribute.tier}}' } } }),
      ['offer/gift/translations/ko/content privateValue'],
    ],
    [
      'placeholders in a fallback',
      { placement: [placement({ fallback: '{{context.city}}' })] },
      ['placement/hero/fallback fallbackTemplate'],
    ],
    [
      'a fallback for a type',
      { ...of('value', { content: 1 }, { valueType: 'number', fallback: '1' }) },
      ['placement/hero/fallback contentKind'],
    ],
  ])('are refused: %s', (_, change, expected) => expect(problems(change)).toEqual(expected));

  it.each<[string, Partial<RulesetSources>]>([
    ['a redirect to an allowed site', of('redirect', { content: { url: 'https://shop.example/sale' } })],
    ['a list', of('list', { content: { strategy: 'recent' } })],
    ['JSON of null', of('json', { content: null })],
    ['any value', of('value', { content: { a: [1] } })],
    ['a fallback of nothing', of('dom', { content: { actions: [] } })],
    [
      'a public attribute',
      { ...of('html', { content: '{{attribute.tier}}' }), attribute: [attribute({ public: true })] },
    ],
  ])('may be %s', (_, change) => expect(problems(change)).toEqual([]));
});

it('contents are refused that are too much together', () => {
  const content = 'x'.repeat(32_000);
  const translations = Object.fromEntries(
    ['ko', 'de', 'fr', 'ja', 'es', 'it', 'pt-BR'].map((tag) => [tag, { content }]),
  );
  const many = Array.from({ length: 70 }, (_, i) => offer({ id: `o${i}`, content, translations }));
  expect(problems({ offer: many })).toEqual(['setting/ruleset decisionsTooLarge']);
  expect(problems({ offer: many.slice(0, 60) })).toEqual([]);
});

describe('the configuration in sdk.js', () => {
  const actions = (...selectors: readonly string[]) => ({
    actions: selectors.map((selector) => ({ action: 'hide', selector })),
  });
  const dom = placement({ id: 'page', kind: 'dom' });

  it('names the elements that DOM actions change', () => {
    const parts = compiled({
      placement: [placement(), dom],
      offer: [
        offer(),
        offer({ id: 'x', placements: ['page'], content: actions('.a', '#b') }),
        offer({
          id: 'y',
          placements: ['page'],
          content: actions('.a', '.c'),
          translations: { ko: { content: actions('.d') } },
        }),
      ],
    });
    expect(parts.browser.web).toMatchObject({
      placements: ['hero', 'page'],
      prehide: { page: ['.a', '#b', '.c', '.d'] },
    });
    expect(compiled({}).browser.web).not.toHaveProperty('prehide');
  });

  it('asks for placements in which only an experiment shows something, and hides what it changes', () => {
    const variant = { id: 'b', weight: 0.5, value: { use: 'content', content: actions('.e') } };
    const on = (kind: string, id: string) =>
      experiment({ id, on: { kind, id }, variants: [{ id: 'a', weight: 0.5 }, variant] });
    const change = {
      placement: [dom, placement({ id: 'side', kind: 'dom' }), placement({ id: 'none' })],
      offer: [offer({ id: 'x', placements: ['side'], content: actions('.c') })],
      experiment: [on('placement', 'page'), on('offer', 'x')],
    };
    expect(compiled(change).browser.web).toMatchObject({
      placements: ['page', 'side'],
      prehide: { page: ['.e'], side: ['.c', '.e'] },
    });
  });

  it('leaves them out where they do not fit', () => {
    const long = Array.from({ length: 5 }, (_, i) => `.${'x'.repeat(480)}${i}`);
    const parts = compiled({
      placement: [dom, placement({ id: 'small', kind: 'dom' })],
      offer: [
        offer({ id: 'x', placements: ['page'], content: actions(...long) }),
        offer({ id: 'y', placements: ['small'], content: actions('.c') }),
      ],
    });
    expect(parts.browser.web).toMatchObject({ placements: ['page', 'small'], prehide: { small: ['.c'] } });
    expect(parts.browser.web?.prehide).not.toHaveProperty('page');
  });

  it('names as many placements as fit, and what pages ask for by themselves in any case', () => {
    const ids = Array.from({ length: limit('placementsPerRuleset') - 1 }, (_, i) => `placement-on-the-page-${i}`);
    const { web } = compiled({
      placement: [dom, ...ids.map((id) => placement({ id }))],
      offer: [
        ...[0, 1, 2, 3, 4].map((i) => offer({ id: `o${i}`, placements: ids.slice(i * 100, i * 100 + 100) })),
        offer({ id: 'x', placements: ['page'], content: actions(`.${'x'.repeat(400)}`) }),
      ],
    }).browser;
    expect(web?.everywhere).toEqual(['page']);
    expect(ids).toEqual(expect.arrayContaining([...(web?.placements ?? [])].slice(1)));
    expect(web?.placements.slice(0, 2)).toEqual(['page', ids[0]]);
    const bytes = JSON.stringify(web).length;
    expect([bytes <= limit('browserConfigBytes'), bytes > limit('browserConfigBytes') - 40]).toEqual([true, true]);
  });

  it('leads to hosts of its own source', () => {
    const { web, second } = compiled({
      source: [
        source({ allowedOrigins: ['https://shop.example', 'http://www.shop.example:8080'] }),
        source({ id: 'second', writeKeys: ['wk_main.87654321'], allowedOrigins: ['https://second.example'] }),
      ],
      placement: [placement({ kind: 'redirect' })],
      offer: [offer({ content: { url: 'https://second.example/a' } })],
    }).browser;
    expect(web?.redirectHosts).toEqual(['shop.example', 'www.shop.example:8080']);
    expect(second?.redirectHosts).toEqual(['second.example']);
    expect(compiled({}).browser.web).not.toHaveProperty('redirectHosts');
  });
});

describe('experiments', () => {
  const variants = (...values: readonly object[]) => [
    { id: 'a', weight: 0.5 },
    ...values.map((value, i) => ({ id: 'bcd'[i], weight: 0.5 / values.length, value })),
  ];

  it('are a part of the decisions, their rule one of the program; drafts are checked and left out', () => {
    const parts = compiled({
      offer: [],
      setting: [{ id: 'holdout', share: 0.1, version: 2 }],
      experiment: [
        experiment({ eligibility: tree('inSegment("gold")') }),
        experiment({ id: 'later', status: 'draft' }),
      ],
    });
    expect(names(parts)).toEqual(['experiment:test', 'gold']);
    expect(parts.program.segmentInfo[0]?.hidden).toBe(true);
    expect(parts.decisions.experiments).toMatchObject({
      holdout: { share: 0.1, version: 2, salt: 'main' },
      experiments: [{ id: 'test', rule: 0 }],
    });
    expect(compiled({}).decisions.experiments).toEqual({ format: 1, holdout: null, experiments: [] });
    expect(
      problems({ experiment: [experiment({ status: 'draft', eligibility: tree('inSegment("golden")') })] }),
    ).toEqual(['experiment/test/eligibility unknownSegment']);
  });

  it('bring content of their own, for a placement and for the placements of an offer', () => {
    const content = { use: 'content', content: '<i>b</i>' };
    const on = (kind: string, id: string) => ({ on: { kind, id }, variants: variants(content) });
    const effects = (change: object) =>
      compiled({
        placement: [placement(), placement({ id: 'flag', kind: 'json' })],
        offer: [offer({ placements: ['hero', 'flag'] })],
        experiment: [experiment(change)],
      }).decisions.effects;
    const html = { '': { value: '<i>b</i>' } };
    expect(effects(on('placement', 'hero'))).toEqual([{ experiment: 'test', contents: { b: { html } } }]);
    expect(effects(on('offer', 'gift'))).toEqual([{ experiment: 'test', contents: { b: { html, json: html } } }]);
    expect(effects({ ...on('offer', 'gift'), status: 'draft' })).toEqual([]);
    const bad = { ...on('placement', 'hero'), variants: variants({ use: 'content', content: 7 }) };
    expect(problems({ experiment: [experiment(bad)] })).toEqual([
      'experiment/test/variants/1/value/content contentKind',
    ]);
  });

  it('on a segment change the eligibility of the offers that ask for it', () => {
    const parts = compiled({
      segment: [segment('gold', 'tier = "gold"'), segment('silver', 'tier = "silver"')],
      offer: [
        offer({ eligibility: tree('inSegment("gold") and xEvent.count() > 1') }),
        offer({ id: 'not', eligibility: tree('not inSegment("gold")') }),
        offer({ id: 'other', eligibility: tree('inSegment("silver")') }),
      ],
      experiment: [
        experiment({
          on: { kind: 'segment', id: 'gold' },
          variants: variants({ use: 'segment', id: 'silver' }, { use: 'nothing' }),
        }),
      ],
    });
    const at = (id: string) => names(parts).indexOf(id);
    expect(parts.decisions.effects).toEqual([
      {
        experiment: 'test',
        rules: {
          b: { gift: at('variant:test:b:gift'), not: at('variant:test:b:not') },
          c: { gift: at('variant:test:c:gift'), not: at('variant:test:c:not') },
        },
      },
    ]);
    const subject = { attribute: () => 'silver', withdrawn: () => 0, score: () => 0 };
    const log = createLog(parts.program.program.log);
    const { members } = createResident(createEngine(parts.program.program), log, subject, NOW);
    const rules = parts.decisions.effects[0]?.rules;
    expect([members[rules?.b?.not ?? -1], members[rules?.c?.not ?? -1], members[at('offer:not')]]).toEqual([0, 1, 1]);
  });

  it('put offers and rankers where these are not', () => {
    const parts = compiled({
      placement: [placement({ kind: 'json' })],
      offer: [offer({ content: { a: 1 } }), offer({ id: 'hidden', placements: [], content: { b: 2 }, priority: 4 })],
      ranker: [ranker({ method: 'formula', expression: tree('offer.priority') })],
      experiment: [experiment({ variants: variants({ use: 'offer', id: 'hidden' }, { use: 'ranker', id: 'best' }) })],
    });
    expect(parts.decisions.offers[1]).toMatchObject({
      placements: [],
      contents: { json: { '': { value: { b: 2 } } } },
    });
    expect(scores(parts, parts.decisions.rankers[0])).toEqual({ gift: 0, hidden: 4 });
  });

  it('are refused with everything that is wrong', () => {
    expect(
      problems({
        experiment: [
          experiment({
            on: { kind: 'placement', id: 'heros' },
            variants: variants({ use: 'offer', id: 'x' }, { use: 'segment', id: 'gold' }),
            metrics: [{ id: 'm', event: 'order.made' }],
          }),
        ],
      }),
    ).toEqual([
      'experiment/test/on/id unknownVaried',
      'experiment/test/variants/1/value/id unknownVariantValue',
      'experiment/test/variants/2/value/use variantValue',
      'experiment/test/metrics/0/event unknownEventType',
    ]);
  });
});
