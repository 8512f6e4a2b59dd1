import { describe, expect, it } from 'vitest';
import { DEFAULT_STITCH_RULES } from '../../../core/identity/identity-config.ts';
import { compileRuleset } from '../../../core/ruleset/compile.ts';
import type { FormerDecisionsPart } from '../../../core/ruleset/former-decisions.ts';
import { keepCredentials } from '../../../core/ruleset/keep-credentials.ts';
import { loadRuleset } from '../../../core/ruleset/loaded.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import {
  experiment,
  HASH,
  identitySetting,
  manifestOf,
  NOW,
  offer,
  placement,
  ranker,
  SPACE,
  source,
  sources,
  strategy,
} from './ruleset-fixture.ts';

function compiled(change: Partial<RulesetSources> = {}) {
  const parts = compileRuleset(SPACE, sources(change), NOW);
  if (!parts.ok) throw new Error(JSON.stringify(parts.error));
  return parts.value;
}

describe('a loaded ruleset', () => {
  it('ranks the offers of each placement by priority, then id', () => {
    const ranked = [
      offer({ id: 'b', priority: 1 }),
      offer({ id: 'a', priority: 1 }),
      offer({ id: 'z', priority: 5, placements: ['hero', 'side'] }),
      offer({ id: 'low', priority: -1 }),
    ];
    const parts = compiled({
      placement: [placement(), placement({ id: 'side' }), placement({ id: 'empty' })],
      offer: ranked,
    });
    const loaded = loadRuleset(manifestOf(parts), parts);
    const ids = (id: string) => loaded.offersByPlacement.get(id)?.map((each) => each.id);
    expect([ids('hero'), ids('side'), ids('empty'), ids('unknown')]).toEqual([
      ['z', 'a', 'b', 'low'],
      ['z'],
      [],
      undefined,
    ]);
  });

  it('finds sources by id, by each write key and by server key hash', () => {
    const parts = compiled({
      source: [source({ writeKeys: ['wk_main.12345678', 'wk_main.87654321'], serverKeyHashes: [HASH] })],
    });
    const loaded = loadRuleset(manifestOf(parts), parts);
    const found = [
      loaded.sources.get('web'),
      loaded.sourceByWriteKey.get('wk_main.12345678'),
      loaded.sourceByWriteKey.get('wk_main.87654321'),
      loaded.sourceByServerKeyHash.get(HASH),
    ];
    expect(new Set(found.map((each) => each?.id))).toEqual(new Set(['web']));
    expect(loaded.sourceByWriteKey.get('wk_main.unknown1')).toBeUndefined();
    expect(loaded.browser.get('web')?.key).toBe('wk_main.12345678');
  });

  it('knows how identities become people, compiled once for the same part', () => {
    const parts = compiled({ setting: [identitySetting({ limits: { maxMerges: 7 } })] });
    const first = loadRuleset(manifestOf(parts), parts);
    expect([first.stitch.maxMerges, first.stitch.namespaces.byCode.get('customer')?.unique]).toEqual([7, true]);
    const same = loadRuleset(manifestOf(parts, 2), JSON.parse(JSON.stringify(parts)), first);
    expect(same.stitch).toBe(first.stitch);
    const other = { ...manifestOf(parts, 3), parts: { ...manifestOf(parts).parts, identity: 'other' } };
    expect(loadRuleset(other, parts, first).stitch).not.toBe(first.stitch);
  });

  it('goes by the default identities when it was published before there were others', () => {
    const { identity: _, ...older } = compiled();
    const manifest = manifestOf(compiled());
    const { identity: __, ...parts } = manifest.parts;
    const loaded = loadRuleset({ ...manifest, parts }, older);
    expect(loaded.stitch).toBe(DEFAULT_STITCH_RULES);
    expect(loadRuleset({ ...manifest, parts }, older, loaded).stitch).toBe(loaded.stitch);
  });

  it('takes back visitor tokens for a whole group, at the latest time that a source of it names', () => {
    const parts = compiled({
      source: [
        source({ revokedBefore: 100 }),
        source({ id: 'second', writeKeys: ['wk_main.second01'], revokedBefore: 200 }),
        source({ id: 'app', writeKeys: ['wk_main.appkey01'], group: 'app' }),
      ],
    });
    expect([...loadRuleset(manifestOf(parts), parts).revokedBefore]).toEqual([['default', 200]]);
  });

  it('holds rankers, experiments, their effects and strategies', () => {
    const parts = compiled({
      ranker: [ranker({ method: 'priority' })],
      strategy: [strategy()],
      experiment: [
        experiment({
          variants: [
            { id: 'a', weight: 0.5 },
            { id: 'b', weight: 0.5, value: { use: 'content', content: 'b' } },
          ],
        }),
      ],
    });
    const loaded = loadRuleset(manifestOf(parts), JSON.parse(JSON.stringify(parts)));
    expect(loaded.rankers.get('best')).toMatchObject({ method: 'priority' });
    expect(loaded.strategies.get('recent')).toMatchObject({ size: 4 });
    expect(loaded.experiments.all).toMatchObject([{ id: 'test', layerNumber: -1 }]);
    expect(loaded.effects.get('test')?.contents).toEqual({ b: { html: { '': { value: 'b' } } } });
  });

  it('reads decisions that were published before there were caps and templates', () => {
    const parts = compiled();
    const base = {
      name: 'x',
      priority: 1,
      purpose: 'personalization',
      requires: 'anonymous',
      from: null,
      until: null,
    } as const;
    const decisions: FormerDecisionsPart = {
      format: 1,
      placements: [
        { id: 'hero', name: 'Hero', kind: 'html', fallback: null },
        { id: 'data', name: 'Data', kind: 'json', fallback: { a: '{{b}}' } },
      ],
      offers: [{ ...base, id: 'gift', placements: ['hero', 'data', 'gone'], rule: 1, content: '{{c}}' }],
    };
    const loaded = loadRuleset(manifestOf(parts), { ...parts, decisions });
    expect(loaded.placements.get('data')).toEqual({
      id: 'data',
      name: 'Data',
      kind: 'json',
      caps: [],
      fallback: { value: { a: '{{b}}' } },
    });
    const content = { '': { value: '{{c}}' } };
    expect(loaded.offers.get('gift')).toEqual({
      ...base,
      id: 'gift',
      placements: ['hero', 'data', 'gone'],
      rule: 1,
      caps: [],
      suppression: [],
      contents: { html: content, json: content },
    });
    expect(loaded.offersByPlacement.get('hero')?.map(({ id }) => id)).toEqual(['gift']);
    expect([loaded.rankers.size, loaded.effects.size, loaded.strategies.size]).toEqual([0, 0, 0]);
    expect([loaded.experiments.all, loaded.experiments.holdout]).toEqual([[], null]);
  });

  it('shares the engine of the ruleset before when the program is the same part', () => {
    const parts = compiled();
    const first = loadRuleset(manifestOf(parts), parts);
    const same = loadRuleset(manifestOf(parts, 2), JSON.parse(JSON.stringify(parts)), first);
    expect(same.engine).toBe(first.engine);
    expect(same.sequence).toBe(2);
    const other = { ...manifestOf(parts, 3), parts: { ...manifestOf(parts).parts, program: 'other' } };
    expect(loadRuleset(other, parts, first).engine).not.toBe(first.engine);
  });
});

