import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../dev/build.ts';
import { BROWSER, ORIGIN, type Shop, startShop, WRITE_KEY } from '../../support/platform.ts';

let shop: Shop;
let folder: string;
let front: string;
const FRONT = { name: 'front', bindings: { KEY: WRITE_KEY.web, SITE: ORIGIN.web } };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-front-'));
  const scriptPath = join(folder, 'front.js');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/worker/rpc/front-worker.ts'],
    outfile: scriptPath,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
  });
  shop = await startShop({ beside: [{ ...FRONT, scriptPath }] });
  front = await shop.platform.urlOf('front');
}, 60_000);
afterAll(async () => {
  await shop.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(front + path, { redirect: 'manual', headers: { 'user-agent': BROWSER, accept: 'text/html', ...headers } });
const stateOf = (html: string) => {
  const text = /<script type="application\/json" id="selvedge-state">(.*?)<\/script>/.exec(html)?.[1];
  return text === undefined ? null : JSON.parse(text);
};

describe('a page in front of which Selvedge stands', () => {
  it('has its marked elements filled, and the answer for the SDK beside them', async () => {
    const response = await get('/');
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toMatch(
      /<div data-selvedge="plain" data-selvedge-rendered="for-all" data-selvedge-proposition="prp_[^"]+"><p>for-all<\/p><\/div>/,
    );
    expect(html).toContain('data-selvedge-rendered="fallback"');
    expect(html).toContain('<i>hero</i>');
    expect(html).toContain('<div data-selvedge="other">own other</div>');
    const state = stateOf(html);
    expect(state).toMatchObject({ v: 1 });
    expect(state.propositions.map(({ placement }: { placement: string }) => placement)).toEqual([
      'plain',
      'hero',
      'timed',
    ]);
  });

  it('reflects the event that this very page is', async () => {
    expect(await (await get('/product/p1')).text()).toContain('data-selvedge-rendered="hero-viewer"');
  });

  it('is private: nothing in its headers is about the bytes of the origin', async () => {
    const { headers } = await get('/', { 'if-none-match': '"abc"', 'if-modified-since': 'x', range: 'bytes=0-1' });
    expect(headers.get('cache-control')).toBe('private, no-cache');
    for (const name of ['etag', 'last-modified', 'content-length']) expect(headers.get(name)).toBeNull();
    expect(headers.get('x-saw')).toBe('');
    expect((await get('/private')).headers.get('cache-control')).toBe('private, no-store');
  });

  it('sets the cookie of a new visitor in its own headers, and none for who has one', async () => {
    const first = await get('/product/p1');
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^__Host-sv=[\w-]{60,90}; Path=\/; Max-Age=34560000; Secure; HttpOnly; SameSite=Lax$/);
    await first.text();
    const again = await get('/', { cookie: cookie.split(';')[0] ?? '' });
    expect(again.headers.get('set-cookie')).toBeNull();
    // The same visitor: what she viewed on the first page still counts.
    expect(await again.text()).toContain('data-selvedge-rendered="hero-viewer"');
  });

  it('gives an automated reader the defaults, and no cookie', async () => {
    const response = await get('/', { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' });
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).not.toContain('for-all');
  });

  it('sends its beginning before the rest, and before the decision', async () => {
    const response = await get('/slow');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    expect(first).toContain('<title>Shop</title>');
    expect(first).not.toContain('data-selvedge');
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read())
      rest += new TextDecoder().decode(part.value);
    expect(rest).toContain('<p>for-all</p>');
  });

  it.each(['/hurry', '/bad-key'])('is whole without an answer in time: %s', async (path) => {
    const html = await (await get(path)).text();
    expect(html).toContain('<div data-selvedge="plain">own plain</div>');
    expect(html).toContain('</html>');
  });

  it.each(['/data', '/missing'])('is left alone when it is no page: %s', async (path) => {
    const response = await get(path);
    expect(response.headers.get('etag')).toBe('"abc"');
    expect(await response.text()).not.toContain('selvedge-state');
  });
});

describe('the binding', () => {
  it('answers as the HTTP door does', async () => {
    expect(await (await get('/refused')).text()).toMatch(/key/i);
  });
});
