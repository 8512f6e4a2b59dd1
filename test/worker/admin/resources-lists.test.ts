import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdminHarness,
  fillDrafts,
  type Operator,
  PLACEMENT,
  SEGMENT,
  startAdminHarness,
} from '../../support/admin-harness.ts';

let harness: AdminHarness;
let operator: Operator;
beforeAll(async () => {
  harness = await startAdminHarness();
  operator = await harness.newSpace();
  for (const segment of SEGMENTS)
    expect((await operator.call('PUT', `/segments/${segment.id}`, segment)).status).toBe(201);
  await operator.call('DELETE', '/segments/old');
  await operator.call('PUT', '/placements/hero', { ...PLACEMENT, folder: 'summer', owner: 'ada' });
});
afterAll(() => harness.stop());

const segment = (id: string, name: string, more: object = {}) => ({ ...SEGMENT, id, name, ...more });
const SEGMENTS = [
  segment('alpha', 'Öfters da', { description: 'Comes back OFTEN', folder: 'summer/sale', tags: ['vip', 'Two Words'] }),
  segment('beta', 'often away', { folder: 'summer', owner: 'ada' }),
  segment('delta', 'Big spenders', { folder: 'summer-old', tags: ['vip'], owner: 'bob' }),
  segment('gamma', 'big spenders', { folder: 'winter' }),
  segment('old', 'Gone', { folder: 'summer' }),
];

interface ListBody {
  readonly items: readonly { readonly id: string; readonly createdAt?: string }[];
  readonly next: string | null;
  readonly count?: number;
}

async function list(path: string, by: Operator = operator): Promise<ListBody> {
  const answer = await by.call('GET', path);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.body as unknown as ListBody;
}
const ids = async (path: string) => (await list(path)).items.map(({ id }) => id);

