import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AdminHarness, type Operator, startAdminHarness } from '../../support/admin-harness.ts';
import { type Browser, createBrowser } from '../../support/browser.ts';
import { CLIENT, type OidcProvider, startOidcProvider } from '../../support/oidc-provider.ts';

let provider: OidcProvider;
let harness: AdminHarness;
let owner: Operator;
let serial = 0;

beforeAll(async () => {
  provider = await startOidcProvider();
  harness = await startAdminHarness({
    OIDC_ISSUER: provider.url,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
  });
});
afterAll(async () => {
  await harness.stop();
  await provider.stop();
});
beforeEach(async () => {
  owner = await harness.newSpace();
  provider.twist = {};
});

const SESSION = '__Host-selvedge_operator';
const at = (path: string) => `${harness.origin}/v1/admin${path}`;
const start = (more = '') => at(`/sign-in?space=${owner.space}${more}`);
/** Addresses of their own, so that what one test gets wrong locks out no other. */
const from = () => ({ 'cf-connecting-ip': `198.51.100.${++serial}` });

async function invite(email: string, more: object = {}) {
  const body = { name: `p${++serial}`, role: 'editor', email, ...more };
  const made = await owner.call('POST', '/operators', body);
  expect(made).toMatchObject({ status: 201, body: { token: null } });
  return body.name;
}

async function signedIn(sub: string, email: string, more: object = {}): Promise<Browser> {
  provider.person = { sub, email, email_verified: true, ...more };
  const browser = createBrowser();
  expect((await browser.visit(start())).status).toBe(200);
  return browser;
}

async function refusal(response: Response) {
  const { type, detail } = (await response.json()) as { type: string; detail: string };
  return { status: response.status, type: type.split('/').at(-1), detail };
}

