import { Script } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScripts, PROGRAMS, type Scripts } from '../../../client-sdk/build.ts';
import { sdkParts } from '../../../worker/edge/sdk-parts.ts';
import { type Shop, startShop, WRITE_KEY } from '../../support/platform.ts';

const TEXT = 'visitorLink\ndom\nearly\nbase\n';

describe('the parts of sdk.js that a source needs', () => {
  it.each([
    ['nothing shown', { placements: [] }, false, 'base'],
    ['another site in the group', { placements: [] }, true, 'visitorLink\nbase'],
    ['offers', { placements: ['hero'] }, false, 'early\nbase'],
    ['offers that change the page', { placements: ['promo'], everywhere: ['promo'] }, false, 'dom\nearly\nbase'],
    [
      'the same, published by earlier code',
      { placements: ['promo'], prehide: { promo: ['h1'] } },
      false,
      'dom\nearly\nbase',
    ],
    ['everything', { placements: ['promo'], everywhere: ['promo'] }, true, 'visitorLink\ndom\nearly\nbase'],
  ])('%s', (_, part, linksVisitors, expected) => {
    expect(sdkParts(TEXT, part, linksVisitors)).toBe(expected);
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
    ['of a group of two sites', WRITE_KEY.web, true],
    ['alone', WRITE_KEY.embed, false],
  ])('sdk.js of a source %s', async (_, key, links) => {
    const answer = await get(`/sdk.js?key=${key}`);
    const text = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(text.includes(scripts.parts['visitor-link'].trim())).toBe(links);
    expect(text).toContain(scripts.parts.early.trim());
    expect(text).not.toContain(scripts.parts.dom.trim());
    expect(text).toContain(`"key":"${key}"`);
    expect(text).not.toContain('__SELVEDGE_CONFIG__');
    expect(() => new Script(text)).not.toThrow();
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
