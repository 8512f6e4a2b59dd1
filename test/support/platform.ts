import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { CollectResponse, DecideRequest, DecideResponse, InteractResponse } from '../../core/interaction/wire.ts';
import { type Platform, type PlatformOptions, startPlatform } from '../../dev/platform.ts';
import type { ProblemDocument } from '../../worker/http/problem.ts';
import {
  createProofSecrets,
  ORIGIN,
  type ProofSecrets,
  type SourceName,
  shopConfig,
  TOKEN_SOURCES,
  WRITE_KEY,
} from './shop-config.ts';

export { ORIGIN, WRITE_KEY } from './shop-config.ts';
export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** What came back, whatever it is: every member may be missing. */
export type Body = Partial<InteractResponse> &
  Partial<Omit<DecideResponse, keyof InteractResponse>> &
  Partial<Pick<ProblemDocument, 'type' | 'title' | 'status' | 'detail' | 'instance' | 'errors'>>;

export interface Answer<T = Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: T;
  /** The last part of a problem's type; '' for an answer that is none. */
  readonly problem: string;
}

export type Headed = Readonly<Record<string, string>>;

export interface Call {
  readonly method?: string;
  readonly headers?: Headed;
  /** Anything but bytes, text and streams is sent as JSON. */
  readonly body?: unknown;
}

/** Somebody in front of a browser: keeps what a browser keeps. */
export interface Visitor {
  readonly source: SourceName;
  /** The signed token, from the cookie or the answer; '' before the first. */
  token: string;
  interact(body?: object, headers?: Headed): Promise<Answer<InteractResponse>>;
  collect(body: object, headers?: Headed): Promise<Answer<CollectResponse>>;
}

