import { describe, expect, it } from 'vitest';
import { fieldDiffs } from '../../../core/ruleset/diff/field-diff.ts';
import { segment, tree } from './ruleset-fixture.ts';

const GOLD = segment('gold', 'tier = "gold"');
const bare = (value: object) => value as Readonly<Record<string, unknown>>;

describe('field diffs', () => {
  it('are none between equal forms, whatever the order of their members', () => {
    const { name, ...rest } = GOLD;
    expect(fieldDiffs('segment', bare(GOLD), { ...rest, name })).toEqual([]);
  });

  it('say rules as text, whether they came as text or tree', () => {
    const after = { ...GOLD, rule: tree('tier = "silver"') };
    const expected = [{ path: 'rule', pointer: '/rule', before: 'tier = "gold"', after: 'tier = "silver"' }];
    expect(fieldDiffs('segment', bare(GOLD), after)).toEqual(expected);
    expect(fieldDiffs('segment', bare(GOLD), { ...GOLD, rule: 'tier = "silver"' })).toEqual(expected);
  });

  it('say what came and what went, texts as they are and the rest as JSON', () => {
    expect(fieldDiffs('offer', { a: 'x', b: [1], c: null }, { a: 'y', b: [1, 2], d: { 'e/f': true } })).toEqual([
      { path: 'a', pointer: '/a', before: 'x', after: 'y' },
      { path: 'b', pointer: '/b', before: '[1]', after: '[1,2]' },
      { path: 'c', pointer: '/c', before: 'null', after: null },
      { path: 'd', pointer: '/d', before: null, after: '{"e/f":true}' },
    ]);
    expect(fieldDiffs('offer', { d: { 'e/f': true } }, { d: { 'e/f': false } })).toEqual([
      { path: 'd.e/f', pointer: '/d/e~1f', before: 'true', after: 'false' },
    ]);
  });

  it('go by the names of what has names, and tell when only the order changed', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id, weight: 1 }));
    expect(fieldDiffs('experiment', { variants: [a, b] }, { variants: [c, { ...b, weight: 2 }] })).toEqual([
      { path: 'variants.a', pointer: '/variants/0', before: '{"id":"a","weight":1}', after: null },
      { path: 'variants.b.weight', pointer: '/variants/1/weight', before: '1', after: '2' },
      { path: 'variants.c', pointer: '/variants/0', before: null, after: '{"id":"c","weight":1}' },
    ]);
    expect(fieldDiffs('experiment', { variants: [a, b] }, { variants: [b, a] })).toEqual([
      { path: 'variants', pointer: '/variants', before: '["a","b"]', after: '["b","a"]' },
    ]);
  });

  it('say that a secret changed, and never which', () => {
    const keys = (secret: string) => ({ proofKeys: [{ kid: 'k', alg: 'HS256', secret }] });
    const told = [
      ...fieldDiffs('source', keys('one'), keys('two')),
      ...fieldDiffs('source', { proofKeys: [] }, keys('three')),
      ...fieldDiffs('source', {}, { proofKeys: [{ kid: 'k', secretEncrypted: 'four' }] }),
    ];
    expect(told[0]).toMatchObject({ path: 'proofKeys.k.secret', pointer: '/proofKeys/0/secret', before: '••••••' });
    expect(told).toHaveLength(3);
    expect(JSON.stringify(told)).not.toMatch(/one|two|three|four/);
  });
});
