import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AdminHarness, type Operator, startAdminHarness } from '../../support/admin-harness.ts';
import { createBrowser } from '../../support/browser.ts';
import { CLIENT, type OidcProvider, startOidcProvider } from '../../support/oidc-provider.ts';

let provider: OidcProvider;
let harness: AdminHarness;
let owner: Operator;
let serial = 0;
const AUDIENCE = 'a'.repeat(64);

beforeAll(async () => {
  provider = await startOidcProvider();
  harness = await startAdminHarness({
    OIDC_ISSUER: provider.url,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
    // The same server plays Cloudflare Access: both are known by their issuer.
    ACCESS_TEAM: provider.url,
    ACCESS_AUDIENCE: AUDIENCE,
  });
  owner = await harness.newSpace();
  await owner.call('POST', '/operators', { name: 'ada', role: 'viewer', email: 'ada@example.org' });
  await owner.call('POST', '/operators', { name: 'lovelace', role: 'viewer', email: 'lovelace@example.org' });
  provider.person = { sub: 'ada', email: 'lovelace@example.org', email_verified: true };
});
afterAll(async () => {
  await harness.stop();
  await provider.stop();
});
beforeEach(() => {
  provider.twist = {};
});

const at = (path: string) => `${harness.origin}/v1/admin${path}`;
const from = () => ({ 'cf-connecting-ip': `198.51.100.${++serial}` });
const signIn = () => createBrowser().visit(at(`/sign-in?space=${owner.space}`), from());
const outcome = () =>
  harness.logs
    .map((line) => JSON.parse(line) as { kind?: string; outcome?: string })
    .filter(({ kind }) => kind === 'signIn')
    .at(-1)?.outcome;

async function refused(reason: string) {
  const answer = await signIn();
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ type: 'https://selvedge.dev/problems/signInFailed' });
  await expect.poll(outcome).toBe(reason);
}

