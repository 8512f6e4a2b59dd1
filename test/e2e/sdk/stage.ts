import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { bundleScripts } from '../../../client-sdk/build.ts';
import { type ChromiumOptions, launchChromium } from '../support/chromium.ts';
import { type Peer, startPeer } from './peer.ts';

export interface Stage {
  browser: Browser;
  context: BrowserContext;
  peer: Peer;
  /** A page with the inline stub in its head. */
  html(body: string, options?: { readonly head?: string; readonly src?: string; readonly nonce?: string }): string;
  open(path?: string): Promise<Page>;
}

/** One browser a file; a fresh peer (so a fresh origin) and a fresh context a test. */
export function useStage(options: ChromiumOptions = {}): Stage {
  const stage = {} as Stage;
  let stub = '';
  beforeAll(async () => {
    stub = (await bundleScripts()).stub;
    stage.browser = await launchChromium(options);
  }, 60_000);
  afterAll(() => stage.browser?.close());
  beforeEach(async () => {
    stage.peer = await startPeer();
    stage.context = await stage.browser.newContext();
    stage.html = (body, { head = '', src = '/sdk.js', nonce = 'n' } = {}) =>
      `<!doctype html><html><head><title>Shop</title>${head}<script nonce="${nonce}" data-src="${src}">${stub}</script></head><body>${body}</body></html>`;
    stage.open = async (path = '/') => {
      const page = await stage.context.newPage();
      await page.goto(stage.peer.origin + path);
      return page;
    };
  });
  afterEach(async () => {
    await stage.context.close();
    await stage.peer.close();
  });
  return stage;
}

/** Waits until `check` passes; throws its last failure after `ms`. */
export const eventually = (check: () => void | Promise<void>, ms = 4_000): Promise<void> =>
  expect
    .poll(
      async () => {
        try {
          await check();
          return 'passes';
        } catch (cause) {
          return cause instanceof Error ? cause.message : String(cause);
        }
      },
      { timeout: ms, interval: 20 },
    )
    .toBe('passes');

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the SDK keeps in localStorage. */
export const kept = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(() => ({ ...localStorage }) as Record<string, string>);

export type Selvedge = (...call: unknown[]) => Promise<never>;
declare global {
  // The page's global as the stub makes it; only ever read inside `page.evaluate`.
  var selvedge: Selvedge;
}
