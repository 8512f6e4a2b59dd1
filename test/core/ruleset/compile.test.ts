import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import { compileRuleset } from '../../../core/ruleset/compile.ts';
import { compileDraft } from '../../../core/ruleset/draft.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import { attribute, measure, NOW, offer, placement, SPACE, segment, source, sources, tree } from './ruleset-fixture.ts';

function problems(change: Partial<RulesetSources>): readonly string[] {
  const compiled = compileRuleset(SPACE, sources(change), NOW);
  return compiled.ok ? [] : compiled.error.map((each) => `${each.kind}/${each.id}${each.pointer} ${each.code}`);
}

describe('a ruleset', () => {
  it('carries eligibility as hidden segments after the segments that they name', () => {
    const compiled = compileRuleset(SPACE, sources(), NOW);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
    const { program, decisions, browser } = compiled.value;
    expect(program.segmentInfo).toEqual([
      { id: 'gold', public: true, hidden: false, observed: false },
      { id: 'offer:gift', public: false, hidden: true, observed: false },
    ]);
    expect(program.program.segments.map((each) => each.id)).toEqual(['gold', 'offer:gift']);
    expect(decisions.offers).toEqual([
      {
        id: 'gift',
        name: 'Gift',
        placements: ['hero'],
        priority: 0,
        purpose: 'personalization',
        requires: 'anonymous',
        rule: 1,
        from: null,
        until: null,
        caps: [],
        suppression: [],
        contents: { html: { '': { value: '<p>gift</p>' } } },
      },
    ]);
    expect(browser.web).toMatchObject({ key: 'wk_main.12345678', placements: ['hero'] });
    expect(JSON.parse(JSON.stringify(compiled.value))).toEqual(compiled.value);
  });

  it('leaves placements without offers out of the browser, and sources without a write key without a browser part', () => {
    const compiled = compileRuleset(
      SPACE,
      sources({
        source: [source(), source({ id: 'crm', writeKeys: [] })],
        placement: [placement(), placement({ id: 'empty' })],
      }),
      NOW,
    );
    expect(compiled).toMatchObject({ ok: true, value: { browser: { web: { placements: ['hero'] } } } });
    if (compiled.ok) expect(Object.keys(compiled.value.browser)).toEqual(['web']);
  });

  it('names the cell of each measure, and keeps trees and lineage in a part of their own', () => {
    const compiled = compileRuleset(
      SPACE,
      sources({
        measure: [
          measure('taste', 'xEvent[eventType = "product.viewed"].favourite(category)', { public: true }),
          measure('views', 'xEvent[eventType = "product.viewed"].count()'),
        ],
        segment: [segment('fan', 'taste = "men" and views > 3', { observed: true })],
        offer: [],
      }),
      NOW,
    );
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
    const { program, rules } = compiled.value;
    expect(program.segmentInfo).toEqual([{ id: 'fan', public: true, hidden: false, observed: true }]);
    expect(program.measures).toMatchObject([
      { id: 'taste', public: true },
      { id: 'views', public: false },
    ]);
    for (const { cell } of program.measures) expect(program.program.cells[cell]?.kind).toBe('value');
    expect(new Set(program.measures.map(({ cell }) => cell)).size).toBe(2);
    expect(rules.segments).toEqual([
      { id: 'fan', rule: tree('taste = "men" and views > 3'), purpose: 'personalization' },
    ]);
    expect(rules.measures.map(({ id }) => id)).toEqual(['taste', 'views']);
    expect(JSON.stringify(program)).not.toContain('lineage');
  });

  it('is the same all year long, and in its own time zone', () => {
    const at = (date: string, timeZone: string) =>
      compileRuleset(
        SPACE,
        sources({
          setting: [{ id: 'ruleset', timeZone }],
          segment: [segment('new', 'xEvent[timestamp occurs this month].count() > 0')],
          offer: [],
        }),
        Date.parse(date) as Instant,
      );
    expect(at('2026-01-01T00:00:00Z', 'Europe/Berlin')).toEqual(at('2026-12-31T23:59:59Z', 'Europe/Berlin'));
    expect(at('2026-01-01T00:00:00Z', 'Europe/Berlin')).not.toEqual(at('2026-01-01T00:00:00Z', 'UTC'));
  });

  it('refuses a zone that is none, beside everything else', () => {
    expect(
      problems({
        setting: [{ id: 'ruleset', timeZone: 'Europe/Atlantis' }],
        segment: [],
        offer: [offer({ placements: [] })],
      }),
    ).toEqual(['setting/ruleset/timeZone unknownTimeZone', 'offer/gift/placements noPlacement']);
  });

  it.each([
    ['segment', limit('segmentsPerRuleset'), 'tooManySegments'],
    ['measure', limit('measuresPerRuleset'), 'tooManyMeasures'],
  ] as const)('refuses one %s too many', (kind, most, code) => {
    const one = kind === 'segment' ? segment('s', 'true') : measure('m', '1');
    const many = Array.from({ length: most + 1 }, (_, i) => ({ ...one, id: `${kind}${i}` }));
    expect(problems({ segment: [], offer: [], [kind]: many })).toEqual([`${kind}/${kind}${most} ${code}`]);
  });

  it('turns a schedule into instants', () => {
    const schedule = { from: '2026-12-01T00:00:00Z', until: '2026-12-02T00:00:00+01:00' };
    const compiled = compileRuleset(SPACE, sources({ offer: [offer({ schedule })] }), NOW);
    const [compiledOffer] = compiled.ok ? compiled.value.decisions.offers : [];
    expect(compiledOffer).toMatchObject({
      rule: null,
      from: Date.parse(schedule.from),
      until: Date.parse(schedule.until),
    });
    expect(compiledOffer).not.toHaveProperty('schedule');
  });
});

