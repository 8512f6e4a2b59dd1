import { describe, expect, it } from 'vitest';
import type { Consequence } from '../../../../core/ruleset/diff/consequence.ts';
import { consequencesOf } from '../../../../core/ruleset/diff/consequences.ts';
import { type ContentResource, diffContents } from '../../../../core/ruleset/diff/content-diff.ts';
import type { ResourceKind } from '../../../../core/ruleset/resources.ts';
import { readRule } from '../../../../core/ruleset/rule-form.ts';
import { RESOURCE_INPUT_SCHEMAS } from '../../../../core/ruleset/schema.ts';

/** A resource as it would be stored. */
function stored(kind: ResourceKind, input: object): ContentResource {
  const parsed = RESOURCE_INPUT_SCHEMAS[kind].parse(input) as ContentResource['body'] & { readonly id: string };
  const rule = kind === 'segment' ? { rule: tree(String(parsed.rule)) } : {};
  return { kind, id: parsed.id, body: { ...parsed, ...rule } };
}

function tree(text: string): unknown {
  const read = readRule(text);
  if (!read.ok) throw new Error(read.error.detail);
  return read.value;
}

const segment = (id: string, rule: string, more: object = {}) =>
  stored('segment', { id, name: id, rule, purpose: 'personalization', public: false, ...more });
const placement = (id: string) => stored('placement', { id, name: id, kind: 'html' });
const offer = (id: string, placements: readonly string[], more: object = {}) =>
  stored('offer', { id, name: id, placements, content: '<p></p>', ...more });
const variants = (a: number, b: number) => [
  { id: 'a', weight: a, value: { use: 'default' } },
  { id: 'b', weight: b, value: { use: 'nothing' } },
];
const experiment = (more: object = {}) =>
  stored('experiment', {
    id: 'test',
    name: 'Test',
    status: 'running',
    on: { kind: 'offer', id: 'gift' },
    variants: variants(0.5, 0.5),
    ...more,
  });
const setting = (input: object) => stored('setting', input);

function between(before: readonly ContentResource[], after: readonly ContentResource[]): readonly Consequence[] {
  return consequencesOf(diffContents(before, after), before, after);
}
const sentences = (before: readonly ContentResource[], after: readonly ContentResource[]) =>
  between(before, after).map(({ sentence }) => sentence);

describe('a diff of contents', () => {
  it('is empty between equal ones, and turned round it says the same of the other side', () => {
    const before = [segment('gold', 'true'), placement('hero'), offer('gift', ['hero'])];
    const after = [segment('gold', 'false'), placement('hero')];
    expect(diffContents(before, before)).toEqual([]);
    const forth = diffContents(before, after);
    expect(forth.map(({ kind, id, change }) => `${change} ${kind} ${id}`)).toEqual([
      'changed segment gold',
      'removed offer gift',
    ]);
    expect(forth[0]?.fields).toEqual([{ path: 'rule', pointer: '/rule', before: 'true', after: 'false' }]);
    const back = diffContents(after, before);
    expect(back[0]?.fields).toEqual([{ path: 'rule', pointer: '/rule', before: 'false', after: 'true' }]);
    expect(back[1]).toMatchObject({ change: 'added', before: null });
  });

  it('never shows a secret', () => {
    const source = (secretEncrypted: string): ContentResource => ({
      kind: 'source',
      id: 'web',
      body: { id: 'web', proofKeys: [{ kid: 'k', alg: 'HS256', secretEncrypted }] },
    });
    for (const [one, other] of [
      [[source('sealed-1')], [source('sealed-2')]],
      [[], [source('sealed-1')]],
      [[source('sealed-2')], []],
    ] as const)
      expect(JSON.stringify(diffContents(one, other).map(({ fields }) => fields))).not.toContain('sealed');
  });
});

