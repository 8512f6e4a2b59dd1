import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../core/lib/limits.ts';
import {
  SESSION_COOKIE,
  type SignedIn,
  type SignInHarness,
  startSignInHarness,
} from '../../../support/sign-in-harness.ts';

let harness: SignInHarness;
beforeAll(async () => {
  harness = await startSignInHarness();
});
afterAll(() => harness.stop());

interface Session {
  readonly id: string;
  readonly operator: string;
  readonly current: boolean;
}

const sessionsOf = async (browser: SignedIn, query = '') =>
  ((await (await browser.open(browser.at(`/sessions${query}`))).json()) as { items: readonly Session[] }).items;
const shown = (browser: SignedIn, credential: string) =>
  fetch(browser.at('/me'), { headers: { cookie: `${SESSION_COOKIE}=${credential}` } });

describe('a token that somebody copied', () => {
  it('is worth nothing once it is rotated, revoked or over, at once', async () => {
    const owner = await harness.newSpace();
    const ends: readonly ((name: string) => Promise<unknown>)[] = [
      (name) => owner.call('POST', `/operators/${name}/rotate`),
      (name) => owner.call('DELETE', `/operators/${name}`),
      (name) =>
        harness.db
          .prepare('UPDATE operator_token SET expires_at = ? WHERE space = ? AND name = ?')
          .bind(Date.now(), owner.space, name)
          .run(),
    ];
    for (const [i, end] of ends.entries()) {
      const made = await owner.call('POST', '/operators', { name: `stolen-${i}`, role: 'owner' });
      const thief = harness.as(made.body.token);
      expect((await thief.call('GET', '/me')).status).toBe(200);
      await end(`stolen-${i}`);
      expect((await thief.call('GET', '/me')).status).toBe(401);
      expect((await thief.call('POST', `/operators/stolen-${i}/rotate`, {})).status).toBe(401);
    }
  });

  it('cannot be made of what the database or an answer holds', async () => {
    const owner = await harness.newSpace();
    const ada = await harness.signedIn(owner, 'owner');
    const rows = await harness.db.prepare('SELECT hash FROM operator_token WHERE space = ?').bind(owner.space).all();
    const sessions = await harness.db
      .prepare('SELECT id, hash FROM operator_session WHERE space = ?')
      .bind(owner.space)
      .all<{ id: string; hash: string }>();
    const cookie = ada.cookies.get(SESSION_COOKIE) ?? '';
    expect(JSON.stringify([rows.results, sessions.results])).not.toContain(cookie);
    const [session] = sessions.results;
    for (const guess of [
      `op_${owner.space}.${session?.hash}`,
      `op_${owner.space}.s-${session?.id}-${'A'.repeat(43)}`,
      `op_${owner.space}.`,
      `op_${owner.space}.s-${'0'.repeat(16)}-${cookie.slice(-43)}`,
      cookie.replace(owner.space, 'main'),
    ]) {
      expect((await shown(ada, guess)).status).toBe(401);
      const headers = { authorization: `Bearer ${guess}`, 'cf-connecting-ip': '192.0.2.1' };
      expect((await fetch(ada.at('/me'), { headers })).status).toBe(401);
    }
    // Somebody who was only invited has no token that an empty one could be like.
    expect((await harness.as(`op_${owner.space}.`).call('GET', '/me')).status).toBe(401);
    const listed = JSON.stringify([(await owner.call('GET', '/operators')).body, await sessionsOf(ada, '?of=all')]);
    expect(listed).not.toContain(cookie.slice(-43));
    expect(listed).not.toContain(session?.hash);
  });
});

