import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { axeViolations } from './axe.ts';
import { paintedFrames } from './painted-frames.ts';
import { AGENT, DESKTOP, openShop, PHONE, type Stage, startStage } from './stage.ts';

/** What the shop's server says about the visitor who asks. */
interface PanelData {
  readonly recent: readonly { readonly productId: string }[];
  readonly profile: { readonly measures: Readonly<Record<string, unknown>> } | null;
}

let stage: Stage;
let browser: Browser;
beforeAll(async () => {
  stage = await startStage();
  browser = await launchChromium();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stage?.stop();
});

describe('on the page before it paints', { timeout: 60_000 }, () => {
  it('every frame of an edge-rendered page that shows the hero shows the offer; filled by the SDK the first cannot', async () => {
    const { page, context, visit, shows } = await openShop(browser, stage.shopUrl, DESKTOP);
    await visit('/product/wr-1');
    // The SDK comes late, so that what is painted before it came with the page.
    await page.route('**/sdk.js*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1200));
      await route.continue();
    });
    // Text of the hero, in its left column: its picture comes later.
    const region = { selector: '[data-testid="hero"]', width: 480, bottom: 700 };
    const settled = async (): Promise<void> => {
      await shows('hero', 'hero-women-running');
      await page.waitForTimeout(300);
    };
    const atTheEdge = await paintedFrames(page, `${stage.shopUrl}/`, region, settled);
    expect(atTheEdge.first).toBeGreaterThan(0.97);
    expect(atTheEdge.least).toBeGreaterThan(0.97);
    const inTheBrowser = await paintedFrames(page, `${stage.shopUrl}/?render=sdk`, region, settled);
    expect(inTheBrowser.first).toBeLessThan(0.9);
    await context.close();
  });

  it('needs no script at all', async () => {
    const { page, context, at } = await openShop(browser, stage.shopUrl, { ...PHONE, javaScriptEnabled: false });
    await page.goto(`${stage.shopUrl}/`);
    expect(await at('offer-strip').getAttribute('data-selvedge-rendered')).toBe('strip-welcome');
    expect(await at('greeting').getAttribute('data-selvedge-rendered')).toBe('greeting-first-visit');
    const html = await page.content();
    expect(html).toContain('hero: personalize() fills the page while it streams');
    await context.close();
  });
});

describe('the shop', { timeout: 60_000 }, () => {
  it('a shared computer: Marcus after Sarah is greeted as himself, and each keeps what is theirs', async () => {
    const shared = await openShop(browser, stage.shopUrl, DESKTOP);
    const signIn = async (who: string): Promise<void> => {
      await shared.visit('/login?next=/');
      await shared.go(() => shared.at(`login-${who}`).click());
    };
    await shared.visit('/product/sw-2');
    await signIn('sarah');
    await shared.shows('greeting', 'greeting-bronze');
    await shared.go(() => shared.at('sign-out').click());
    await shared.visit('/product/wr-1');
    await signIn('marcus');
    await shared.shows('greeting', 'greeting-gold');
    // What was looked at between the two is his who signed in next; nothing of hers before it.
    const seen = await shared.at('recently-viewed').innerHTML();
    expect(seen).toContain('product-wr-1');
    expect(seen).not.toContain('product-sw-2');
    expect(await shared.page.content()).not.toMatch(/Sarah|greeting-bronze/);
    expect(shared.complaints).toEqual([]);
    await shared.context.close();
  });

  it.each(['edge', 'sdk'])('no page of it keeps people out (axe-core, %s)', async (rendering) => {
    const { page, context, visit, go, at } = await openShop(browser, stage.shopUrl, PHONE);
    await visit(`/product/wr-1?render=${rendering}`);
    await go(() => at('add-to-cart').click(), 'cart.added');
    for (const path of ['/product/wr-1', '/shop/women', '/cart', '/checkout', '/privacy', '/login', '/nowhere']) {
      await page.goto(stage.shopUrl + path, { waitUntil: 'load' });
      expect([path, await axeViolations(page)]).toEqual([path, []]);
    }
    await context.close();
  });

  it.each(['edge', 'sdk'])('what is waved away stays away (%s)', async (rendering) => {
    const { page, context, visit, go, at } = await openShop(browser, stage.shopUrl, PHONE);
    await visit(`/product/ki-1?render=${rendering}`);
    await visit('/');
    await expect.poll(() => at('spotlight').textContent()).toContain('Puddle hoodie');
    await go(() => at('dismiss').click(), 'proposition.dismissed');
    await expect.poll(async () => (await at('spotlight').textContent())?.trim()).toBe('');
    await visit('/shop/kids');
    expect((await at('spotlight').textContent())?.trim()).toBe('');
    expect(await page.locator('[data-selvedge-dismiss]').count()).toBe(0);
    await context.close();
  });

  it('without consent everybody gets the default, also at the edge', async () => {
    const { page, context, visit, at } = await openShop(browser, stage.shopUrl, DESKTOP);
    await visit('/product/wr-1');
    await visit('/privacy');
    await Promise.all([page.waitForResponse('**/_selvedge/v1/**'), at('consent-none').click()]);
    await at('consent-saved').waitFor({ state: 'visible' });
    await page.goto(`${stage.shopUrl}/`, { waitUntil: 'load' });
    const shown = await page
      .locator('[data-selvedge-rendered]')
      .evaluateAll((all) => all.map((each) => each.getAttribute('data-selvedge-rendered')));
    expect(new Set(shown)).toEqual(new Set(['fallback']));
    await context.close();
  });
});

