import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { createProofSecrets, shopConfig } from '../../support/shop-config.ts';
import type { Life } from './mortal.ts';

export interface Configured {
  readonly serverKey: string;
  readonly prove: (customer: string) => Promise<string>;
}

/** Publishes the test shop through the operator API. Survives every kill from then on. */
export async function configure(
  life: Life,
  more: readonly (readonly [path: string, body: object])[] = [],
): Promise<Configured> {
  const secrets = createProofSecrets();
  const admin = async (method: string, path: string, body: object): Promise<unknown> => {
    const send = () =>
      fetch(`${life.url}/v1/admin/${path}`, {
        method,
        headers: { authorization: `Bearer ${life.operatorToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    // A port may have been another life's a moment ago, and a connection to that one still be in the pool.
    const response = await send().catch(send);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  for (const [path, body] of [...shopConfig(secrets), ...more]) await admin('PUT', path, body);
  const { key } = (await admin('POST', 'sources/web/server-keys', {})) as { readonly key: string };
  await admin('POST', 'publish', {});
  const secret = new TextEncoder().encode(secrets.hs256);
  const prove = (customer: string) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: customer, aud: 'web', iat: now, exp: now + 240, jti: randomUUID() };
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'shop-1' }).sign(secret);
  };
  return { serverKey: key, prove };
}
