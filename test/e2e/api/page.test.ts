import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildAssets } from '../../../dev/build-assets.ts';
import { type Platform, startPlatform } from '../../../dev/platform.ts';
import { launchChromium } from '../support/chromium.ts';

let platform: Platform;
let browser: Browser;

beforeAll(async () => {
  platform = await startPlatform({ persist: null, assets: await buildAssets() });
  browser = await launchChromium();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await platform?.stop();
});

it('the page of the API lists every group, and asks the API with a token that stays in the page', {
  timeout: 180_000,
}, async () => {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== platform.url && !request.url().startsWith('data:'))
      elsewhere.push(request.url());
  });
  await page.goto(`${platform.url}/docs`);
  await page.waitForSelector('.opblock-tag[data-tag="segments"]');
  const document = (await (await fetch(`${platform.url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly tags?: readonly string[] }>>>>;
  };
  const tags = new Set(
    Object.values(document.paths).flatMap((path) => Object.values(path).flatMap(({ tags: own = [] }) => own)),
  );
  const shown = await page.$$eval('.opblock-tag', (found) => found.map((tag) => tag.getAttribute('data-tag')));
  expect(new Set(shown)).toEqual(tags);

  await page.click('.btn.authorize');
  await page.fill('.auth-container input >> nth=0', platform.secrets.operatorToken);
  for (const box of await page.$$('.auth-container')) {
    const name = await box.textContent();
    const input = await box.$('input');
    if (name?.includes('operator') && input) await input.fill(platform.secrets.operatorToken);
  }
  for (const button of await page.$$('.auth-btn-wrapper .authorize')) await button.click();
  await page.click('.btn-done');
  await page.click('.opblock-tag[data-tag="operators"]');
  await page.click('#operations-operators-readMyself .opblock-summary-control');
  await page.click('#operations-operators-readMyself .try-out__btn');
  await page.click('#operations-operators-readMyself .execute');
  await page.waitForSelector('#operations-operators-readMyself .live-responses-table');
  expect(
    await page.textContent('#operations-operators-readMyself .live-responses-table tbody .response-col_status'),
  ).toContain('200');
  expect(errors).toEqual([]);
  expect(elsewhere).toEqual([]);
  await page.close();
});
