import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieOf, event, ORIGIN, type Shop, startShop, viewed, WRITE_KEY } from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

const from = (origin: string) => ({ origin });
const body = () => ({ events: [viewed()] });

describe('who may call', () => {
  it.each([
    ['no key', '', from(ORIGIN.web), 401, 'missingKey'],
    ['a key that is no key', '?key=banana', from(ORIGIN.web), 401, 'unknownKey'],
    ['a wrong key of this space', '?key=wk_main.wrongwrong', from(ORIGIN.web), 401, 'unknownKey'],
    ['a key of a space without a ruleset', '?key=wk_other.webkey1234', from(ORIGIN.web), 401, 'unknownKey'],
    ['a space that cannot be', '?key=wk_-x-.webkey1234', from(ORIGIN.web), 401, 'unknownKey'],
    ['a wrong server key', '?key=sk_main.wrongwrong', {}, 401, 'unknownKey'],
    ['an operator token', '?key=op_main.wrongwrong', {}, 401, 'unknownKey'],
    ['a forbidden origin', `?key=${WRITE_KEY.web}`, from('http://evil.test'), 403, 'originNotAllowed'],
    ['a missing origin', `?key=${WRITE_KEY.web}`, {}, 403, 'originNotAllowed'],
    ['the null origin of a sandbox', `?key=${WRITE_KEY.web}`, from('null'), 403, 'originNotAllowed'],
    [
      'an origin that only begins like an allowed one',
      `?key=${WRITE_KEY.web}`,
      from(`${ORIGIN.web}.evil.test`),
      403,
      'originNotAllowed',
    ],
    [
      'another scheme of an allowed host',
      `?key=${WRITE_KEY.web}`,
      from(ORIGIN.web.replace('http:', 'https:')),
      403,
      'originNotAllowed',
    ],
    ['the key of another source', `?key=${WRITE_KEY.second}`, from(ORIGIN.web), 403, 'originNotAllowed'],
  ])(
    'refuses %s on both doors, with a problem document and no CORS header',
    async (_, query, headers, status, kind) => {
      for (const route of ['interact', 'collect']) {
        const answer = await shop.send(`/v1/${route}${query}`, { headers, body: body() });
        expect([answer.status, answer.problem]).toEqual([status, kind]);
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
        expect(answer.body.instance).toBe(answer.headers.get('x-request-id'));
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
        expect(answer.headers.get('set-cookie')).toBeNull();
      }
    },
  );

  it('stores nothing for a cookie-bearing POST with a foreign or missing Origin', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('own')] });
    const before = await shop.objects('PROFILE');
    for (const headers of [from('http://evil.test'), {}]) {
      const forged = await shop.send(`/v1/interact?key=${WRITE_KEY.web}`, {
        headers: { ...headers, cookie: `__Host-sv=${visitor.token}` },
        body: { events: [viewed('forged')] },
      });
      expect([forged.status, forged.problem]).toEqual([403, 'originNotAllowed']);
    }
    const seen = await shop.decide({ visitor: visitor.token, include: ['profile', 'recent'] });
    expect(seen.body.profile?.events).toBe(1);
    expect(seen.body.recent?.map(({ productId }) => productId)).toEqual(['own']);
    expect(await shop.objects('PROFILE')).toBe(before);
  });

  it('refuses a forbidden origin also when the key comes in the body', async () => {
    const answer = await shop.send('/v1/collect', {
      headers: from('http://evil.test'),
      body: { key: WRITE_KEY.web, ...body() },
    });
    expect([answer.status, answer.problem]).toEqual([403, 'originNotAllowed']);
  });

  it('takes the key from the header, the query or the body, in that order', async () => {
    const good = { headers: from(ORIGIN.web), body: { key: WRITE_KEY.web, ...body() } };
    expect((await shop.send('/v1/collect', good)).body.accepted).toBe(1);
    expect((await shop.send('/v1/collect?key=wk_main.wrongwrong', good)).problem).toBe('unknownKey');
    const bearer = { headers: { ...from(ORIGIN.web), authorization: `Bearer ${WRITE_KEY.web}` }, body: body() };
    expect((await shop.send('/v1/collect?key=wk_main.wrongwrong', bearer)).body.accepted).toBe(1);
  });

  it('lets only server keys ask /v1/decide', async () => {
    const answer = await shop.send(`/v1/decide?key=${WRITE_KEY.web}`, {
      headers: from(ORIGIN.web),
      body: { placements: ['hero'] },
    });
    expect([answer.status, answer.problem]).toEqual([403, 'keyKindNotAllowed']);
    expect((await shop.decide({ placements: ['hero'] })).status).toBe(200);
  });

  it('answers unknown paths and methods with a problem', async () => {
    expect((await shop.send('/v1/nothing', { body: {} })).problem).toBe('notFound');
    expect((await shop.send('/v1/interact', { method: 'GET' })).problem).toBe('notFound');
  });
});