describe('with profiles that are slow or fail', { timeout: 60_000 }, () => {
  const PATHS = ['/', '/product/sw-1', '/shop/men', '/cart', '/?render=sdk'];
  const AT_ONCE = 8;
  const ROUNDS = 4;

  it.each(['late', 'silent', 'broken'] as const)(
    '%s: under load every page is whole, with fallbacks',
    async (fault) => {
      const first = await fetch(`${stage.shopUrl}/`, { headers: { 'user-agent': AGENT, accept: 'text/html' } });
      await first.text();
      const cookie = first.headers
        .getSetCookie()
        .map((each) => each.split(';')[0])
        .join('; ');
      await stage.fail(fault);
      try {
        for (let round = 0; round < ROUNDS; round++) {
          const answers = await Promise.all(
            Array.from({ length: AT_ONCE }, async (_, n) => {
              const path = PATHS[(round * AT_ONCE + n) % PATHS.length] ?? '/';
              const response = await fetch(stage.shopUrl + path, {
                headers: { 'user-agent': AGENT, accept: 'text/html', cookie },
              });
              return { path, status: response.status, html: await response.text() };
            }),
          );
          for (const { path, status, html } of answers) {
            expect([path, status, html.endsWith('</html>')]).toEqual([path, 200, true]);
            expect(html).not.toMatch(/data-selvedge-rendered="(?!fallback")/);
            if (path === '/') expect(html).toContain('"degraded":true');
          }
        }
      } finally {
        await stage.fail('none');
      }
    },
  );

  it('nothing that happened meanwhile is lost: the SDK sends again, and so does the server', async () => {
    const { page, context, visit, go, at, complaints } = await openShop(browser, stage.shopUrl, DESKTOP);
    await visit('/product/wr-4');
    await go(() => at('add-to-cart').click(), 'cart.added');
    await stage.fail('broken');
    await page.goto(`${stage.shopUrl}/product/wr-3`, { waitUntil: 'load' });
    await page.goto(`${stage.shopUrl}/checkout`, { waitUntil: 'load' });
    await at('place-order').click();
    expect(await at('order-answer').textContent()).toContain('told again');
    expect(await (await context.request.get(`${stage.shopUrl}/panel.json`)).json()).toMatchObject({ degraded: true });
    await stage.fail('none');
    const known = async (): Promise<PanelData> => page.evaluate(async () => (await fetch('/panel.json')).json());
    const patience = { timeout: 30_000, interval: 500 };
    await expect.poll(async () => (await known()).recent.map(({ productId }) => productId), patience).toContain('wr-3');
    await expect.poll(async () => (await known()).profile?.measures.bought, patience).toEqual([['wr-4']]);
    // The browser's own note of a 503; scripts have nothing to complain of.
    expect(complaints.filter((text) => !/status of 503/.test(text))).toEqual([]);
    await context.close();
  });
});
