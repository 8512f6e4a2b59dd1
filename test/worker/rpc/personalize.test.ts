import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORIGIN, viewed } from '../../support/platform.ts';
import { type Front, startFront, stateOf } from './front.ts';

let front: Front;
beforeAll(async () => {
  front = await startFront();
  await front.publish([
    [
      'sources/undecided',
      {
        name: 'Nobody has said yet what they agree to',
        writeKeys: ['wk_main.undecided1'],
        allowedOrigins: [ORIGIN.web],
        identityMode: 'cookie',
        group: 'undecided',
        defaultConsent: { analytics: 'pending', personalization: 'pending', advertising: 'out' },
      },
    ],
    [
      'sources/wide',
      {
        name: 'Two sites',
        writeKeys: ['wk_main.widekey123'],
        allowedOrigins: [ORIGIN.web, ORIGIN.second],
        identityMode: 'cookie',
        group: 'wide',
        defaultConsent: { analytics: 'in', personalization: 'in' },
      },
    ],
    ['placements/moved', { name: 'Moved', kind: 'redirect', fallback: null }],
    [
      'offers/moved-on',
      {
        name: 'Moved on',
        placements: ['moved'],
        content: { url: '/product/p1?from=old' },
        caps: [{ count: 1, of: 'impression' }],
      },
    ],
    ['placements/away', { name: 'Away', kind: 'redirect', fallback: null }],
    ['offers/led-away', { name: 'Led away', placements: ['away'], content: { url: `${ORIGIN.second}/sale` } }],
    ['placements/picks', { name: 'Picks', kind: 'list', fallback: null }],
    ['offers/picked', { name: 'Picked', placements: ['picks'], content: { items: [{ id: 'p1' }] } }],
  ]);
}, 90_000);
afterAll(() => front.stop());

const get: Front['get'] = (path, headers) => front.get(path, headers);

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

  it('shows by a preview link what the link says, and goes on as before without it', async () => {
    const chosen = { offers: { hero: 'hero-viewer', timed: 'timed-later' }, minutes: 5 };
    const { query } = (await front.operator('POST', 'previews', chosen)).body as { readonly query?: string };
    const html = await (await get(`/?${query}`)).text();
    expect(html).toContain('data-selvedge-rendered="hero-viewer"');
    const shown = stateOf(html).propositions.map((one: Told['propositions'][number]) => [one.offer, one.reason]);
    expect(shown).toEqual([
      ['for-all', 'eligible'],
      ['hero-viewer', 'forced'],
      ['timed-later', 'forced'],
    ]);
    const forged = await (await get(`/?${query?.slice(0, -4)}AAAA`)).text();
    expect(forged).toContain('<i>hero</i>');
  });

  it('gives an automated reader the defaults, and no cookie', async () => {
    const response = await get('/', { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' });
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).not.toContain('for-all');
  });

  it.each([
    ['sends its beginning before the rest', '/slow'],
    ['sends its beginning before the decision, also where the origin sends all at once', '/late'],
  ])('%s', async (_, path) => {
    const response = await get(path);
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
    const response = await get(path);
    const html = await response.text();
    expect(html).toContain('<div data-selvedge="plain">own plain</div>');
    expect(html).toContain('</html>');
    // The SDK asks again, and nobody keeps the page meanwhile.
    expect(stateOf(html)).toMatchObject({ degraded: true, propositions: [] });
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(response.headers.get('etag')).toBeNull();
  });

  it('is filled over HTTP just so', async () => {
    const first = await get('/by-http');
    expect(await first.text()).toContain('data-selvedge-rendered="for-all"');
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
  });

  it('waits for the origin, not for the clock: what was decided meanwhile is never too late', async () => {
    const html = await (await get('/thinking')).text();
    expect(html).toContain('data-selvedge-rendered="for-all"');
    expect(stateOf(html).degraded).toBeUndefined();
  });

  it('is whole where the binding is missing', async () => {
    const html = await (await get('/gone')).text();
    expect(html).toContain('<div data-selvedge="plain">own plain</div>');
    expect(stateOf(html)).toMatchObject({ degraded: true });
  });

  it('may leave out its end, and mark what holds nothing', async () => {
    const html = await (await get('/open-end')).text();
    expect(html).toContain('<p>for-all</p>');
    expect(stateOf(html).propositions).toHaveLength(2);
  });

  it('gives no cookie to somebody who has still to agree to anything', async () => {
    const response = await get('/undecided');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).toContain('<div data-selvedge="plain" data-selvedge-rendered="fallback"');
  });

  it.each([
    ['a page', { accept: 'text/html,*/*;q=0.8', 'sec-fetch-dest': 'document' }, 'true'],
    ['a page that a script fetches', { accept: 'text/html', 'sec-fetch-dest': 'empty' }, 'true'],
    ['a page, of a tool', { accept: '*/*' }, 'true'],
    ['a picture', { accept: 'image/avif,image/webp,*/*;q=0.8', 'sec-fetch-dest': 'image' }, 'false'],
    ['a picture, of an old browser', { accept: 'image/webp,image/*,*/*;q=0.5' }, 'false'],
    ['a style', { accept: 'text/css,*/*;q=0.1', 'sec-fetch-dest': 'style' }, 'false'],
    ['a script', { accept: '*/*', 'sec-fetch-dest': 'script' }, 'false'],
    ['what a script fetches', { accept: '*/*', 'sec-fetch-dest': 'empty' }, 'false'],
  ])('is decided for %s as it should be', async (_, headers, expected) => {
    expect((await get('/asked', headers)).headers.get('x-asked')).toBe(expected);
  });

  it.each(['/data', '/missing'])('is left alone when it is no page: %s', async (path) => {
    const response = await get(path);
    expect(response.headers.get('etag')).toBe('"abc"');
    expect(await response.text()).not.toContain('selvedge-state');
  });
});

