import { describe, expect, it } from 'vitest';
import { packCatalogue } from '../../../core/model/recommend/catalogue-part.ts';
import { packNeighbours } from '../../../core/model/recommend/neighbours-part.ts';
import { checkUploadedPart, uploadedPartSchema } from '../../../core/ruleset/data-part.schema.ts';
import { familyOf, partsOf, replaceData, withDataOf } from '../../../core/ruleset/data-parts.ts';
import { createLiveData, type OpenedPart, openDataPart } from '../../../core/ruleset/live-data.ts';
import { item } from '../../worker/recommend/item-shop.ts';

const RULES = { program: 'p', decisions: 'd', 'browser/web': 'w' };

describe('data parts', () => {
  it.each([
    ['catalogue', 'catalogue'],
    ['catalogue/0', 'catalogue'],
    ['neighbours/viewed/12', 'neighbours/viewed'],
    ['popularity/3', 'popularity'],
    ['bandit', 'bandit'],
    ['bandit/0', null],
    ['neighbours/viewed', null],
    ['neighbours/other/0', null],
    ['catalogue/x', null],
    ['browser/catalogue', null],
    ['program', null],
  ])('%s belongs to %s', (name, family) => {
    expect(familyOf(name)).toBe(family);
  });

  it('stay where rules change, and change where rules stay', () => {
    const live = { ...RULES, 'catalogue/0': 'c0', 'catalogue/1': 'c1', bandit: 'b' };
    expect(withDataOf({ program: 'q', 'catalogue/0': 'old' }, live)).toEqual({
      program: 'q',
      'catalogue/0': 'c0',
      'catalogue/1': 'c1',
      bandit: 'b',
    });
    expect(replaceData(live, ['catalogue'], { 'catalogue/0': 'new' })).toEqual({
      ...RULES,
      bandit: 'b',
      'catalogue/0': 'new',
    });
    expect(partsOf(live, 'catalogue')).toEqual({ 'catalogue/0': 'c0', 'catalogue/1': 'c1' });
  });
});

describe('a sharded catalogue', () => {
  // Long texts, so that it needs several shards.
  const items = Array.from({ length: 3_000 }, (_, i) =>
    item(`i${i}`, { title: `${'long title '.repeat(40)}${i}`, attributes: {} }),
  );
  const parts = packCatalogue(items);
  const manifest = Object.fromEntries(parts.map(({ shard }) => [`catalogue/${shard}`, `hash${shard}`]));
  const opened = (shard: number): OpenedPart | null => openDataPart(`catalogue/${shard}`, parts[shard]);

  it('finds each item in its shard, and nothing in one that is not in memory', () => {
    expect(parts.length).toBeGreaterThan(1);
    const inMemory = new Map(parts.map(({ shard }) => [`hash${shard}`, opened(shard)]));
    const whole = createLiveData(manifest, (hash) => inMemory.get(hash) ?? null).catalogue;
    expect(items.every(({ id }) => whole.get(id)?.id === id)).toBe(true);
    expect([whole.size, whole.currency, whole.get('nothing')]).toEqual([3_000, 'EUR', null]);
    const half = createLiveData(manifest, (hash) => (hash === 'hash0' ? opened(0) : null)).catalogue;
    const found = items.filter(({ id }) => half.get(id) !== null).map(({ id }) => id);
    expect(found.toSorted()).toEqual(parts[0]?.ids);
    expect([...half.items()]).toHaveLength(found.length);
    expect(half.inCategory('Clothes')).toEqual(parts[0]?.ids);
  });

  it('is empty without parts', () => {
    const { catalogue, neighbours, popular } = createLiveData(RULES, () => null);
    expect([catalogue.get('i1'), catalogue.size, neighbours.of('viewed', 'i1')]).toEqual([null, 0, []]);
    expect(popular.list('viewed', { of: 'site' })).toEqual([]);
  });
});

describe('an uploaded part', () => {
  it('is checked: what the import packs is good, under its name', () => {
    for (const part of packCatalogue([item('a'), item('b')])) {
      const parsed = uploadedPartSchema.parse(JSON.parse(JSON.stringify(part)));
      expect(JSON.stringify(parsed)).toBe(JSON.stringify(part));
      expect(checkUploadedPart(parsed)).toEqual({ ok: true, value: 'catalogue/0' });
    }
    const [part] = packNeighbours('similar', [['a', [{ item: 'b', score: 0.5 }]]]);
    const parsed = uploadedPartSchema.parse(JSON.parse(JSON.stringify(part)));
    expect(JSON.stringify(parsed)).toBe(JSON.stringify(part));
    expect(checkUploadedPart(parsed)).toEqual({ ok: true, value: 'neighbours/similar/0' });
  });

  it.each([
    'javascript:alert(1)',
    '//evil.test/x',
    'data:text/html,x',
    'p/1',
    '/a"onclick="x',
    'https://',
    '/a b',
    '\\\\x',
  ])('is refused with an item at %s', (url) => {
    const [part] = packCatalogue([item('a', { url })]);
    expect(checkUploadedPart(uploadedPartSchema.parse(part))).toMatchObject({ ok: false });
  });

  it.each(['/', '/p/1?x=1#y', 'https://shop.test', 'http://shop.test/p%20q'])('is taken with an item at %s', (url) => {
    const [part] = packCatalogue([item('a', { url, image: null })]);
    expect(checkUploadedPart(uploadedPartSchema.parse(part))).toMatchObject({ ok: true });
  });
});
