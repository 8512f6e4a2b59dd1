import { describe, expect, it } from 'vitest';
import { compileRuleset } from '../../../core/ruleset/compile.ts';
import { loadRuleset } from '../../../core/ruleset/loaded.ts';
import { RESOURCE_INPUT_SCHEMAS, schemaProblems } from '../../../core/ruleset/schema.ts';
import { manifestOf, NOW, SPACE, sources } from './ruleset-fixture.ts';

const setting = (days: unknown) => RESOURCE_INPUT_SCHEMAS.setting.safeParse({ id: 'retention', days });
const compiled = (days?: Record<string, number>) => {
  const parts = compileRuleset(SPACE, sources({ setting: days ? [{ id: 'retention', days }] : [] }), NOW);
  if (!parts.ok) throw new Error(JSON.stringify(parts.error));
  return parts.value;
};

describe('the setting of how long events are kept', () => {
  it('takes event types, own ones, and all own ones together', () => {
    const days = { 'page.viewed': 90, 'custom.seen': 1, 'custom.*': 3650 };
    expect(setting(days)).toMatchObject({ success: true, data: { id: 'retention', days } });
  });

  it.each<[unknown, string]>([
    [{ 'page.views': 90 }, '/days/page.views'],
    [{ 'custom.': 90 }, '/days/custom.'],
    [{ '*': 90 }, '/days/*'],
    [{ 'page.viewed': 0 }, '/days/page.viewed'],
    [{ 'page.viewed': 3651 }, '/days/page.viewed'],
    [{ 'page.viewed': 1.5 }, '/days/page.viewed'],
    [{ 'page.viewed': '90' }, '/days/page.viewed'],
    [Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`custom.type${i}`, 1])), '/days'],
    [undefined, '/days'],
  ])('refuses %j', (days, pointer) => {
    const parsed = setting(days);
    expect(parsed.success ? [] : schemaProblems(parsed.error).map((each) => each.pointer)).toEqual([pointer]);
  });

  it('is a part of its own in the order of names; without it there is none, and everything is kept for ever', () => {
    const parts = compiled({ 'page.viewed': 90, 'cart.added': 7 });
    expect(JSON.stringify(parts.retention)).toBe('{"format":1,"days":{"cart.added":7,"page.viewed":90}}');
    const loaded = loadRuleset(manifestOf(parts), parts);
    expect([...loaded.retention]).toEqual([
      ['cart.added', 7 * 86_400_000],
      ['page.viewed', 90 * 86_400_000],
    ]);
    expect([compiled().retention, compiled({}).retention]).toEqual([undefined, undefined]);
    expect(loadRuleset(manifestOf(compiled()), compiled()).retention.size).toBe(0);
  });
});
