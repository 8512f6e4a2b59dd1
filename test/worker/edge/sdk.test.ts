import { Script } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScripts, PROGRAMS, type Scripts, TOKEN, VARIANTS } from '../../../client-sdk/build.ts';
import type { ContentKind } from '../../../core/decision/placement.ts';
import { sdkVariant } from '../../../worker/edge/sdk-variant.ts';
import { type Shop, startShop, WRITE_KEY } from '../../support/platform.ts';

const TEXT = Object.keys(VARIANTS).join('\n\n');
const KINDS: Readonly<Record<string, ContentKind>> = { hero: 'html', promo: 'dom', go: 'redirect' };

describe('the variant of sdk.js that a source needs', () => {
  it.each<[string, Parameters<typeof sdkVariant>[1], boolean, keyof typeof VARIANTS]>([
    ['nothing shown', { placements: [] }, false, 'base'],
    ['another site in the group', { placements: [] }, true, 'base+link'],
    ['offers', { placements: ['hero'] }, false, 'early'],
    ['offers, and another site', { placements: ['hero'] }, true, 'early+link'],
    ['offers that change the page', { placements: ['hero', 'promo'], everywhere: ['promo'] }, false, 'dom'],
    ['the same, published by earlier code', { placements: ['promo'], prehide: { promo: ['h1'] } }, false, 'dom'],
    ['offers that lead on', { placements: ['promo', 'go'], everywhere: ['promo', 'go'] }, false, 'redirect'],
    ['everything', { placements: ['go'], everywhere: ['go'] }, true, 'redirect+link'],
  ])('%s', (_, part, linksVisitors, expected) => {
    expect(sdkVariant(TEXT, part, (placement) => KINDS[placement], linksVisitors)).toBe(expected);
  });
});

describe('what the Worker serves to pages', () => {
  let shop: Shop;
  let scripts: Scripts;
  beforeAll(async () => {
    [shop, scripts] = await Promise.all([startShop(), bundleScripts()]);
  });
  afterAll(() => shop.stop());
  const get = (path: string) => fetch(shop.platform.url + path);

  it.each([
    ['of a group of two sites', WRITE_KEY.web, 'early+link'],
    ['alone', WRITE_KEY.embed, 'early'],
  ] as const)('sdk.js of a source %s', async (_, key, variant) => {
    const answer = await get(`/sdk.js?key=${key}`);
    const text = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    const [before, after = ''] = scripts.variants[variant].trim().split(TOKEN);
    expect([text.startsWith(`${before}{`), text.endsWith(`}${after}`)]).toEqual([true, true]);
    expect(text).toContain(`"key":"${key}"`);
    expect(() => new Script(text)).not.toThrow();
  });

  it('more live placements than its configuration holds are published; those that pages ask for by themselves are all there', async () => {
    const headers = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
    const operator = async (method: string, path: string, body: object) => {
      const answer = await shop.send(`/v1/admin/${path}`, { method, headers, body });
      expect(answer.status, answer.text).toBeLessThan(300);
    };
    const ids = Array.from({ length: 80 }, (_, i) => `a-place-on-one-of-the-pages-${i}`);
    for (const id of ids) await operator('PUT', `placements/${id}`, { name: id, kind: 'html', fallback: null });
    await operator('PUT', 'offers/in-all', { name: 'In all', placements: ids, content: '<p>all</p>' });
    await operator('PUT', 'placements/go', { name: 'Go', kind: 'redirect', fallback: null });
    await operator('PUT', 'offers/gone', { name: 'Gone', placements: ['go'], content: { url: '/sale' } });
    await operator('POST', 'publish', {});
    const text = await (await get(`/sdk.js?key=${WRITE_KEY.web}`)).text();
    expect(text).toContain('"everywhere":["go"],"redirectHosts":["shop.test"]');
    const named = ids.filter((id) => text.includes(`"${id}"`)).length;
    expect([named > 20, named < ids.length]).toEqual([true, true]);
  });

  it.each(PROGRAMS)('sdk-%s.js, to everybody', async (program) => {
    const answer = await get(`/sdk-${program}.js`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(await answer.text()).toBe(scripts.programs[program]);
  });

  it.each(['/sdk-other.js', '/sdk-.js', '/sdk-constructor.js'])('%s is not there', async (path) => {
    const answer = await get(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    await answer.body?.cancel();
  });
});
