import { describe, expect, it } from 'vitest';
import { checkRule } from '../../../core/ruleset/check-rule.ts';
import { compileRuleset } from '../../../core/ruleset/compile.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import { createCoreEngine } from '../../../core/segment/runtime/create-core-engine.ts';
import { attribute, measure, NOW, SPACE, segment, sources } from './ruleset-fixture.ts';

const marked = (id: string, rule: string, change: object = {}) => segment(id, rule, { inBrowser: true, ...change });
const VIEWS = 'xEvent[eventType = "product.viewed"].count()';

function compile(change: Partial<RulesetSources>) {
  return compileRuleset(SPACE, sources({ attribute: [attribute({ public: true })], offer: [], ...change }), NOW);
}
function partOf(change: Partial<RulesetSources>) {
  const compiled = compile(change);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value.browserRules;
}
function problems(change: Partial<RulesetSources>): readonly string[] {
  const compiled = compile(change);
  return compiled.ok ? [] : compiled.error.map((each) => `${each.kind}/${each.id}${each.pointer} ${each.code}`);
}

describe('rules for browsers', () => {
  it('are no part where nothing is marked', () => {
    const compiled = compile({ segment: [segment('gold', 'tier = "gold"', { inBrowser: false })] });
    expect(compiled.ok && Object.keys(compiled.value)).not.toContain('browserRules');
  });

  it('are a program of what is marked and of what it is built on, which comes without its name, and of nothing else', () => {
    const part = partOf({
      measure: [
        measure('views', VIEWS, { public: true }),
        measure('carts', 'xEvent[eventType = "cart.added"].count()'),
      ],
      segment: [
        segment('a-hidden-one', 'tier = "gold"', { public: false }),
        segment('elsewhere', 'tier = "silver" and carts > 2'),
        marked('keen', 'views >= 3 and inSegment("a-hidden-one")'),
        marked('zealous', 'views >= 9'),
      ],
    });
    expect(part?.program.segments.map(({ id }) => id)).toEqual(['', 'keen', 'zealous']);
    expect(part?.program.cells.map(({ kind }) => kind)).toEqual(['count', 'count']);
    expect(() => createCoreEngine(part?.program as never)).not.toThrow();
    const text = JSON.stringify(part);
    for (const foreign of ['a-hidden-one', 'elsewhere', 'silver', 'carts', 'cart.added', 'views'])
      expect(text).not.toContain(foreign);
  });

  it('leave out what is named and does not count', () => {
    const part = partOf({
      segment: [
        segment('idle', 'xEvent.map(category).distinct().count() > 2'),
        marked('always', `inSegment("idle") or ${VIEWS} >= 0`),
      ],
    });
    expect(part?.program).toMatchObject({ cells: [], queries: [], segments: [{ id: 'always' }, { id: '' }] });
  });

  it('are the same on every day of a year, and change no other part', () => {
    const at = (now: number, inBrowser: boolean) => {
      const compiled = compileRuleset(
        SPACE,
        sources({
          attribute: [attribute({ type: 'instant', public: true })],
          setting: [{ id: 'ruleset', timeZone: 'Europe/Berlin' }],
          segment: [segment('gold', `${VIEWS} > 2`, { inBrowser })],
          offer: [],
        }),
        now as typeof NOW,
      );
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
      return compiled.value;
    };
    const { browserRules, ...others } = at(Date.UTC(2026, 0, 1), true);
    expect(browserRules).toEqual(at(Date.UTC(2026, 11, 31), true).browserRules);
    expect(browserRules).toMatchObject({ format: 1, program: { zone: { name: 'Europe/Berlin' } } });
    expect(others).toEqual(at(NOW, false));
  });
});

const LONG = Array.from({ length: 240 }, (_, i) => `"${'x'.repeat(80)}${i}"`).join(', ');