describe('problems', () => {
  it('of references suggest the name that was meant', () => {
    const compiled = compileRuleset(
      SPACE,
      sources({
        segment: [segment('gold', 'teir = "gold"')],
        offer: [offer({ placements: ['heros'], eligibility: tree('not inSegment("golden")') })],
      }),
      NOW,
    );
    if (compiled.ok) throw new Error('compiled');
    expect(
      compiled.error.map(({ kind, id, pointer, code, line, column }) => [kind, id, pointer, code, line, column]),
    ).toEqual([
      ['segment', 'gold', '/rule', 'unknownName', 1, 1],
      ['offer', 'gift', '/eligibility', 'unknownSegment', 1, 15],
      ['offer', 'gift', '/placements/0', 'unknownPlacement', undefined, undefined],
    ]);
    for (const [position, name] of ['tier', 'gold', 'hero'].entries())
      expect(compiled.error[position]?.detail).toContain(`"${name}"`);
  });

  it.each<[string, Partial<RulesetSources>, readonly string[]]>([
    [
      'a circle of segments',
      {
        segment: [segment('a', 'inSegment("b")'), segment('b', 'inSegment("a")')],
        offer: [],
      },
      ['cycle'],
    ],
    ['no placement', { offer: [offer({ placements: [] })] }, ['offer/gift/placements noPlacement']],
    [
      'a placement twice',
      { offer: [offer({ placements: ['hero', 'hero'] })] },
      ['offer/gift/placements/1 repeatedPlacement'],
    ],
    ['JSON for HTML', { offer: [offer({ content: { a: 1 } })] }, ['offer/gift/content contentKind']],
    ['null as an offer of HTML', { offer: [offer({ content: null })] }, ['offer/gift/content noContent']],
    [
      'a fallback of the wrong kind',
      { placement: [placement({ fallback: 7 })] },
      ['placement/hero/fallback contentKind'],
    ],
    [
      'large content, in bytes',
      { offer: [offer({ content: 'ü'.repeat(17_000) })] },
      ['offer/gift/content contentTooLarge'],
    ],
    [
      'a schedule that ends as it begins',
      { offer: [offer({ schedule: { from: '2026-12-01T01:00:00+01:00', until: '2026-12-01T00:00:00Z' } })] },
      ['offer/gift/schedule/until emptySchedule'],
    ],
    ['a key twice', { source: [source(), source({ id: 'app' })] }, ['source/app/writeKeys/0 duplicateKey']],
    [
      'a key of another space',
      { source: [source({ writeKeys: ['wk_other.12345678'] })] },
      ['source/web/writeKeys/0 wrongSpace'],
    ],
    [
      'cross-site cookies over http',
      {
        source: [
          source({
            crossSite: true,
            allowedOrigins: ['http://shop.example', 'http://localhost:8080', 'https://a.example'],
          }),
        ],
      },
      ['source/web/allowedOrigins/0 crossSiteCookie'],
    ],
    [
      'an invalid origin',
      { source: [{ ...source(), allowedOrigins: ['https://shop.example/path'] }] },
      ['source/web/allowedOrigins/0 invalidOrigin'],
    ],
  ])('name %s', (_name, change, expected) => {
    const found = problems(change);
    if (expected[0] === 'cycle') expect(found.every((each) => each.endsWith('cycle')) && found.length > 0).toBe(true);
    else expect(found).toEqual(expected);
  });

  it('name a browser configuration over 2 KB: what pages have to ask for by themselves', () => {
    const ids = Array.from({ length: 80 }, (_, i) => `placement-with-a-long-name-${i}`);
    const placements = ids.map((id) => placement({ id, kind: 'redirect' }));
    expect(problems({ placement: placements, offer: [offer({ placements: ids, content: { url: '/' } })] })).toEqual([
      'source/web browserConfigTooLarge',
    ]);
  });

  it('name a stored form that no longer fits, beside the others', () => {
    const stored = [
      { kind: 'segment', id: 'old', body: { id: 'old', name: 'Old' } },
      { kind: 'offer', id: 'gift', body: offer() },
      { kind: 'unheardOf', id: 'x', body: {} },
    ];
    const compiled = compileDraft(SPACE, stored, NOW);
    expect(
      compiled.ok ? [] : [...new Set(compiled.error.map((each) => `${each.kind}/${each.id} ${each.code}`))],
    ).toEqual(['segment/old badStoredForm', 'offer/gift unknownPlacement']);
  });

  it('are none for an attribute that nobody uses', () => {
    expect(problems({ attribute: [attribute(), attribute({ id: 'unused', type: 'list' })] })).toEqual([]);
  });
});