/** All pages of two. */
async function walk(path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: ListBody = await list(`${path}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    found.push(...page.items.map(({ id }) => id));
    cursor = page.next;
  }
  return found;
}

describe('a list', () => {
  it.each([
    ['a word of the description, whatever its case', 'q=often', ['alpha', 'beta']],
    ['letters beyond ASCII', `q=${encodeURIComponent('öFTERS')}`, ['alpha']],
    ['a part of an id', 'q=elt', ['delta']],
    ['several words, each somewhere', 'q=big%20gam', ['gamma']],
    ['a pattern, which is none', 'q=%25', []],
    ['a folder and those below it', 'folder=summer', ['alpha', 'beta']],
    ['a folder further down', 'folder=summer/sale', ['alpha']],
    ['a tag', 'tag=vip', ['alpha', 'delta']],
    ['a tag of two words', 'tag=Two%20Words', ['alpha']],
    ['an owner', 'owner=ada', ['beta']],
    ['everything together', 'owner=bob&tag=vip&q=spend&folder=summer-old', ['delta']],
    ['archived ones as well', 'archived=true&folder=summer', ['alpha', 'beta', 'old']],
    ['nothing at all', 'q=nobody', []],
  ])('finds by %s', async (_, query, expected) => {
    expect(await ids(`/segments?${query}`)).toEqual(expected);
    expect((await list(`/segments?limit=1&count=true&${query}`)).count).toBe(expected.length);
  });

  it.each([
    ['id', ['alpha', 'beta', 'delta', 'gamma']],
    ['-id', ['gamma', 'delta', 'beta', 'alpha']],
    ['name', ['delta', 'gamma', 'beta', 'alpha']],
    ['-name', ['alpha', 'beta', 'gamma', 'delta']],
    ['updatedAt', ['alpha', 'beta', 'delta', 'gamma']],
    ['-updatedAt', ['gamma', 'delta', 'beta', 'alpha']],
  ])('goes by %s, page by page', async (sort, expected) => {
    expect(await ids(`/segments?sort=${sort}`)).toEqual(expected);
    expect(await walk(`/segments?sort=${sort}`)).toEqual(expected);
    expect(await walk(`/resources?kind=segment&sort=${sort}`)).toEqual(expected);
    expect(await walk(`/resources?sort=${sort}`)).toHaveLength(5);
    expect(new Set(await walk(`/resources?sort=${sort}`)).size).toBe(5);
  });

  it('has all kinds, with what tells them apart and nothing of what they say', async () => {
    const { items, count } = await list('/resources?owner=ada&count=true');
    expect(count).toBe(2);
    expect(items).toEqual([
      {
        kind: 'placement',
        id: 'hero',
        name: 'Hero',
        folder: 'summer',
        tags: [],
        owner: 'ada',
        version: 1,
        archived: false,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
        updatedBy: 'ada',
      },
      expect.objectContaining({ kind: 'segment', id: 'beta' }),
    ]);
  });

  it('keeps up with every change, and knows when something began', async () => {
    const own = await harness.newSpace();
    await own.call('PUT', '/segments/a', segment('a', 'First', { tags: ['x'] }));
    const before = (await list('/resources', own)).items[0];
    await own.call('PUT', '/segments/a', segment('a', 'Second', { folder: 'f' }));
    const after = (await list('/resources?q=second', own)).items[0];
    expect(after).toMatchObject({ name: 'Second', folder: 'f', tags: [], version: 2, createdAt: before?.createdAt });
    expect((await list('/resources?tag=x', own)).items).toEqual([]);
  });

  it.each([
    ['of another order', 'sort=name', 'sort=id'],
    ['of another search', 'q=big', 'q=often'],
    ['of another kind of order', 'sort=-id', 'sort=id'],
  ])('takes no cursor %s', async (_, one, other) => {
    const { next } = await list(`/segments?limit=1&${one}`);
    expect(next).toEqual(expect.any(String));
    const refused = await operator.call('GET', `/segments?limit=1&${other}&cursor=${next}`);
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/cursor' }] } });
    expect((await operator.call('GET', `/placements?limit=1&${one}&cursor=${next}`)).status).toBe(400);
    expect((await operator.call('GET', `/resources?limit=1&${one}&cursor=${next}`)).status).toBe(400);
  });

  it.each([
    ['a cursor that is none', 'cursor=b', '/cursor'],
    ['a cursor of rubbish', `cursor=${btoa('[1,{},[]]')}`, '/cursor'],
    ['an order that is none', 'sort=version', '/sort'],
    ['too many words', `q=${'a%20'.repeat(11)}`, '/q'],
    ['an empty page', 'limit=0', '/limit'],
  ])('refuses %s', async (_, query, pointer) => {
    expect(await operator.call('GET', `/segments?${query}`)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer }] },
    });
  });

  it('shows nothing of other spaces', async () => {
    const other = await harness.newSpace();
    await fillDrafts(other);
    expect(await ids('/resources?q=web')).toEqual([]);
    expect((await list('/resources?q=often', other)).items).toEqual([]);
  });
});

describe('annotations', () => {
  it('change no part that the edge reads', async () => {
    const own = await harness.newSpace();
    await fillDrafts(own);
    await own.call('POST', '/publish');
    const before = await parts(own);
    for (const path of [
      '/sources/web',
      '/attributes/loyaltyTier',
      '/segments/gold',
      '/placements/hero',
      '/offers/gift',
    ]) {
      const { resource } = (await own.call('GET', path)).body;
      const put = await own.call('PUT', path, {
        ...(resource as object),
        description: 'Why',
        folder: 'a/b',
        owner: 'ada',
      });
      expect([path, put.status]).toEqual([path, 200]);
      expect(put.body).toMatchObject({ version: 2, resource: { description: 'Why', folder: 'a/b', owner: 'ada' } });
    }
    expect((await own.call('POST', '/publish')).body).toMatchObject({ sequence: 2 });
    expect(await parts(own)).toEqual(before);
  });

  /** What the cache gives the edge: the manifest's hashes, without what only the control plane reads. */
  async function parts(of: Operator): Promise<unknown> {
    const manifest = await harness.kvGet(`${of.space}/manifest`);
    const { content: _, ...rest } = (JSON.parse(manifest ?? '{}') as { parts: Record<string, string> }).parts;
    expect(Object.keys(rest)).toContain('program');
    return rest;
  }
});