describe('a page that leads on', () => {
  const cookieOf = (response: Response) => response.headers.getSetCookie().map((each) => each.split(';')[0] ?? '');

  it('is a redirect that nobody may keep; the offer counts as seen, for the visitor whom it made', async () => {
    const response = await get('/old');
    expect([response.status, response.headers.get('location')]).toEqual([302, `${ORIGIN.web}/product/p1?from=old`]);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    const [visitor = '', led] = cookieOf(response);
    expect(visitor).toMatch(/^__Host-sv=/);
    expect(led).toBe('__Host-sv-led=1');
    // One impression is all that its cap allows.
    expect((await get('/old', { cookie: visitor })).status).toBe(200);
  });

  it('where the origin leads on, a new visitor has the cookie at the next address; who has one gets the answer as it is', async () => {
    const response = await get('/home');
    expect([response.status, response.headers.get('location')]).toEqual([301, '/en']);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    const [visitor = ''] = cookieOf(response);
    expect(visitor).toMatch(/^__Host-sv=/);
    expect((await get('/home', { cookie: visitor })).headers.get('cache-control')).toBe('public, max-age=3600');
  });

  it('leads to hosts of the source that asks: another source allows its own', async () => {
    expect((await get('/away')).status).toBe(200);
    expect((await get('/away-by-http')).status).toBe(200);
    for (const path of ['/away-wide', '/away-by-http-named']) {
      const response = await get(path);
      expect([path, response.status, response.headers.get('location')]).toEqual([path, 302, `${ORIGIN.second}/sale`]);
    }
  });

  it('leads nobody on who was led here just now: a circle ends', async () => {
    const response = await get('/old', { cookie: '__Host-sv-led=1' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<p>for-all</p>');
  });
});

describe('the binding', () => {
  it('refuses as the HTTP door does', async () => {
    expect(await (await get('/refused')).text()).toMatch(/key/i);
  });

  describe.each(['by RPC', 'by HTTP'])('%s', (way) => {
    const call = async (headers: Record<string, string>) => {
      const visitor = front.shop.visitor();
      await visitor.interact({ events: [viewed()] });
      const path = `/calls?visitor=${visitor.token}${way === 'by HTTP' ? '&http' : ''}`;
      const response = await get(path, { ...headers, 'x-server-key': front.shop.serverKey });
      const { decided, told } = await response.json<{ decided: Told; told: Told & { accepted: number } }>();
      return { asked: shown(decided), told: shown(told), accepted: told.accepted };
    };

    it('asks and tells for a visitor', async () => {
      const all = { ads: 'sponsored', plain: 'for-all' };
      expect(await call({})).toEqual({ asked: all, told: all, accepted: 1 });
    });

    it('passes on that its owner wants no advertising', async () => {
      const less = { ads: 'noneEligible', plain: 'for-all' };
      expect(await call({ 'sec-gpc': '1' })).toEqual({ asked: less, told: less, accepted: 1 });
    });

    it('passes on that the page is only fetched ahead: nothing counts', async () => {
      const none = { ads: 'prefetch', plain: 'prefetch' };
      expect(await call({ 'sec-purpose': 'prefetch' })).toEqual({ asked: none, told: none, accepted: 0 });
    });
  });
});

interface Told {
  readonly propositions: readonly {
    readonly placement: string;
    readonly offer: string | null;
    readonly reason: string;
  }[];
}

const shown = ({ propositions }: Told) =>
  Object.fromEntries(propositions.map(({ placement, offer, reason }) => [placement, offer ?? reason]));
