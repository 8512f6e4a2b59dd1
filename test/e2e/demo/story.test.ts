import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDemo, type TestDemo } from '../../support/demo.ts';
import { launchChromium } from '../support/chromium.ts';

/** Pictures of the story, for people: `dist/screenshots`. */
const PICTURES = join(import.meta.dirname, '../../../dist/screenshots');
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36';

let demo: TestDemo;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

const at = (id: string) => page.locator(`[data-testid="${id}"]`);
const open = (path: string) => page.goto(`${demo.shopUrl}${path}`, { waitUntil: 'load' });
const shows = (place: string, offer: string) =>
  page
    .locator(`[data-testid="${place}"][data-selvedge-rendered="${offer}"]`)
    .waitFor({ state: 'attached', timeout: 10_000 });
const picture = (name: string) => page.screenshot({ path: join(PICTURES, `${name}.png`) });
const html = async (path: string) =>
  (await context.request.get(`${demo.shopUrl}${path}`, { headers: { 'user-agent': AGENT } })).text();

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  demo = await startTestDemo();
  browser = await launchChromium();
  context = await browser.newContext({ userAgent: AGENT, viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

describe('Sarah buys a gift', { timeout: 60_000 }, () => {
  it('a new visitor gets a first-party cookie, a welcome, and nothing of anybody', async () => {
    await open('/');
    await shows('offer-strip', 'strip-welcome');
    await shows('hero', 'fallback');
    expect(await at('recently-viewed').count()).toBe(0);
    const cookie = (await context.cookies()).find(({ name }) => name === '__Host-sv');
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
    await picture('1-new-visitor');
  });

  it("browses men's running, and the edge knows it on the next page", async () => {
    await open('/shop/men-running');
    await open('/product/sw-2');
    await page.waitForResponse((response) => response.url().includes('/v1/interact'));
    await open('/product/sw-1');
    await at('recently-viewed').locator('[data-testid="product-sw-2"]').waitFor();
  });

  it('adds one in L and opens the cart', async () => {
    await page.locator('label:has([data-testid="size-L"])').click();
    await at('add-to-cart').click();
    await at('added').waitFor({ state: 'visible' });
    await at('bag-link').click();
    await at('bag-line').waitFor();
    expect(await at('bag-line').count()).toBe(1);
  });

  it('signs in as Sarah: greeted by tier in the page as served, her browsing before login is hers', async () => {
    await at('sign-in').click();
    await at('login-sarah').click();
    await at('signed-in-as').waitFor();
    expect(await at('signed-in-as').textContent()).toContain('Sarah');
    const served = await html('/cart');
    expect(served).toContain('data-selvedge-rendered="greeting-bronze"');
    expect(served).toContain('data-testid="product-sw-1"');
    expect(served).toContain('data-testid="product-sw-2"');
    await shows('greeting', 'greeting-bronze');
    expect(await at('offer-strip').getAttribute('data-selvedge-rendered')).not.toBe('strip-gift-wrap');
    await picture('2-signed-in');
  });

  it('leaves the cart: the answer to that page view already offers free gift wrap, the hero follows her latest interest', async () => {
    await at('leave-cart').click();
    await shows('hero', 'hero-men-running');
    await shows('offer-strip', 'strip-gift-wrap');
    await picture('3-gift-wrap');
  });

  it('the panel shows who she is, her segments, and why', async () => {
    await at('panel-toggle').click();
    await expect.poll(() => at('panel-state').textContent(), { timeout: 10_000 }).toContain('authenticated');
    await expect.poll(() => at('panel-segments').textContent(), { timeout: 10_000 }).toContain('gift-cart-abandoner');
    expect(await at('panel-identities').textContent()).toContain('cus-sarah');
    expect(await at('panel-attributes').textContent()).toContain('preferredCategory');
    await picture('4-panel');
    await at('panel-toggle').click();
  });

  it('the hero follows the latest interest, back and forth', async () => {
    await open('/product/wr-1');
    await page.waitForResponse((response) => response.url().includes('/v1/interact'));
    await open('/');
    await shows('hero', 'hero-women-running');
    await open('/product/sw-1');
    await page.waitForResponse((response) => response.url().includes('/v1/interact'));
    await open('/');
    await shows('hero', 'hero-men-running');
  });

  it('orders with gift wrap: the offer ends in the very answer to the order', async () => {
    await at('bag-link').click();
    await at('to-checkout').click();
    expect(await at('gift-wrap-price').textContent()).toMatch(/free/i);
    await at('gift-wrap').check({ force: true });
    await at('gift-note').fill('For <b>Tom</b>');
    await at('place-order').click();
    await at('order-confirmation').waitFor();
    expect(await at('strip-before').textContent()).toContain('strip-gift-wrap');
    expect(await at('strip-after').textContent()).not.toContain('strip-gift-wrap');
    expect(await at('segments-left').textContent()).toContain('gift-cart-abandoner');
    expect(await at('order-note').textContent()).toContain('<b>Tom</b>');
    await picture('5-order');
    await open('/');
    await shows('offer-strip', 'fallback');
  });

  it('signs out: the next person sees nothing of hers, by page, by panel or by going back', async () => {
    const before = (await context.cookies()).find(({ name }) => name === '__Host-sv')?.value;
    await at('sign-out').click();
    await at('sign-in').waitFor();
    await shows('greeting', 'fallback');
    await shows('offer-strip', 'fallback');
    await shows('hero', 'fallback');
    expect(await at('recently-viewed').count()).toBe(0);
    expect(await page.content()).not.toContain('Sarah');
    expect((await context.cookies()).find(({ name }) => name === '__Host-sv')?.value).not.toBe(before);
    await at('panel-toggle').click();
    await expect.poll(() => at('panel-state').textContent(), { timeout: 10_000 }).toMatch(/loggedOut|anonymous/);
    expect(await at('panel').textContent()).not.toMatch(/cus-sarah|preferredCategory|loyalty/);
    await picture('6-signed-out');
    await page.goBack();
    expect(await page.content()).not.toContain('Bronze');
  });

  it('a shared computer: Marcus after Sarah is greeted as himself, and each keeps what is theirs', async () => {
    await open('/product/wr-1');
    await page.waitForResponse((response) => response.url().includes('/v1/interact'));
    await open('/');
    await at('sign-in').click();
    await at('login-marcus').click();
    await at('signed-in-as').waitFor();
    await shows('greeting', 'greeting-gold');
    const his = await html('/');
    expect(his).toContain('Marcus');
    expect(his).not.toMatch(/Sarah|greeting-bronze/);
    // What was looked at between the two is his who signed in next; nothing of hers before it.
    const seen = await at('recently-viewed').innerHTML();
    expect(seen).toContain('product-wr-1');
    expect(seen).not.toMatch(/product-sw-[12]/);
    await at('sign-out').click();
    await at('sign-in').waitFor();

    const home = await browser.newContext({ userAgent: AGENT, viewport: { width: 1280, height: 900 } });
    const hers = await home.newPage();
    await hers.goto(`${demo.shopUrl}/login`);
    await hers.locator('[data-testid="login-sarah"]').click();
    await hers.locator('[data-testid="signed-in-as"]').waitFor();
    await hers.goto(`${demo.shopUrl}/`);
    await hers.locator('[data-testid="recently-viewed"] [data-testid="product-sw-1"]').waitFor();
    await home.close();
  });

  it('with Selvedge refusing everything, every page still answers with its fallbacks', async () => {
    const elsewhere = await browser.newContext({ userAgent: AGENT, viewport: { width: 390, height: 844 } });
    const phone = await elsewhere.newPage();
    await phone.route('**/_selvedge/**', (route) => route.abort());
    await phone.goto(`${demo.shopUrl}/`);
    expect(await phone.locator('[data-testid="hero"]').getAttribute('data-selvedge-rendered')).toBe('fallback');
    await phone.screenshot({ path: join(PICTURES, '7-phone-blocked.png') });
    await elsewhere.close();
  });

  it('nothing complained in the console', () => {
    expect(complaints.filter((text) => !/favicon/.test(text))).toEqual([]);
  });
});
