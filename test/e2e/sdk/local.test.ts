import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleScripts } from '../../../client-sdk/build.ts';
import type { createLocal, Program } from '../../../client-sdk/src/local.ts';
import type { InteractResponse } from '../../../core/interaction/wire.ts';
import { buildSdkText } from '../../../dev/build.ts';
import { type Platform, startPlatform } from '../../../dev/platform.ts';
import { type LocalVector, localVectors } from '../../conformance/local-vectors.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const ROOT = join(import.meta.dirname, '../../..');
/** The specification stands beside the repository, where there is one. */
const FILES = [
  'test/conformance/segments-cases.json',
  'test/conformance/segments-review-cases.json',
  '../shared/spec/segments-cases.json',
].filter((file) => existsSync(join(ROOT, file)));

test.each(FILES)('what /local says in a browser is what the edge says: the cases of %s', async (file) => {
  const { vectors } = localVectors(join(ROOT, file));
  const { local } = (await bundleScripts()).programs;
  stage.peer.pages.set('/', {
    html: `<!doctype html><script nonce="n">${local}</script>`,
    headers: { 'content-security-policy': "script-src 'nonce-n'; require-trusted-types-for 'script'" },
  });
  const page = await stage.open();
  const found = await page.evaluate((text) => {
    const { selvedgeLocal } = window as unknown as { selvedgeLocal: typeof createLocal };
    return (JSON.parse(text) as LocalVector[]).map(({ program, profile, now, ids }) => {
      const members = selvedgeLocal(program).members(profile, now);
      return ids.map((id) => members.has(id));
    });
  }, JSON.stringify(vectors));
  expect(found).toEqual(vectors.map(({ expected }) => expected));
  expect(vectors.length).toBeGreaterThan(0);
});

test('a program that needs more than the small engine is refused', async () => {
  const { local } = (await bundleScripts()).programs;
  stage.peer.pages.set('/', { html: `<!doctype html><script>${local}</script>` });
  const page = await stage.open();
  const program = (general: boolean) =>
    ({ ...EMPTY, cells: general ? [{ kind: 'truth', code: ['true'], reads: {} }] : [] }) as unknown as Program;
  const run = (given: Program) =>
    page.evaluate((text) => {
      const { selvedgeLocal } = window as unknown as { selvedgeLocal: typeof createLocal };
      try {
        return [...selvedgeLocal(JSON.parse(text)).members({})];
      } catch (cause) {
        return (cause as Error).message;
      }
    }, JSON.stringify(given));
  expect(await run(program(true))).toBe('the program has general code');
  expect(await run(program(false))).toEqual([]);
});

/** The real Worker, and the page of the documentation: docs/reference/sdk.md, "Rules in the browser". */
const KEY = 'wk_main.localsite12';
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36';
const CSP =
  "script-src 'nonce-n' 'strict-dynamic'; require-trusted-types-for 'script'; trusted-types selvedge; style-src 'none'";
let platform: Platform;
beforeAll(async () => {
  await buildSdkText();
  platform = await startPlatform({ persist: null });
}, 120_000);
afterAll(() => platform.stop());

async function operator(method: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${platform.url}/v1/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${platform.secrets.operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status, path).toBeLessThan(300);
}

function documented(): string {
  const page = readFileSync(join(ROOT, 'docs/reference/sdk.md'), 'utf8');
  const block = /## Rules in the browser[\s\S]*?```html\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  return block
    .replaceAll('nonce="…"', 'nonce="n"')
    .replace('"/sdk-local.js?key=wk_main.…"', `"${platform.url}/sdk-local.js?key=${KEY}"`);
}

/** Of the documented page. */
declare const track: (type: string, data: object) => Promise<InteractResponse | null>;
declare const isMember: (segment: string) => boolean;

test('a page evaluates a segment on what it tracked in this tab, as the edge does, and without it', async () => {
  const NEEDS = { keen: 2, zealous: 3, devoted: 4 };
  const ids = Object.keys(NEEDS);
  await operator('PUT', 'sources/local', {
    name: 'local',
    writeKeys: [KEY],
    allowedOrigins: [stage.peer.origin],
    identityMode: 'token',
    defaultConsent: { personalization: 'in' },
    sdk: { pageViews: false },
  });
  for (const [id, least] of Object.entries(NEEDS))
    await operator('PUT', `segments/${id}`, {
      name: id,
      purpose: 'personalization',
      public: true,
      inBrowser: true,
      rule: `xEvent[eventType = "product.viewed" and timestamp occurs <= 1 day before now].count() >= ${least}`,
    });
  await operator('POST', 'publish', {});
  stage.peer.pages.set('/', {
    html: stage.html(documented(), { src: `${platform.url}/sdk.js?key=${KEY}` }),
    headers: { 'content-security-policy': CSP },
  });
  // As people have it: a headless browser is taken for a bot, of which nothing is stored.
  const context = await stage.browser.newContext({ userAgent: AGENT });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(stage.peer.origin);
  // The first view is the page's own. Once it is answered, each answer is about the view that it belongs to.
  await page.evaluate(() => selvedge('ready'));
  /** Tracks one more view: the segments that the page finds at once, and those that the edge then tells of. */
  const view = () =>
    page.evaluate(async (all) => {
      const answered = track('product.viewed', { productId: 'p1' });
      const here = all.filter((id) => isMember(id));
      const answer = await answered;
      return { here, told: answer?.memberships.map(({ segment, status }) => `${segment} ${status}`) ?? null };
    }, ids);
  expect(await page.evaluate((all) => all.filter((id) => isMember(id)), ids)).toEqual([]);
  expect(await view()).toEqual({ here: ['keen'], told: ['keen entered'] });
  expect(await view()).toEqual({ here: ['keen', 'zealous'], told: ['zealous entered'] });
  expect(problems).toEqual([]);
  await context.setOffline(true);
  expect(await view()).toEqual({ here: ['keen', 'zealous', 'devoted'], told: null });
  await context.close();
});

const EMPTY = {
  format: 2,
  logHash: '',
  queryHash: '',
  log: { types: [], columns: [] },
  zone: { name: 'UTC', starts: [], offsets: [0] },
  attributes: [],
  queries: [],
  words: 0,
  predicates: [],
  segments: [],
  code: [],
  order: [],
};