describe('sign-in', () => {
  it('lets in who was invited by e-mail, and is that person from then on', async () => {
    const name = await invite('Ada@Example.org');
    provider.person = { sub: 'ada-1', email: 'ada@example.ORG', email_verified: true };
    const browser = createBrowser();
    const me = await browser.visit(start(), { 'user-agent': 'Test\u00e9 Browser' });
    expect(me.url).toBe(at('/me'));
    expect(await me.json()).toMatchObject({ name, role: 'editor', kind: 'personal', session: expect.any(String) });
    const listed = (await owner.call('GET', '/operators')).body.items as unknown as readonly { name: string }[];
    expect(listed.find((each) => each.name === name)).toMatchObject({
      email: 'ada@example.org',
      linkedTo: provider.url,
      hasToken: false,
    });
    // Another address later is the same person.
    provider.person = { sub: 'ada-1', email: 'ada@elsewhere.example', email_verified: true };
    expect(await (await createBrowser().visit(start())).json()).toMatchObject({ name });
    // And another person with the same address later is not.
    provider.person = { sub: 'eve', email: 'ada@example.org', email_verified: true };
    expect(await refusal(await createBrowser().visit(start()))).toMatchObject({ status: 403, type: 'notInvited' });
    const { items } = (await owner.call('GET', '/audit?limit=2')).body as unknown as { items: readonly object[] };
    expect(items).toEqual([
      expect.objectContaining({ action: 'signedIn', actor: name, kind: 'operator', subject: name }),
      expect.objectContaining({ action: 'signedIn', note: expect.stringContaining('for the first time') }),
    ]);
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
  });

  it.each([
    ['who was not invited', { sub: 's', email: 'other@example.org', email_verified: true }, 'nobody has invited you'],
    ['an address that is not verified', { sub: 's', email: 'bob@example.org', email_verified: false }, 'not vouch'],
    ['an address that nobody vouches for', { sub: 's', email: 'bob@example.org' }, 'not vouch'],
    [
      'a domain that is known, where the address is denied',
      { sub: 's', email: 'bob@example.org', email_verified: false, xms_edov: true },
      'not vouch',
    ],
    ['no address', { sub: 's' }, 'not vouch'],
  ])('says 403 to %s', async (_, person, detail) => {
    await invite('bob@example.org');
    provider.person = person;
    const browser = createBrowser();
    const answer = await browser.visit(start());
    expect(await refusal(answer)).toMatchObject({
      status: 403,
      type: 'notInvited',
      detail: expect.stringContaining(detail),
    });
    expect(browser.cookies.has(SESSION)).toBe(false);
  });

  it('asks for the address where the ID token has none, and takes a checked domain for it', async () => {
    const [thin, entra] = [await invite('thin@example.org'), await invite('entra@example.org')];
    provider.person = { sub: 'thin', userinfo: { email: 'thin@example.org', email_verified: true } };
    expect(await (await createBrowser().visit(start())).json()).toMatchObject({ name: thin });
    provider.person = { sub: 'entra', email: 'entra@example.org', xms_edov: '1' };
    expect(await (await createBrowser().visit(start())).json()).toMatchObject({ name: entra });
    await invite('mixed@example.org');
    provider.person = { sub: 'm', userinfo: { sub: 'another', email: 'mixed@example.org', email_verified: true } };
    expect((await createBrowser().visit(start())).status).toBe(403);
  });

  it('gives one invitation to one person, however many come at once', async () => {
    const name = await invite('team@example.org');
    const ways = [];
    for (const sub of ['first', 'second', 'third', 'first']) {
      provider.person = { sub, email: 'team@example.org', email_verified: true };
      const browser = createBrowser();
      const away = await browser.open(start());
      const back = await browser.open(away.headers.get('location') ?? '');
      ways.push({ sub, browser, back: back.headers.get('location') ?? '' });
    }
    const people = new Map(ways.map(({ sub, back }) => [new URL(back).searchParams.get('code'), sub]));
    provider.twist = { subjectOf: (code) => people.get(code) };
    const answers = await Promise.all(ways.map(({ browser, back }) => browser.open(back)));
    const winners = new Set(ways.filter((_, i) => answers[i]?.status === 303).map(({ sub }) => sub));
    expect(winners.size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 403]));
    const sessions = (await owner.call('GET', '/sessions?of=all')).body.items as unknown as readonly {
      operator: string;
    }[];
    expect(new Set(sessions.map(({ operator }) => operator))).toEqual(new Set([name]));
    expect((await owner.call('GET', '/audit/verify')).body.intact).toBe(true);
  });

  it('does not let in who was revoked, nor whose time is over', async () => {
    const name = await invite('gone@example.org');
    const late = await invite('late@example.org', { expiresAt: new Date(Date.now() + 60_000).toISOString() });
    const browser = await signedIn('gone', 'gone@example.org');
    const later = await signedIn('late', 'late@example.org');
    await owner.call('DELETE', `/operators/${name}`);
    await harness.db
      .prepare('UPDATE operator_token SET expires_at = 1 WHERE space = ? AND name = ?')
      .bind(owner.space, late)
      .run();
    for (const each of [browser, later]) expect((await each.open(at('/me'))).status).toBe(401);
    for (const sub of ['gone', 'late']) {
      provider.person = { sub, email: `${sub}@example.org`, email_verified: true };
      expect((await createBrowser().visit(start())).status).toBe(403);
    }
    // Invited again under the same name, the old cookie is still nobody's.
    await owner.call('POST', '/operators', { name, role: 'owner', email: 'somebody@example.org' });
    expect((await browser.open(at('/me'))).status).toBe(401);
  });

  it('invites each address once, only people, and nobody with more than the host has', async () => {
    await invite('once@example.org');
    const again = { name: 'again', role: 'viewer', email: 'ONCE@example.org' };
    expect((await owner.call('POST', '/operators', again)).status).toBe(409);
    expect(await owner.call('POST', '/operators', { ...again, email: 'x@example.org', kind: 'service' })).toMatchObject(
      {
        status: 422,
        body: { errors: [{ pointer: '/email' }] },
      },
    );
    expect((await owner.call('POST', '/operators', { ...again, email: 'no address' })).status).toBe(422);
    const limited = await owner.call('POST', '/operators', { name: 'dep', role: 'owner', scopes: ['operators'] });
    const deputy = harness.as(limited.body.token);
    expect(
      (await deputy.call('POST', '/operators', { name: 'boss', role: 'owner', email: 'b@example.org' })).status,
    ).toBe(403);
  });

  it('goes only to paths of its own', async () => {
    await invite('ret@example.org');
    provider.person = { sub: 'ret', email: 'ret@example.org', email_verified: true };
    const browser = createBrowser();
    const away = await browser.open(start('&return=%2Fv1%2Fadmin%2Fsessions%3Fof%3Dme'));
    const back = await browser.open(away.headers.get('location') ?? '');
    const home = await browser.open(back.headers.get('location') ?? '');
    expect(home.headers.get('location')).toBe('/v1/admin/sessions?of=me');
    for (const path of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '\\\\evil.example',
      'javascript:alert(1)',
      'evil',
      '/x\r\nset-cookie: a=b',
    ]) {
      const answer = await createBrowser().open(start(`&return=${encodeURIComponent(path)}`));
      expect([path, answer.status]).toEqual([path, 400]);
    }
    expect((await createBrowser().open(start('&redirect_uri=https://evil.example'))).status).toBe(400);
  });
});

