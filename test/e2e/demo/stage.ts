import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Response } from 'playwright-core';
import { buildSdkText, ROOT } from '../../../dev/build.ts';
import { type Demo, startDemo } from '../../../dev/demo.ts';
import { bundleStorefront } from '../../../examples/storefront/build.ts';

/** Pictures of the story, for people: `dist/screenshots`. */
export const PICTURES = join(ROOT, 'dist/screenshots');
export const AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36';
export const DESKTOP: BrowserContextOptions = { userAgent: AGENT, viewport: { width: 1280, height: 900 } };
export const PHONE: BrowserContextOptions = {
  userAgent: AGENT,
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};
const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

type Fault = 'none' | 'late' | 'silent' | 'broken';

export interface Stage extends Demo {
  /** Moves on to that instant, for Selvedge and for the shop; time runs on from there. */
  moveTo(ms: number): Promise<void>;
  /** What the shop's clock shows. */
  now(): number;
  /** What every profile does from now on. */
  fail(fault: Fault): Promise<void>;
  stop(): Promise<void>;
}

/** The whole demo, seeded, with Workers that a test can move in time and make fail. */
export async function startStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-stage-'));
  const bundles = { selvedge: join(folder, 'selvedge.js'), storefront: join(folder, 'storefront.js') };
  const { stub } = await buildSdkText();
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/support/stage-worker.ts'],
    outfile: bundles.selvedge,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'module', 'import'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.txt': 'text' },
    logLevel: 'warning',
  });
  await writeFile(bundles.storefront, await bundleStorefront(stub, '../../test/support/stage-shop.ts'));
  const [port, shopPort] = [await freePort(), await freePort()];
  const demo = await startDemo({ folder, port, shopPort, bundles });
  mkdirSync(PICTURES, { recursive: true });
  const tell = async (origin: string, body: object): Promise<void> => {
    const response = await fetch(`${origin}/stage`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${origin}/stage: ${response.status}`);
  };
  let shiftMs = 0;
  const moveTo = async (ms: number): Promise<void> => {
    shiftMs = ms - Date.now();
    await tell(demo.platform.url, { shiftMs });
    await tell(demo.shopUrl, { shiftMs });
  };
  // Late morning, so that no test runs over midnight: some rules are about days.
  await moveTo(Math.ceil((Date.now() - 10 * HOUR_MS) / DAY_MS) * DAY_MS + 10 * HOUR_MS);
  return {
    ...demo,
    moveTo,
    now: () => Date.now() + shiftMs,
    fail: (fault) => tell(demo.platform.url, { fault }),
    stop: async () => {
      await demo.platform.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Somebody in front of a browser. */
export interface Shopper {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the console had to complain about, and scripts that threw. */
  readonly complaints: readonly string[];
  at(testId: string): ReturnType<Page['locator']>;
  /** Opens a page and waits until the SDK has got the answer to what this page told. */
  visit(path: string): Promise<void>;
  /** Does something, and waits for the answer to an event of this type: a page view, if it leads to another page. */
  go(act: () => Promise<unknown>, told?: string): Promise<void>;
  shows(place: string, offer: string): Promise<void>;
  /** The page as the server sends it, before any script. */
  served(path: string): Promise<string>;
  picture(name: string): Promise<void>;
}

export async function openShop(browser: Browser, origin: string, options: BrowserContextOptions): Promise<Shopper> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error}`));
  const go: Shopper['go'] = async (act, told = 'page.viewed') => {
    const isAnswer = (response: Response): boolean =>
      response.url().includes('/_selvedge/v1/') && (response.request().postData() ?? '').includes(`"${told}"`);
    const answered = page.waitForResponse(isAnswer, { timeout: 15_000 });
    await Promise.all([answered.then((response) => response.finished()), act()]);
  };
  return {
    page,
    context,
    complaints,
    at: (testId) => page.locator(`[data-testid="${testId}"]`),
    go,
    visit: (path) =>
      go(
        () => page.goto(`${origin}${path}`, { waitUntil: 'load' }),
        path.startsWith('/product/') ? 'product.viewed' : 'page.viewed',
      ),
    shows: (place, offer) =>
      page
        .locator(`[data-testid="${place}"][data-selvedge-rendered="${offer}"]`)
        .waitFor({ state: 'attached', timeout: 10_000 }),
    served: async (path) =>
      (await context.request.get(`${origin}${path}`, { headers: { 'user-agent': AGENT } })).text(),
    picture: async (name) => {
      await page.screenshot({ path: join(PICTURES, `${name}.png`) });
    },
  };
}