describe('CORS', () => {
  const preflight = (query: string, origin: string) =>
    shop.send(`/v1/interact${query}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });

  it('answers a preflight for an allowed origin with the key in the query', async () => {
    const answer = await preflight(`?key=${WRITE_KEY.web}`, ORIGIN.web);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN.web);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('content-encoding');
    expect(answer.headers.get('access-control-allow-methods')).toContain('POST');
    expect(answer.headers.get('vary')).toBe('Origin');
  });

  it.each([
    ['without a key', '', ORIGIN.web],
    ['for a forbidden origin', `?key=${WRITE_KEY.web}`, 'http://evil.test'],
    ['with the key of another source', `?key=${WRITE_KEY.second}`, ORIGIN.web],
    ['with an unknown key', '?key=wk_main.wrongwrong', ORIGIN.web],
  ])('refuses a preflight %s', async (_, query, origin) => {
    const answer = await preflight(query, origin);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('echoes the origin with credentials and exposes what clients read, on answers and on refusals alike', async () => {
    const path = `/v1/interact?key=${WRITE_KEY.web}`;
    const answers = [
      await shop.send(path, { headers: from(ORIGIN.web), body: body() }),
      await shop.send(path, { headers: from(ORIGIN.web), body: '{"events":' }),
      await shop.send(path, { headers: from(ORIGIN.web), body: { nonsense: 1 } }),
      await shop.send(path, { headers: from(ORIGIN.web), body: { proof: 'a.b.c' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 422, 401]);
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN.web);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
      expect(headers.get('access-control-expose-headers')?.toLowerCase().split(', ')).toEqual(
        expect.arrayContaining(['x-request-id', 'retry-after']),
      );
      expect(headers.get('vary')).toBe('Origin');
    }
  });

  it('gives servers no CORS header and no cookie', async () => {
    const answer = await shop.server({
      events: [viewed('p', { identities: [{ namespace: 'customer', value: 'cors-1' }] })],
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('set-cookie')).toBeNull();
  });
});

describe('cookies', () => {
  it('sets a first-party cookie that only this host, TLS and the server can see, Lax', async () => {
    const cookie = (await shop.visitor().interact(body())).headers.get('set-cookie') ?? '';
    expect(cookie.split('; ').slice(1).sort()).toEqual([
      'HttpOnly',
      `Max-Age=${400 * 86_400}`,
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ]);
    expect(cookie).toMatch(/^__Host-sv=[A-Za-z0-9_-]{60,90};/);
  });

  it('sets a partitioned cookie for a source used across sites', async () => {
    const cookie = (await shop.visitor('embed').interact(body())).headers.get('set-cookie') ?? '';
    expect(cookie.split('; ')).toEqual(
      expect.arrayContaining(['SameSite=None', 'Partitioned', 'Secure', 'HttpOnly', 'Path=/']),
    );
    expect(cookie).not.toContain('Domain');
  });

  it('shows no token to the page in cookie mode, and sets no cookie in token mode', async () => {
    const inCookie = await shop.visitor().interact(body());
    expect(inCookie.body.visitor.token).toBeUndefined();
    const inToken = await shop.visitor('app').interact(body());
    expect(inToken.body.visitor.token).toMatch(/^[A-Za-z0-9_-]{60,90}$/);
    expect(inToken.headers.get('set-cookie')).toBeNull();
  });

  it('sets the cookie once, not with every answer', async () => {
    const visitor = shop.visitor();
    expect(cookieOf(await visitor.interact(body()))).not.toBeNull();
    expect(cookieOf(await visitor.interact(body()))).toBeNull();
  });

  it('finds the cookie among others, and ignores it for a server key', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('mine')] });
    const cookie = `a=b; __Host-sv=${visitor.token}; c=d`;
    const back = await shop.send(`/v1/interact?key=${WRITE_KEY.web}`, {
      headers: { ...from(ORIGIN.web), cookie },
      body: { events: [event('page.viewed', { url: 'http://x' })] },
    });
    expect(back.body.visitor?.isNew).toBe(false);
    const asServer = await shop.send('/v1/decide', {
      headers: { authorization: `Bearer ${shop.serverKey}`, cookie },
      body: { include: ['profile'] },
    });
    expect(asServer.body.profile).toBeUndefined();
  });

  it('replaces a cookie that does not verify in silence: its page cannot help it', async () => {
    const visitor = shop.visitor();
    visitor.token = 'A'.repeat(82);
    const answer = await visitor.interact(body());
    expect([answer.status, answer.body.visitor.isNew, answer.body.accepted]).toEqual([200, true, 1]);
    expect(cookieOf(answer)).not.toBeNull();
  });
});