describe('credentials in a rollback', () => {
  const old = source({
    serverKeyHashes: [HASH, 'b'.repeat(64)],
    proofKeys: [
      { kid: 'k', alg: 'HS256', secretEncrypted: 'v1.old' },
      { kid: 'j', alg: 'HS256', secretEncrypted: 'v1.same' },
    ],
  });
  const part = { format: 1 as const, sources: [old] };

  it('stay when the newest stored source still has them', () => {
    expect(keepCredentials(part, () => old)).toEqual(part);
  });

  it('stay away when they were revoked or replaced', () => {
    const now = {
      ...old,
      serverKeyHashes: ['b'.repeat(64)],
      proofKeys: [{ kid: 'k', alg: 'HS256' as const, secretEncrypted: 'v1.new' }, ...old.proofKeys.slice(1)],
    };
    expect(keepCredentials(part, () => now).sources[0]).toMatchObject({
      serverKeyHashes: ['b'.repeat(64)],
      proofKeys: [{ kid: 'j' }],
    });
    expect(keepCredentials(part, () => null).sources[0]).toMatchObject({ serverKeyHashes: [], proofKeys: [] });
  });

  it('leave visitor tokens revoked that were revoked since', () => {
    const revoked = (before: object, now: object) =>
      keepCredentials({ format: 1, sources: [{ ...old, ...before }] }, () => ({ ...old, ...now })).sources[0]
        ?.revokedBefore;
    expect(revoked({}, { revokedBefore: 9 })).toBe(9);
    expect(revoked({ revokedBefore: 5 }, { revokedBefore: 9 })).toBe(9);
    expect(revoked({ revokedBefore: 5 }, {})).toBe(5);
    expect(revoked({}, {})).toBeUndefined();
  });
});