describe('what comes back', () => {
  async function halfWay() {
    const email = `half${++serial}@example.org`;
    provider.person = { sub: email, email, email_verified: true };
    await invite(email);
    const browser = createBrowser();
    const away = await browser.open(start());
    const answer = await browser.open(away.headers.get('location') ?? '');
    return { browser, back: answer.headers.get('location') ?? '' };
  }

  it('counts only in the browser that left, and once', async () => {
    const { browser, back } = await halfWay();
    // Login CSRF: somebody else's answer, in a browser that never left, or that left for another sign-in.
    expect(await refusal(await createBrowser().open(back))).toMatchObject({ status: 400, type: 'signInFailed' });
    const other = createBrowser();
    await other.open(start());
    expect(await refusal(await other.open(back, from()))).toMatchObject({
      status: 400,
      detail: expect.stringContaining('another sign-in'),
    });
    const home = await browser.open(back);
    expect(home.status).toBe(303);
    const [session = ''] = home.headers.getSetCookie().filter((line) => line.startsWith(SESSION));
    expect(session.split('; ').slice(1).sort()).toEqual([
      'HttpOnly',
      'Max-Age=43200',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ]);
    expect((await browser.open(back)).status).toBe(400);
  });

  it('tells of a provider that said no, and of an answer by another provider', async () => {
    const { browser, back } = await halfWay();
    const url = new URL(back);
    url.searchParams.set('iss', 'https://evil.example');
    expect((await browser.open(url.href, from())).status).toBe(400);
    const second = await halfWay();
    const denied = new URL(second.back);
    denied.searchParams.delete('code');
    denied.searchParams.set('error', 'access_denied');
    denied.searchParams.set('error_description', '<script>alert(1)</script>');
    const answer = await second.browser.open(denied.href);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.text()).not.toContain('script');
  });

  it('is no use when the cookie was altered or is too old', async () => {
    const { browser, back } = await halfWay();
    const name = '__Host-selvedge_sign_in';
    const sealed = browser.cookies.get(name) ?? '';
    for (const cookie of [`${sealed.slice(0, -4)}AAAA`, 'v1.', '', 'x'.repeat(3000)]) {
      const headers = { cookie: `${name}=${encodeURIComponent(cookie)}` };
      expect((await fetch(back, { headers, redirect: 'manual' })).status).toBe(400);
    }
  });

  it('and guesses are counted as wrong tokens are', async () => {
    const address = from();
    for (let i = 0; i < 20; i++) {
      const browser = createBrowser();
      await browser.open(start(), address);
      await browser.open(at('/sign-in/callback?code=guess&state=guess'), address);
    }
    expect((await createBrowser().open(start(), address)).status).toBe(429);
    expect((await owner.call('GET', '/me', undefined, address)).status).toBe(429);
    expect((await createBrowser().open(start(), from())).status).toBe(303);
  });
});

describe('without a provider', () => {
  it('says that there is none', async () => {
    const plain = await startAdminHarness();
    try {
      const answer = await plain.fetch('/v1/admin/sign-in');
      expect(answer).toMatchObject({ status: 404, body: { detail: expect.stringContaining('operator token') } });
      expect((await plain.fetch('/v1/admin/sign-in', { method: 'POST' })).status).toBe(405);
    } finally {
      await plain.stop();
    }
  });
});
