import { randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DecideResponse, InteractRequest } from '../../../core/interaction/wire.ts';
import { buildSdkText } from '../../../dev/build.ts';
import { type Platform, startPlatform } from '../../../dev/platform.ts';
import { eventually, useStage } from './stage.ts';

/** The real Worker and a real browser: one request signs in, whatever the page did before. */
const stage = useStage();
const KEY = 'wk_main.onesignin1';
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36';
const SECRET = randomBytes(32).toString('base64url');
let platform: Platform;
beforeAll(async () => {
  await buildSdkText();
  platform = await startPlatform({ persist: null });
}, 120_000);
afterAll(() => platform.stop());

async function call<T>(bearer: string, path: string, body: object, method = 'POST'): Promise<T> {
  const response = await fetch(platform.url + path, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status, `${path} ${response.status}`).toBeLessThan(300);
  return (await response.json()) as T;
}

async function prove(customer: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ sub: customer, aud: 'web', iat: now, exp: now + 120, jti: randomUUID() })
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .sign(new TextEncoder().encode(SECRET));
}

test('of a page that views, tracks and identifies at once; a used proof costs one more, and no event', async () => {
  const { operatorToken } = platform.secrets;
  const source = {
    name: 'Web',
    writeKeys: [KEY],
    allowedOrigins: [stage.peer.origin],
    identityMode: 'token',
    defaultConsent: { analytics: 'in', personalization: 'in' },
    proofKeys: [{ kid: 'one', alg: 'HS256', secret: SECRET }],
  };
  await call(operatorToken, '/v1/admin/sources/web', source, 'PUT');
  await call(operatorToken, '/v1/admin/placements/hero', { name: 'Hero', kind: 'html', fallback: '' }, 'PUT');
  const offer = { name: 'Mine', placements: ['hero'], content: '<p>yours</p>', requires: 'authenticated' };
  await call(operatorToken, '/v1/admin/offers/mine', offer, 'PUT');
  const { key } = await call<{ readonly key: string }>(operatorToken, '/v1/admin/sources/web/server-keys', {});
  await call(operatorToken, '/v1/admin/publish', {});

  const proof = await prove('c-1');
  stage.peer.pages.set('/', {
    html: stage.html(
      `<div data-selvedge="hero">own</div><script>selvedge('track','product.viewed',{productId:'p1'});who=selvedge('identify','${proof}')</script>`,
      { src: `${platform.url}/sdk.js?key=${KEY}` },
    ),
  });
  const open = async () => {
    const page = await (await stage.browser.newContext({ userAgent: AGENT })).newPage();
    const asked: InteractRequest[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/v1/interact')) asked.push(request.postDataJSON());
    });
    await page.goto(stage.peer.origin);
    return { page, asked, who: await page.evaluate(() => (window as unknown as { who: Promise<unknown> }).who) };
  };
  const profileOf = async (page: Page) => {
    const token = (): Promise<string> => page.evaluate(() => JSON.parse(localStorage.getItem('sv.web.t') ?? '""'));
    await eventually(async () => expect(await token()).not.toBe(''));
    const { profile } = await call<DecideResponse>(key, '/v1/decide', {
      visitor: await token(),
      include: ['profile'],
    });
    return { events: profile?.events, kinds: profile?.identities.map(({ namespace }) => namespace).sort() };
  };

  const first = await open();
  expect(first.who).toMatchObject({ state: 'authenticated', isNew: true });
  await first.page.waitForSelector('[data-selvedge-rendered="mine"]');
  expect(first.asked[0]?.events?.map(({ type }) => type)).toEqual(['page.viewed', 'product.viewed', 'signed.in']);
  expect(first.asked.filter(({ proof: sent }) => sent)).toHaveLength(1);
  // The impression comes later, and by itself.
  const others = first.asked.slice(1).flatMap(({ events = [] }) => events.map(({ type }) => type));
  expect(others.filter((type) => type !== 'proposition.displayed')).toEqual([]);
  expect(await profileOf(first.page)).toMatchObject({ kinds: ['customer', 'device'] });

  const second = await open();
  expect(second.who).toBeNull();
  await eventually(() => expect(second.asked.length).toBeGreaterThan(1));
  const [refused, again] = second.asked;
  expect([refused?.proof, again?.proof, refused?.visitor, again?.visitor !== undefined]).toEqual([
    proof,
    undefined,
    undefined,
    true,
  ]);
  expect(again?.events).toEqual(refused?.events);
  await eventually(async () => expect(await profileOf(second.page)).toEqual({ events: 3, kinds: ['device'] }));
  for (const { page } of [first, second]) await page.context().close();
});
