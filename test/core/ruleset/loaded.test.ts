import { describe, expect, it } from 'vitest';
import { compileRuleset } from '../../../core/ruleset/compile.ts';
import { keepCredentials } from '../../../core/ruleset/keep-credentials.ts';
import { loadRuleset } from '../../../core/ruleset/loaded.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import { HASH, manifestOf, NOW, offer, placement, SPACE, source, sources } from './ruleset-fixture.ts';

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
});
