import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sparticuz, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

const PACKAGE = dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')));

export interface ChromiumOptions {
  /** Leave the back/forward cache on; the driver switches it off. */
  readonly backForwardCache?: boolean;
  readonly args?: readonly string[];
}

/**
 * Unpacks the browser of `@sparticuz/chromium` with its fonts and the shared libraries that a bare machine lacks, once
 * a version. Test workers may race for it: each unpacks into its own folder, the first rename wins.
 */
async function unpackChromium(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  const home = join(tmpdir(), `selvedge-chromium-${version}`);
  if (existsSync(home)) return home;
  const own = mkdtempSync(join(tmpdir(), 'selvedge-unpack-'));
  const before = process.env.TMPDIR;
  // The package unpacks into the temporary folder, wherever that is at the moment of the call.
  process.env.TMPDIR = own;
  try {
    const unpacked = sparticuz.executablePath();
    const libraries = inflate(join(PACKAGE, 'bin', 'al2023.tar.br'));
    await Promise.all([unpacked, libraries]);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  mkdirSync(join(own, 'home'));
  try {
    renameSync(own, home);
  } catch (cause) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(home)) throw cause;
  }
  return home;
}

/**
 * A real headless Chromium, from npm alone. Runs as root too. The caller closes it. `SELVEDGE_CHROMIUM` names another
 * executable: a full Chrome can do what the headless shell cannot (back/forward cache, prerendering).
 */
export async function launchChromium({ backForwardCache = false, args = [] }: ChromiumOptions = {}): Promise<Browser> {
  const home = await unpackChromium();
  const options: LaunchOptions = {
    executablePath: process.env.SELVEDGE_CHROMIUM ?? join(home, 'chromium'),
    headless: true,
    args: ['--no-sandbox', '--disable-setuid-sandbox', '--disable-dev-shm-usage', '--disable-gpu', ...args],
    env: {
      ...process.env,
      HOME: join(home, 'home'),
      FONTCONFIG_PATH: join(home, 'fonts'),
      LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, join(home, 'al2023', 'lib')].filter(Boolean).join(':'),
    },
  };
  if (backForwardCache) options.ignoreDefaultArgs = ['--disable-back-forward-cache'];
  return chromium.launch(options);
}