describe('consequences', () => {
  it('count what changes', () => {
    expect(
      sentences(
        [segment('a', 'true'), segment('b', 'true'), segment('c', 'true')],
        [segment('a', 'false'), segment('b', 'false'), segment('d', 'true')],
      )[0],
    ).toBe('1 segment is new, 2 segments change, 1 segment goes.');
  });

  it('tell of offers that nobody sees any more, and of placements with nothing to show', () => {
    const before = [placement('hero'), placement('side'), offer('gift', ['hero']), offer('card', ['side'])];
    const found = sentences(before, [placement('hero'), placement('side'), offer('gift', []), offer('card', ['side'])]);
    expect(found).toContain('Offer gift loses its only placement hero: nobody sees it any more.');
    expect(found).toContain('Placement hero loses its only offer gift: it shows its fallback.');
    expect(between(before, before)).toEqual([]);
  });

  it('name who uses what changes or goes', () => {
    const before = [segment('gold', 'true'), segment('vip', 'inSegment("gold")'), placement('hero')];
    const found = between(before, [segment('gold', 'false'), segment('vip', 'inSegment("gold")'), placement('hero')]);
    expect(found.map(({ code }) => code)).toEqual(['counted', 'used', 'evaluatedAnew']);
    expect(found[1]).toMatchObject({
      about: { kind: 'segment', id: 'gold' },
      data: { by: [{ kind: 'segment', id: 'vip' }] },
      sentence: 'Segment gold changes and is used by segment vip.',
    });
    expect(sentences(before, [segment('vip', 'inSegment("gold")')])).toContain(
      'Segment gold goes and was used by segment vip.',
    );
  });

  it('tell of purposes and of what pages can read', () => {
    const found = between(
      [segment('gold', 'true')],
      [segment('gold', 'true', { purpose: 'advertising', public: true })],
    ).map(({ code }) => code);
    expect(found).toEqual(['counted', 'purposeChanged', 'visibilityChanged']);
  });

  it('tell of rules that browsers get from now on, or no more', () => {
    const [plain, marked] = [segment('gold', 'true'), segment('gold', 'true', { inBrowser: true })];
    const told = (before: readonly ContentResource[], after: readonly ContentResource[]) =>
      between(before, after).flatMap(({ code, data }) => (code === 'browserRuleChanged' ? [data] : []));
    expect(told([plain], [marked])).toEqual([{ inBrowser: true }]);
    expect(told([], [marked])).toEqual([{ inBrowser: true }]);
    expect(told([marked], [segment('gold', 'true', { inBrowser: false })])).toEqual([{ inBrowser: false }]);
    expect(told([marked], [])).toEqual([{ inBrowser: false }]);
    expect(told([marked], [segment('gold', 'false', { inBrowser: true })])).toEqual([]);
    expect(told([], [plain])).toEqual([]);
    expect(sentences([plain], [marked]).at(-1)).toContain('is given to browsers from now on');
  });

  it.each([
    ['experimentBegins', experiment({ status: 'draft' }), experiment()],
    ['experimentStops', experiment(), experiment({ status: 'stopped', winner: 'b' })],
    ['experimentStops', experiment(), null],
    ['assignedAnew', experiment(), experiment({ version: 2 })],
    ['allocationChanged', experiment(), experiment({ variants: variants(0.9, 0.1) })],
    [null, experiment(), experiment({ name: 'Other' })],
    [null, experiment({ status: 'draft' }), experiment({ status: 'draft', variants: variants(0.9, 0.1) })],
  ] as const)('of an experiment: %s', (code, before, after) => {
    const found = between([before], after ? [after] : []).map((each) => each.code);
    expect(found.filter((each) => each !== 'counted')).toEqual(code === null ? [] : [code]);
  });

  it('tell what settings do to everything else', () => {
    const codes = (before: object | null, after: object | null) =>
      between(before ? [setting(before)] : [], after ? [setting(after)] : [])
        .map(({ code }) => code)
        .slice(1);
    expect(codes(null, { id: 'ruleset', timeZone: 'Europe/Berlin' })).toEqual(['timeZoneChanged']);
    expect(codes({ id: 'ruleset', timeZone: 'Europe/Berlin' }, null)).toEqual(['timeZoneChanged']);
    expect(codes(null, { id: 'ruleset', timeZone: 'UTC' })).toEqual([]);
    expect(codes(null, { id: 'review', approvals: 1 })).toEqual(['reviewChanged']);
    expect(codes(null, { id: 'retention', days: { 'product.viewed': 30 } })).toEqual(['retentionShortened']);
    expect(
      codes({ id: 'retention', days: { 'product.viewed': 30 } }, { id: 'retention', days: { 'product.viewed': 60 } }),
    ).toEqual([]);
    expect(codes(null, { id: 'holdout', share: 0.1, version: 1 })).toEqual(['holdoutChanged']);
  });

  it('tell which callers are refused from then on', () => {
    const source = (more: object): ContentResource => ({
      kind: 'source',
      id: 'web',
      body: {
        id: 'web',
        group: 'default',
        writeKeys: [],
        serverKeyHashes: [],
        proofKeys: [],
        allowedOrigins: [],
        ...more,
      },
    });
    const full = source({ writeKeys: ['w1'], serverKeyHashes: ['s1', 's2'], allowedOrigins: ['https://a.example'] });
    const found = between([full], [source({ revokedBefore: 7 })]);
    expect(found.map(({ code }) => code)).toEqual([
      'counted',
      'keysRemoved',
      'keysRemoved',
      'originsRemoved',
      'visitorsRevoked',
    ]);
    expect(JSON.stringify(found)).not.toMatch(/s1|w1/);
    expect(between([full], []).map(({ code }) => code)).toEqual(['counted', 'keysRemoved']);
  });
});