describe('a cookie that somebody copied', () => {
  it('ends with signing out, and opens nothing as a token', async () => {
    const ada = await harness.signedIn(await harness.newSpace(), 'owner');
    const cookie = ada.cookies.get(SESSION_COOKIE) ?? '';
    expect((await shown(ada, cookie)).status).toBe(200);
    const headers = { authorization: `Bearer ${cookie}` };
    expect((await fetch(ada.at('/me'), { headers })).status).toBe(401);
    expect((await ada.script('POST', ada.at('/sign-out'))).status).toBe(204);
    expect(ada.cookies.has(SESSION_COOKIE)).toBe(false);
    expect((await shown(ada, cookie)).status).toBe(401);
    expect((await ada.script('POST', ada.at('/sign-out'))).status).toBe(204);
  });

  it('ends when it is left alone, when its day is over, and when the operator is', async () => {
    const owner = await harness.newSpace();
    const set = (browser: SignedIn, column: string, value: number) =>
      harness.db
        .prepare(`UPDATE operator_session SET ${column} = ? WHERE space = ? AND operator = ?`)
        .bind(value, owner.space, browser.name)
        .run();
    const idle = await harness.signedIn(owner, 'viewer');
    const busy = await harness.signedIn(owner, 'viewer');
    await set(idle, 'seen_at', Date.now() - LIMITS.operatorSessionIdleMs.value);
    expect((await idle.open(idle.at('/me'))).status).toBe(401);
    const before = Date.now() - 10 * 60_000;
    await set(busy, 'seen_at', before);
    expect((await busy.open(busy.at('/me'))).status).toBe(200);
    const seen = () =>
      harness.db
        .prepare('SELECT seen_at FROM operator_session WHERE operator = ?')
        .bind(busy.name)
        .first<number>('seen_at');
    await expect.poll(seen).toBeGreaterThan(before);
    await set(busy, 'expires_at', Date.now());
    expect((await busy.open(busy.at('/me'))).status).toBe(401);
    const gone = await harness.signedIn(owner, 'viewer');
    await owner.call('DELETE', `/operators/${gone.name}`);
    expect((await gone.open(gone.at('/me'))).status).toBe(401);
  });

  it('has the rights of now, not those of when it was made', async () => {
    const owner = await harness.newSpace();
    const ada = await harness.signedIn(owner, 'owner');
    expect((await ada.open(ada.at('/operators'))).status).toBe(200);
    await owner.call('PUT', `/operators/${ada.name}`, { role: 'viewer' });
    expect((await ada.open(ada.at('/operators'))).status).toBe(403);
    await owner.call('PUT', `/operators/${ada.name}`, { role: 'editor', scopes: ['offers'] });
    expect((await ada.open(ada.at('/segments'))).status).toBe(403);
  });
});

describe('sessions', () => {
  it('are listed and ended by their own, and by who looks after operators', async () => {
    const owner = await harness.newSpace();
    const ada = await harness.signedIn(owner, 'viewer');
    const bob = await harness.signedIn(owner, 'publisher');
    const [mine] = await sessionsOf(ada);
    const [his] = await sessionsOf(bob);
    expect([mine?.operator, mine?.current]).toEqual([ada.name, true]);
    expect(await sessionsOf(ada)).toHaveLength(1);
    expect((await ada.open(ada.at('/sessions?of=all'))).status).toBe(403);
    expect((await ada.script('DELETE', ada.at(`/sessions/${his?.id}`))).status).toBe(404);
    expect((await bob.open(bob.at('/me'))).status).toBe(200);
    const all = (await owner.call('GET', '/sessions?of=all')).body.items as unknown as readonly object[];
    expect(all).toHaveLength(2);
    expect(all[0]).toMatchObject({ agent: `Browser of ${ada.name}`, kind: 'browser', issuer: harness.provider.url });
    const limited = await owner.call('POST', '/operators', { name: 'seg', role: 'owner', scopes: ['segments'] });
    expect((await harness.as(limited.body.token).call('GET', '/sessions?of=all')).status).toBe(403);
    expect((await harness.as(limited.body.token).call('DELETE', `/sessions/${his?.id}`)).status).toBe(404);
    const other = await harness.newSpace();
    expect((await other.call('DELETE', `/sessions/${his?.id}`)).status).toBe(404);
    expect((await owner.call('DELETE', `/sessions/${his?.id}`)).status).toBe(204);
    expect((await bob.open(bob.at('/me'))).status).toBe(401);
    expect((await ada.script('DELETE', ada.at(`/sessions/${mine?.id}`))).status).toBe(204);
    expect((await ada.open(ada.at('/me'))).status).toBe(401);
    const { items } = (await owner.call('GET', '/audit?limit=2')).body;
    expect(items.map(({ action, subject }) => [action, subject])).toEqual([
      ['signedOut', ada.name],
      ['signedOut', bob.name],
    ]);
  });
});