const seconds = () => Math.floor(Date.now() / 1000);
const unsigned = (payload: JWTPayload) =>
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.`;

describe('an ID token', () => {
  it('is taken when everything about it is right', async () => {
    expect((await signIn()).status).toBe(200);
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['another issuer', 'badToken', { iss: 'https://evil.example' }],
    ['another audience', 'badToken', { aud: 'another client' }],
    ['several audiences and no azp', 'badToken', { aud: ['another client', CLIENT.id] }],
    ['another azp', 'badToken', { azp: 'another client' }],
    ['another nonce', 'nonce', { nonce: 'x' }],
    ['no nonce', 'badToken', { nonce: undefined }],
    ['no end', 'badToken', { exp: undefined }],
    ['no beginning', 'badToken', { iat: undefined }],
    ['a beginning to come', 'badToken', { iat: seconds() + 3_600 }],
    ['an old beginning', 'expiredToken', { iat: seconds() - 3_600 }],
    ['an end that was', 'expiredToken', { exp: seconds() - 60 }],
    ['a time before which it is not valid', 'badToken', { nbf: seconds() + 3_600 }],
    ['no subject', 'badToken', { sub: undefined }],
    ['an empty subject', 'badToken', { sub: '' }],
    ['a subject without end', 'badToken', { sub: 'x'.repeat(300) }],
  ])('with %s is refused', async (_, reason, claims) => {
    provider.twist = { claims };
    await refused(reason);
  });

  it('is refused without a signature, and with one that a client could make', async () => {
    provider.twist = { sign: async (payload) => unsigned(payload) };
    await refused('badToken');
    const hmac = (key: string) => (payload: JWTPayload) =>
      new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(key.padEnd(32)));
    provider.twist = { sign: hmac(CLIENT.secret) };
    await refused('badToken');
    provider.twist = { sign: async (payload) => `${(await provider.sign(payload)).slice(0, -8)}AAAAAAAA` };
    await refused('badToken');
  });

  it('is refused when another key signed it, and taken when the provider has another key', async () => {
    const other = await startOidcProvider();
    provider.twist = { sign: (payload) => other.sign(payload) };
    await refused('badToken');
    await other.stop();
    provider.twist = {};
    await provider.rotateKeys();
    // Unknown keys make us ask, not more often than every half minute: what was asked for just now is believed.
    await refused('badToken');
  });
});

describe('a provider', () => {
  const isolate = async (work: (fresh: AdminHarness) => Promise<void>, texts: Record<string, string> = {}) => {
    const fresh = await startAdminHarness({ OIDC_ISSUER: provider.url, OIDC_CLIENT_ID: CLIENT.id, ...texts });
    try {
      await work(fresh);
    } finally {
      await fresh.stop();
    }
  };
  const begin = (fresh: AdminHarness) =>
    createBrowser().open(`${fresh.origin}/v1/admin/sign-in`, { 'cf-connecting-ip': '198.51.100.1' });

  it('is not followed elsewhere, not waited for without end, and believed in no address that is not https', async () => {
    const plain =
      (body: string, status = 200) =>
      (response: ServerResponse) =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    const path = '/.well-known/openid-configuration';
    const redirect = (response: ServerResponse) =>
      void response.writeHead(302, { location: `${provider.url}/elsewhere` }).end();
    const cases: readonly (readonly [string, OidcProvider['twist']])[] = [
      ['redirected', { answers: { [path]: redirect } }],
      ['tooLarge', { answers: { [path]: plain(`"${'x'.repeat(200_000)}"`) } }],
      ['notJson', { answers: { [path]: plain('<html>') } }],
      ['refused', { answers: { [path]: plain('{}', 500) } }],
      ['badDocument', { answers: { [path]: plain('{}') } }],
      ['unreachable', { answers: { [path]: (response) => void response.destroy() } }],
      ['unreachable', { answers: { [path]: () => undefined } }],
      ['unreachable', { answers: { [path]: (response) => void response.writeHead(200).write('{') } }],
      ['otherIssuer', { document: { issuer: 'https://evil.example' } }],
      ['badAddress', { document: { token_endpoint: 'http://evil.example/token' } }],
      ['badAddress', { document: { jwks_uri: 'http://169.254.169.254/latest/meta-data' } }],
      ['badAddress', { document: { jwks_uri: 'https://169.254.169.254/' } }],
      ['badAddress', { document: { userinfo_endpoint: 'https://metadata.google.internal/' } }],
      ['badAddress', { document: { authorization_endpoint: 'javascript:alert(1)' } }],
      ['badAddress', { document: { token_endpoint: 'https://user:password@example.org/' } }],
    ];
    await isolate(async (fresh) => {
      for (const [reason, twist] of cases) {
        provider.twist = twist;
        provider.asked.length = 0;
        const answer = await begin(fresh);
        expect([reason, answer.status]).toEqual([reason, 400]);
        const said = () => fresh.logs.map((line) => (JSON.parse(line) as { outcome?: string }).outcome).at(-1);
        await expect.poll(said).toBe(reason);
        expect(provider.asked).toEqual([path]);
      }
      provider.twist = {};
      expect((await begin(fresh)).status).toBe(303);
    });
  });

  it('on this machine is asked by a Worker on this machine alone', async () => {
    provider.asked.length = 0;
    await isolate(async (fresh) => {
      const { hostname, port } = new URL(fresh.origin);
      const { request } = await import('node:http');
      const status = await new Promise((resolve) => {
        const headers = { host: 'selvedge.example' };
        request({ hostname, port, path: '/v1/admin/sign-in', headers }, (answer) => resolve(answer.statusCode)).end();
      });
      expect(status).toBe(400);
    });
    expect(provider.asked).toEqual([]);
  });
});

describe('Cloudflare Access', () => {
  const access = (claims: Record<string, unknown> = {}) =>
    provider.sign({
      iss: provider.url,
      aud: [AUDIENCE],
      sub: 'access-ada',
      email: 'ada@example.org',
      iat: seconds(),
      exp: seconds() + 60,
      type: 'app',
      ...claims,
    });
  const enter = async (jwt: string, browser = createBrowser()) =>
    browser.visit(at(`/sign-in?space=${owner.space}`), { 'cf-access-jwt-assertion': jwt, ...from() });

  it('signs in whom it let through, in one step', async () => {
    const fresh = await startAdminHarness({ ACCESS_TEAM: provider.url, ACCESS_AUDIENCE: AUDIENCE });
    try {
      const body = { name: 'ada', role: 'viewer', email: 'ada@example.org' };
      await fresh.bootstrap.call('POST', '/operators', body);
      const browser = createBrowser();
      const url = `${fresh.origin}/v1/admin/sign-in`;
      const me = await browser.visit(url, { 'cf-access-jwt-assertion': await access() });
      expect(await me.json()).toMatchObject({ name: 'ada', space: 'main', session: expect.any(String) });
      // The header alone is nobody: a session begins at the door, where it can be ended again.
      const header = { 'cf-access-jwt-assertion': await access() };
      expect((await fetch(`${fresh.origin}/v1/admin/me`, { headers: header })).status).toBe(401);
      expect((await createBrowser().open(url)).status).toBe(404);
    } finally {
      await fresh.stop();
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ['another application', { aud: ['b'.repeat(64)] }],
    ['another team', { iss: 'https://evil.cloudflareaccess.com' }],
    ['a program', { email: undefined, common_name: 'service token', sub: '' }],
    ['yesterday', { exp: seconds() - 60 }],
  ])('does not for %s', async (_, claims) => {
    expect((await enter(await access(claims))).status).toBe(400);
  });

  it('does not for who was not invited, nor for what it did not sign', async () => {
    expect((await enter(await access({ sub: 'x', email: 'x@example.org' }))).status).toBe(403);
    expect((await enter(unsigned({ sub: 'ada', email: 'ada@example.org' }))).status).toBe(400);
  });
});

describe('a command line', () => {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const state = randomBytes(16).toString('base64url');
  const exchange = (body: object) =>
    fetch(at('/sign-in/token'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...from() },
      body: JSON.stringify(body),
    });
  async function codeFor() {
    const browser = createBrowser();
    const cli = `&cliPort=4711&cliChallenge=${challenge}&cliState=${state}`;
    const token = await provider.sign({
      iss: provider.url,
      aud: AUDIENCE,
      sub: 'ada',
      email: 'lovelace@example.org',
      iat: seconds(),
      exp: seconds() + 60,
    });
    const answer = await browser.open(at(`/sign-in?space=${owner.space}${cli}`), { 'cf-access-jwt-assertion': token });
    const url = new URL(answer.headers.get('location') ?? '');
    expect([url.origin, url.searchParams.get('state')]).toEqual(['http://127.0.0.1:4711', state]);
    expect(browser.cookies.has('__Host-selvedge_operator')).toBe(false);
    return url.searchParams.get('code') ?? '';
  }

  it('gets a token of its own for its code, once, and only the one that asked', async () => {
    const code = await codeFor();
    // The code opens nothing by itself.
    expect((await harness.as(code).call('GET', '/me', undefined, from())).status).toBe(401);
    expect((await exchange({ code, verifier: randomBytes(32).toString('base64url') })).status).toBe(400);
    const answers = await Promise.all([exchange({ code, verifier }), exchange({ code, verifier })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    const given = (await answers.find(({ ok }) => ok)?.json()) as { token: string; name: string; expiresAt: string };
    expect(given).toMatchObject({ name: 'lovelace', space: owner.space });
    const cli = harness.as(given.token);
    expect((await cli.call('GET', '/me')).body).toMatchObject({ name: 'lovelace', role: 'viewer' });
    // Shown as a token, it needs no page of ours; as a cookie it is nothing.
    const cookie = `__Host-selvedge_operator=${given.token}`;
    expect((await fetch(at('/me'), { headers: { cookie } })).status).toBe(401);
    const sessions = (await cli.call('GET', '/sessions')).body.items as unknown as readonly {
      id: string;
      kind: string;
      current: boolean;
    }[];
    const mine = sessions.find(({ current }) => current);
    expect(mine?.kind).toBe('cli');
    expect((await cli.call('DELETE', `/sessions/${mine?.id}`)).status).toBe(204);
    expect((await cli.call('GET', '/me')).status).toBe(401);
  });

  it('gets nothing for a code that is a minute old', async () => {
    const code = await codeFor();
    await harness.db
      .prepare("UPDATE operator_session SET expires_at = ? WHERE space = ? AND kind = 'code'")
      .bind(Date.now(), owner.space)
      .run();
    expect((await exchange({ code, verifier })).status).toBe(400);
  });

  it('is refused what it does not ask for rightly', async () => {
    for (const body of [{}, { code: 'x', verifier }, { code: 'x', verifier, role: 'owner' }, []])
      expect([400, 422]).toContain((await exchange(body)).status);
    for (const more of [
      '&cliPort=4711',
      `&cliPort=80&cliChallenge=${challenge}&cliState=${state}`,
      `&cliPort=4711@evil.example&cliChallenge=${challenge}&cliState=${state}`,
    ])
      expect((await createBrowser().open(at(`/sign-in?space=${owner.space}${more}`))).status).toBe(400);
  });
});
