import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The full Chromium of this machine, where one was named. */
export const FULL_CHROMIUM = process.env.SELVEDGE_CHROMIUM;

/**
 * Opens a page in a browser of its own that nobody drives: a driver's session switches prerendering off and keeps pages out of the back/forward cache. The pages
 * act for themselves and say to their server what happens. Returns how to end it.
 */
export function openUndriven(executable: string, url: string): () => Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'selvedge-undriven-'));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  // Without a port for a debugger, the headless browser opens the page, is done, and ends.
  const browser = spawn(executable, [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
  });
  const ended = once(browser, 'exit');
  return async () => {
    browser.kill();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
}
