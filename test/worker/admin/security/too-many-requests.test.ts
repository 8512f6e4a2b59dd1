import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '../../../../dev/platform.ts';

const MOST = 8;

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ persist: null, operatorCallsPerMinute: MOST });
}, 60_000);
afterAll(() => platform.stop());

let serial = 0;
const address = () => `198.51.100.${++serial}`;
const ask = (
  path: string,
  from: string,
  token: string | null = platform.secrets.operatorToken,
  init: RequestInit = {},
) =>
  fetch(`${platform.url}/v1/admin${path}`, {
    redirect: 'manual',
    ...init,
    headers: {
      'cf-connecting-ip': from,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(init.headers as Record<string, string> | undefined),
    },
  });

async function expectLimited(answer: Response): Promise<void> {
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await answer.json()).toMatchObject({ type: 'https://selvedge.dev/problems/limited' });
}

describe('whoever asks too often', () => {
  it('is an address, whatever it asks and with whatever', async () => {
    const from = address();
    const statuses: number[] = [];
    const asks = [
      () => ask('/me', from, null),
      () => ask('/sign-in', from, null),
      () => ask('/sign-in/callback?code=x&state=y', from, null),
      () => ask('/sign-in/token', from, null, { method: 'POST', body: '{}' }),
      () => ask('/sign-out', from, null, { method: 'POST' }),
    ];
    for (let i = 0; i < MOST; i++) statuses.push((await (asks[i % asks.length] ?? asks[0])?.())?.status ?? 0);
    expect(statuses).not.toContain(429);
    for (const each of asks) await expectLimited(await each());
    expect((await ask('/me', address(), null)).status).toBe(401);
  });

  it('is an operator, from wherever they ask, and nobody else', async () => {
    const made = await ask('/operators', address(), undefined, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'wild', role: 'viewer' }),
    });
    const { token } = (await made.json()) as { token: string };
    for (let i = 0; i < MOST; i++) expect((await ask('/me', address(), token)).status).toBe(200);
    await expectLimited(await ask('/me', address(), token));
    expect((await ask('/me', address())).status).toBe(200);
  });
});
