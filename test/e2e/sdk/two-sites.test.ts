import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DecideResponse } from '../../../core/interaction/wire.ts';
import { buildSdkText } from '../../../dev/build.ts';
import { type Platform, startPlatform } from '../../../dev/platform.ts';
import { eventually, useStage } from './stage.ts';

/** The real Worker, a real browser, and two sites of one group on two origins. */
const stage = useStage();
const KEY = { first: 'wk_main.firstsite1', second: 'wk_main.secondsite' } as const;
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36';
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

/** Publishes both sites; a server key of the first. */
async function configure(): Promise<string> {
  const { operatorToken } = platform.secrets;
  const origins = { first: stage.peer.origin, second: stage.peer.elsewhere };
  for (const site of ['first', 'second'] as const) {
    const source = {
      name: site,
      writeKeys: [KEY[site]],
      allowedOrigins: [origins[site]],
      identityMode: 'token',
      group: 'sites',
      defaultConsent: { analytics: 'in' },
    };
    await call(operatorToken, `/v1/admin/sources/${site}`, source, 'PUT');
    stage.peer.pages.set(`/${site}`, { html: stage.html('', { src: `${platform.url}/sdk.js?key=${KEY[site]}` }) });
  }
  const { key } = await call<{ readonly key: string }>(operatorToken, '/v1/admin/sources/first/server-keys', {});
  await call(operatorToken, '/v1/admin/publish', {});
  return key;
}

async function tokenOf(page: Page, source: string): Promise<string> {
  const read = (): Promise<string | null> =>
    page.evaluate((name) => JSON.parse(localStorage.getItem(`sv.${name}.t`) ?? 'null'), source);
  await eventually(async () => expect(await read()).toBeTruthy(), 10_000);
  return (await read()) ?? '';
}

test('a link takes the visitor from one site to the other: one person, and the address is clean', async () => {
  const serverKey = await configure();
  const personOf = async (visitor: string) =>
    (await call<DecideResponse>(serverKey, '/v1/decide', { visitor, include: ['profile'] })).profile?.id;
  const open = async (userAgent: string, url: string): Promise<Page> => {
    const page = await (await stage.browser.newContext({ userAgent })).newPage();
    await page.goto(url);
    return page;
  };
  const page = await open(AGENT, `${stage.peer.origin}/first`);
  const here = await tokenOf(page, 'first');
  const url = await page.evaluate(
    async (to): Promise<string> => selvedge('linkTo', to),
    `${stage.peer.elsewhere}/second?a=1`,
  );
  expect(url).toMatch(/\/second\?a=1&_sv=[\w-]{60,}$/);
  await page.goto(url);
  const there = await tokenOf(page, 'second');
  expect(page.url()).toBe(`${stage.peer.elsewhere}/second?a=1`);
  const person = await personOf(here);
  expect(person).toBeTruthy();
  expect(await personOf(there)).toBe(person);
  // The same address in another browser makes nobody somebody.
  const stranger = await open(`${AGENT} Other`, url);
  expect(await personOf(await tokenOf(stranger, 'second'))).not.toBe(person);
  for (const one of [page, stranger]) await one.context().close();
});
