import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_OPERATIONS } from '../../../../worker/admin/admin-app.ts';
import { fillDrafts, type Operator } from '../../../support/admin-harness.ts';
import {
  SESSION_COOKIE,
  type SignedIn,
  type SignInHarness,
  startSignInHarness,
} from '../../../support/sign-in-harness.ts';

let harness: SignInHarness;
let owner: Operator;
let ada: SignedIn;
beforeAll(async () => {
  harness = await startSignInHarness();
  owner = await harness.newSpace();
  await fillDrafts(owner);
  ada = await harness.signedIn(owner, 'owner');
});
afterAll(() => harness.stop());

const pathOf = (path: string) => path.replaceAll(/\{\w+\}/g, 'nobody');
const changing = ADMIN_OPERATIONS.filter(({ method }) => method !== 'get');

/** What a page can make a browser send, whose owner is signed in here. */
const forgeries: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a form of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['a form of a sister site', { origin: 'https://shop.example', 'sec-fetch-site': 'same-site' }],
  ['a page without an origin', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ['a browser that says nothing', {}],
  ['a browser that says only the header', { 'x-selvedge-csrf': '1' }],
  ['another site with the header', { origin: 'https://evil.example', 'x-selvedge-csrf': '1' }],
  ['an old browser with the header', { 'sec-fetch-site': 'cross-site', 'x-selvedge-csrf': '1' }],
  ['our own page without the header', { 'sec-fetch-site': 'same-origin' }],
];

async function everything(): Promise<unknown> {
  const tables = ['audit', 'resource', 'operator_token', 'operator_session'];
  return Promise.all(
    tables.map((table) =>
      harness.db.prepare(`SELECT count(*) AS n FROM ${table} WHERE space = ?`).bind(owner.space).first('n'),
    ),
  );
}

describe('with the cookie of somebody who may do everything', () => {
  it('there is much that could be changed', () => {
    expect(changing.length).toBeGreaterThan(30);
  });

  it.each(forgeries)('%s changes nothing, whatever it asks for', async (_, headers) => {
    const before = await everything();
    for (const { id, method, path } of changing) {
      const answer = await fetch(ada.at(pathOf(path)), {
        method: method.toUpperCase(),
        headers: {
          cookie: `${SESSION_COOKIE}=${ada.cookies.get(SESSION_COOKIE)}`,
          'content-type': 'application/json',
          ...headers,
        },
        ...(method === 'delete' ? {} : { body: '{}' }),
      });
      const { detail } = (await answer.json()) as { detail?: string };
      expect([id, answer.status, detail]).toEqual([id, 403, expect.stringContaining('page of this origin')]);
    }
    const out = await fetch(ada.at('/sign-out'), {
      method: 'POST',
      headers: { cookie: `${SESSION_COOKIE}=${ada.cookies.get(SESSION_COOKIE)}`, ...headers },
    });
    expect(out.status).toBe(403);
    expect(await everything()).toEqual(before);
    expect((await ada.open(ada.at('/me'))).status).toBe(200);
  });

  it('a page of ours is heard', async () => {
    for (const { id, method, path } of changing) {
      const answer = await ada.script(method.toUpperCase(), ada.at(pathOf(path)), method === 'delete' ? undefined : {});
      const { detail = '' } = (await answer.json().catch(() => ({}))) as { detail?: string };
      expect([id, detail]).toEqual([id, expect.not.stringContaining('page of this origin')]);
    }
    const put = await ada.script('PUT', ada.at('/placements/footer'), { name: 'Footer', kind: 'html' });
    expect(put.status).toBe(201);
  });

  it('a token beside the cookie counts alone, and needs no page', async () => {
    const viewer = await owner.call('POST', '/operators', { name: 'looker', role: 'viewer' });
    const cookie = `${SESSION_COOKIE}=${ada.cookies.get(SESSION_COOKIE)}`;
    const headers = { cookie, authorization: `Bearer ${viewer.body.token}`, 'content-type': 'application/json' };
    const asViewer = await fetch(ada.at('/placements/x'), { method: 'PUT', headers, body: '{}' });
    expect(await asViewer.json()).toMatchObject({ status: 403, detail: expect.stringContaining('role viewer') });
    const broken = { ...headers, authorization: 'Bearer nonsense' };
    expect((await fetch(ada.at('/me'), { headers: broken })).status).toBe(401);
  });

  it('no other site may read or frame what is answered, nor ask a browser first', async () => {
    for (const path of ['/me', '/segments', '/nothing', '/sign-in?return=x']) {
      const answer = await ada.open(ada.at(path), { origin: 'https://evil.example' });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
    const asked = await fetch(ada.at('/segments/x'), {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'PUT' },
    });
    expect(asked.status).toBeGreaterThanOrEqual(400);
  });
});