export interface Shop {
  readonly platform: Platform;
  readonly proof: ProofSecrets;
  /** A server key of source `web`. */
  readonly serverKey: string;
  readonly log: readonly string[];
  send(path: string, call?: Call): Promise<Answer>;
  visitor(source?: SourceName): Visitor;
  decide(body: DecideRequest, key?: string): Promise<Answer<DecideResponse>>;
  /** Server-side events about people it names. */
  server(body: object, path?: string): Promise<Answer<InteractResponse>>;
  /** A proof as the shop's server would sign it. */
  prove(customer: string, more?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Objects of a class that exist in storage. */
  objects(kind: 'PROFILE' | 'DIRECTORY'): Promise<number>;
  /** Rows of a query, asked of every profile object; objects without tables have none. */
  inProfiles<Row extends Record<string, SqlStorageValue>>(query: string): Promise<readonly Row[]>;
  stop(): Promise<void>;
}

let serial = 0;
/** Unique in this run, whatever else runs. */
export const unique = (prefix: string): string =>
  `${prefix}-${process.pid.toString(36)}-${Date.now().toString(36)}-${++serial}`;

/** A minute ago, and each event later than the one before: what happened in which order is never a matter of luck. */
const later = () => new Date(Date.now() - 60_000 + ++serial).toISOString();

export const event = (type: string, data: object = {}, more: object = {}) => ({
  id: unique('e'),
  type,
  occurredAt: later(),
  data,
  ...more,
});
export const viewed = (productId = 'p1', more: object = {}) => event('product.viewed', { productId }, more);
export const order = (more: object = {}) =>
  event(
    'order.placed',
    { orderId: unique('o'), total: 10, currency: 'EUR', items: [{ productId: 'p1', quantity: 1 }] },
    more,
  );

/** Starts the real Worker on workerd with the test shop published. One per test file. */
export async function startShop(options: Partial<PlatformOptions> = {}): Promise<Shop> {
  const log: string[] = [];
  const platform = await startPlatform({
    persist: null,
    inspectObjects: true,
    onLog: (line) => void log.push(line),
    ...options,
  });
  const proof = createProofSecrets();
  const send = sender(platform.url);
  const operator = { authorization: `Bearer ${platform.secrets.operatorToken}` };
  const admin = async (method: string, path: string, body: object) => {
    const answer = await send(`/v1/admin/${path}`, { method, headers: operator, body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body as unknown as { readonly key: string };
  };
  for (const [path, body] of shopConfig(proof)) await admin('PUT', path, body);
  const { key: serverKey } = await admin('POST', 'sources/web/server-keys', {});
  await admin('POST', 'publish', {});
  const bearer = { authorization: `Bearer ${serverKey}` };
  return {
    platform,
    proof,
    serverKey,
    log,
    send,
    visitor: (source = 'web') => createVisitor(send, source),
    decide: (body, key = serverKey) =>
      send('/v1/decide', { headers: { authorization: `Bearer ${key}` }, body }) as Promise<Answer<DecideResponse>>,
    server: (body, path = '/v1/collect') => send(path, { headers: bearer, body }) as Promise<Answer<InteractResponse>>,
    prove: (customer, more = {}) => signProof(proof.hs256, customer, more),
    objects: async (kind) => (await platform.miniflare.listDurableObjectIds(kind, 'selvedge')).length,
    inProfiles: async <Row extends Record<string, SqlStorageValue>>(query: string) => {
      const rows: Row[] = [];
      for (const id of await platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
        const storage = await platform.miniflare.unsafeGetDurableObjectStorage('selvedge', 'ProfileObject', { id });
        const tables = await storage.exec("SELECT name FROM sqlite_master WHERE name = 'fact'");
        if (tables.length > 0) rows.push(...(await storage.exec<Row>(query)));
      }
      return rows;
    },
    stop: () => platform.stop(),
  };
}

export function sender(origin: string) {
  return async (path: string, call: Call = {}): Promise<Answer> => {
    const raw =
      call.body === undefined ||
      typeof call.body === 'string' ||
      call.body instanceof Uint8Array ||
      call.body instanceof Blob ||
      call.body instanceof ReadableStream;
    const response = await fetch(origin + path, {
      method: call.method ?? 'POST',
      headers: { 'user-agent': BROWSER, ...(raw ? {} : { 'content-type': 'application/json' }), ...call.headers },
      ...(call.body === undefined
        ? {}
        : { body: (raw ? call.body : JSON.stringify(call.body)) as BodyInit, duplex: 'half' }),
      redirect: 'manual',
    } as RequestInit);
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    const body = (json ? JSON.parse(text) : {}) as Body;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body,
      problem: body.type?.split('/').at(-1) ?? '',
    };
  };
}

function createVisitor(send: Shop['send'], source: SourceName): Visitor {
  const path = (route: string) => `/v1/${route}?key=${WRITE_KEY[source]}`;
  const address = `10.${(++serial >> 16) & 255}.${(serial >> 8) & 255}.${serial & 255}`;
  const ask = async (visitor: Visitor, route: string, body: object, headers: Headed): Promise<Answer> => {
    const inToken = TOKEN_SOURCES.has(source);
    const cookie = visitor.token && !inToken ? { cookie: `__Host-sv=${visitor.token}` } : {};
    const carried = visitor.token && inToken ? { visitor: visitor.token } : {};
    const answer = await send(path(route), {
      headers: { origin: ORIGIN[source], 'cf-connecting-ip': address, ...cookie, ...headers },
      body: { ...carried, ...body },
    });
    visitor.token = cookieOf(answer) ?? answer.body.visitor?.token ?? visitor.token;
    return answer;
  };
  const visitor: Visitor = {
    source,
    token: '',
    interact: (body = {}, headers = {}) => ask(visitor, 'interact', body, headers) as Promise<Answer<InteractResponse>>,
    collect: (body, headers = {}) => ask(visitor, 'collect', body, headers) as Promise<Answer<CollectResponse>>,
  };
  return visitor;
}

/** The visitor token in `Set-Cookie`, or null when the answer sets none. */
export function cookieOf(answer: Pick<Answer, 'headers'>): string | null {
  return /^__Host-sv=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? null;
}

async function signProof(secret: string, customer: string, more: Readonly<Record<string, unknown>>): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: customer, aud: 'web', iat: now, exp: now + 120, jti: randomUUID(), ...more };
  const present = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(present)
    .setProtectedHeader({ alg: 'HS256', kid: 'shop-1' })
    .sign(new TextEncoder().encode(secret));
}

/** Offer and reason of each proposition, by placement. */
export function chosen(answer: {
  readonly body: { readonly propositions?: InteractResponse['propositions'] };
}): Record<string, string> {
  return Object.fromEntries(
    (answer.body.propositions ?? []).map(({ placement, offer, reason }) => [placement, offer ?? reason]),
  );
}

/** `code` of each refused event, by position. */
export function codes(answer: {
  readonly body: { readonly refused?: CollectResponse['refused'] };
}): Record<number, string> {
  return Object.fromEntries((answer.body.refused ?? []).map(({ index, code }) => [index, code]));
}
