import { randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Platform } from '../../dev/platform.ts';
import { ORIGIN, WRITE_KEY } from '../configuration.ts';

const SECRET = randomBytes(32).toString('base64url');
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
let serial = 0;

/** Only for somebody who is gold (said by the server about the person) and has looked at something (seen on the device): both sides must be in the answer. */
export const WHOLE = 'whole';

/** Publishes what the benchmark runs on. Returns a server key. */
export async function publishIdentity(platform: Platform): Promise<string> {
  const call = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${platform.secrets.operatorToken}`, 'content-type': 'application/json' };
    const response = await fetch(`${platform.url}/v1/admin/${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  await call('PUT', 'sources/web', {
    name: 'Web shop',
    writeKeys: [WRITE_KEY],
    allowedOrigins: [ORIGIN],
    identityMode: 'cookie',
    defaultConsent: { analytics: 'in', personalization: 'in' },
    proofKeys: [{ kid: 'bench', alg: 'HS256', secret: SECRET }],
  });
  await call('PUT', 'attributes/tier', { name: 'Loyalty tier', type: 'string', requires: 'authenticated' });
  await call('PUT', 'placements/hero', { name: 'Hero', kind: 'html', fallback: '<p>Welcome</p>' });
  await call('PUT', `offers/${WHOLE}`, {
    name: 'For gold members who looked around',
    placements: ['hero'],
    content: '<p>Gold</p>',
    purpose: 'personalization',
    eligibility: 'tier = "gold" and xEvent[eventType = "product.viewed"].count() >= 1',
  });
  const { key } = (await call('POST', 'sources/web/server-keys', {})) as { readonly key: string };
  await call('POST', 'publish', {});
  return key;
}

export interface Told {
  readonly ms: number;
  readonly whole: boolean;
  readonly token: string;
}

/** A device in front of the shop. */
export class Device {
  token = '';
  readonly #url: string;
  readonly #address = `10.${(++serial >> 16) & 255}.${(serial >> 8) & 255}.${serial & 255}`;

  constructor(url: string) {
    this.#url = url;
  }

  /** So many views, in as many requests as it takes. */
  async browse(events: number): Promise<void> {
    for (let left = events; left > 0; left -= 128)
      await this.#send({ events: Array.from({ length: Math.min(left, 128) }, viewed) });
  }

  visit(): Promise<Told> {
    return this.#send({ events: [viewed()], placements: ['hero'] });
  }

  async login(customer: string): Promise<Told> {
    const proof = await prove(customer);
    return this.#send({ proof, events: [event('signed.in', {})], placements: ['hero'] });
  }

  async #send(body: object): Promise<Told> {
    const text = JSON.stringify({ sentAt: new Date().toISOString(), ...body });
    const from = performance.now();
    const response = await fetch(`${this.#url}/v1/interact?key=${WRITE_KEY}`, {
      method: 'POST',
      headers: {
        'content-type': 'text/plain;charset=UTF-8',
        origin: ORIGIN,
        'user-agent': AGENT,
        'cf-connecting-ip': this.#address,
        ...(this.token ? { cookie: `__Host-sv=${this.token}` } : {}),
      },
      body: text,
    });
    const answer = (await response.json()) as {
      readonly accepted?: number;
      readonly degraded?: true;
      readonly propositions?: readonly { readonly offer: string | null }[];
    };
    const ms = performance.now() - from;
    if (!response.ok || answer.degraded || answer.accepted === 0)
      throw new Error(`a visit failed: ${response.status} ${JSON.stringify(answer).slice(0, 300)}`);
    this.token = /__Host-sv=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? this.token;
    return { ms, whole: answer.propositions?.[0]?.offer === WHOLE, token: this.token };
  }
}

/** People whom the shop's server knows to be gold. */
export async function makePeople(url: string, serverKey: string, names: readonly string[]): Promise<void> {
  for (let at = 0; at < names.length; at += 100) {
    const events = names.slice(at, at + 100).map((value) => ({
      ...event('profile.updated', { attributes: { tier: 'gold' } }),
      identities: [{ namespace: 'customer', value }],
    }));
    const response = await fetch(`${url}/v1/collect`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serverKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    });
    const { accepted } = (await response.json()) as { readonly accepted?: number };
    if (accepted !== events.length) throw new Error(`people were refused: ${response.status}`);
  }
}

function viewed(): object {
  return event('product.viewed', { productId: `p-${serial % 97}`, category: 'men-running', price: 40 });
}

function event(type: string, data: object): object {
  return {
    id: `bench-identity-event-${++serial}`,
    type,
    occurredAt: new Date(Date.now() - 1000 + (serial % 1000)).toISOString(),
    data,
  };
}

function prove(customer: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ sub: customer, aud: 'web', iat: now, exp: now + 120, jti: randomUUID() })
    .setProtectedHeader({ alg: 'HS256', kid: 'bench' })
    .sign(new TextEncoder().encode(SECRET));
}