describe('a segment is not given to browsers', () => {
  it.each<[string, Partial<RulesetSources>, readonly string[]]>([
    [
      'that is not public itself',
      { segment: [marked('gold', 'tier = "gold"', { public: false })] },
      ['segment/gold/inBrowser notPublicInBrowser'],
    ],
    [
      'that reads an attribute that is not public',
      { attribute: [attribute()], segment: [marked('gold', 'tier = "gold"')] },
      ['segment/gold/inBrowser notPublicInBrowser'],
    ],
    [
      'that reads one through a segment of a segment',
      {
        attribute: [attribute()],
        segment: [
          segment('gold', 'tier = "gold"'),
          segment('b', 'inSegment("gold")'),
          marked('c', `not inSegment("b") and ${VIEWS} > 1`),
        ],
      },
      ['segment/c/inBrowser notPublicInBrowser'],
    ],
    [
      'that reads one through a public measure',
      {
        attribute: [attribute({ type: 'number' })],
        measure: [measure('twice', 'tier * 2', { public: true })],
        segment: [marked('c', 'twice > 4')],
      },
      ['segment/c/inBrowser notPublicInBrowser', 'segment/c/inBrowser tooMuchInBrowser'],
    ],
    [
      'that reads a measure that is not public',
      { measure: [measure('views', VIEWS)], segment: [marked('keen', 'views > 3')] },
      ['segment/keen/inBrowser notPublicInBrowser'],
    ],
    [
      'that reads a public measure of a measure that is not',
      {
        measure: [measure('views', VIEWS), measure('same', 'views', { public: true })],
        segment: [marked('keen', 'same > 3')],
      },
      ['segment/keen/inBrowser notPublicInBrowser'],
    ],
    [
      'that reads an attribute labelled as personal, public or not',
      { attribute: [attribute({ public: true, labels: ['contact'] })], segment: [marked('gold', 'tier = "gold"')] },
      ['segment/gold/inBrowser personalInBrowser'],
    ],
    [
      'that reads a personal field of events',
      { segment: [marked('s', 'xEvent[eventType = "search.performed" and query = "Sarah"].count() > 0')] },
      ['segment/s/inBrowser personalInBrowser'],
    ],
    [
      'that needs general code',
      { segment: [marked('s', 'xEvent[eventType = "product.viewed"].map(category).distinct().count() > 2')] },
      ['segment/s/inBrowser tooMuchInBrowser'],
    ],
    [
      'that is built on one that needs general code; the others are not blamed',
      {
        segment: [
          segment('wide', 'xEvent.map(category).distinct().count() > 2'),
          marked('s', 'inSegment("wide")'),
          marked('t', `${VIEWS} > 2`),
        ],
      },
      ['segment/s/inBrowser tooMuchInBrowser'],
    ],
    [
      'that asks for facts under the purpose of another',
      {
        segment: [segment('seen', `${VIEWS} > 2`, { purpose: 'analytics' }), marked('s', 'inSegment("seen")')],
      },
      ['segment/s/inBrowser tooMuchInBrowser'],
    ],
    [
      'with all others, if they are too large together',
      { segment: [marked('large', `tier in [${LONG}]`), marked('small', 'tier = "gold"')] },
      ['segment/large/inBrowser browserRulesTooLarge'],
    ],
  ])('%s', (_, change, expected) => {
    expect(problems(change)).toEqual(expected);
  });

  it('names what is in the way', () => {
    const compiled = compile({
      attribute: [attribute(), attribute({ id: 'mail', labels: ['contact'] })],
      segment: [segment('gold', 'tier = "gold"'), marked('s', 'inSegment("gold") and mail = "s@shop.example"')],
    });
    expect(compiled.ok ? [] : compiled.error.map(({ detail }) => detail)).toEqual([
      'It reads what is not public: attribute mail, attribute tier.',
      'It reads what is labelled contact, and everybody would see what it is compared with.',
    ]);
  });

  it('may read money, and public attributes and measures', () => {
    expect(
      problems({
        measure: [measure('spent', 'xEvent[eventType = "order.placed"].sum(total)', { public: true })],
        segment: [marked('s', 'spent > 100 and tier = "gold"')],
      }),
    ).toEqual([]);
  });
});

describe('a checked rule for browsers', () => {
  const draft = [
    { kind: 'attribute', id: 'tier', body: attribute() },
    { kind: 'attribute', id: 'open', body: attribute({ id: 'open', public: true }) },
    { kind: 'segment', id: 'gold', body: marked('gold', 'tier = "gold"') },
  ];
  const check = (rule: string, inBrowser = true, id: string | null = null) =>
    checkRule({ rule, as: 'segment', id, purpose: 'personalization', inBrowser }, draft, NOW);

  it('is judged by itself, whatever else is marked', () => {
    expect(check('open = "a"')).toMatchObject({ problems: [], lineage: { attributes: ['open'] } });
    expect(check('tier = "a"')).toMatchObject({
      problems: [{ kind: 'segment', id: '', pointer: '/inBrowser', code: 'notPublicInBrowser' }],
      lineage: { attributes: ['tier'] },
    });
    expect(check('inSegment("gold")', true, 'fans').problems).toMatchObject([
      { id: 'fans', code: 'notPublicInBrowser' },
    ]);
    expect(check('tier = "a"', false).problems).toEqual([]);
    expect(check('open.count() + 1 > 2').problems).toMatchObject([{ pointer: '/rule' }]);
    expect(check('anniversary(now)').problems).toMatchObject([{ code: 'tooMuchInBrowser' }]);
  });
});
