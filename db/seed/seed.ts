import type { CollectRequest, CollectResponse } from '../../core/interaction/wire.ts';
import { customerEvents } from './customers.ts';
import { demoConfig, IMPORT, PROOF_KID, WEB_SHOP } from './demo-config.ts';

export interface SeedOptions {
  /** Origin of Selvedge. */
  readonly endpoint: string;
  /** `op_<space>.…` */
  readonly operatorToken: string;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly shopOrigins?: readonly string[];
  /** Secrets of an earlier run, or made elsewhere: they stay in use, and only what is missing is made. */
  readonly known?: Partial<Pick<Seeded, 'serverKey' | 'importKey' | 'proofSecret'>>;
  readonly nowMs?: number;
  /** Waits between tries while the new ruleset is on its way. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** What the shop's Worker is bound with. */
export interface Seeded {
  readonly writeKey: string;
  readonly serverKey: string;
  readonly importKey: string;
  readonly proofSecret: string;
  readonly proofKid: string;
  readonly sequence: number;
  readonly customerEvents: { readonly accepted: number; readonly duplicates: number };
}

const LOCAL_SHOP = ['http://localhost:8788', 'http://127.0.0.1:8788'];
/** Publishing is live within a minute; locally at once. */
const TRIES = 45;
const TRY_MS = 2_000;

/** Puts the demo through the operator API, publishes it, and tells the shop's past. Running it again changes nothing but what differs. */
export async function seedDemo(options: SeedOptions): Promise<Seeded> {
  const { known, shopOrigins = LOCAL_SHOP, nowMs = Date.now() } = options;
  const api = createApi(options);
  const space = /^op_([a-z0-9-]+)\./.exec(options.operatorToken)?.[1] ?? 'main';
  const writeKeyOf = async (source: string): Promise<string> =>
    (await api.writeKey(source)) ?? `wk_${space}.${randomText(18)}`;
  const secrets = {
    writeKey: await writeKeyOf(WEB_SHOP),
    importWriteKey: await writeKeyOf(IMPORT),
    proofSecret: known?.proofSecret ?? randomText(32),
  };

  for (const [kind, resources] of Object.entries(demoConfig(secrets, shopOrigins))) {
    for (const resource of resources as readonly { readonly id: string }[])
      await api.send('PUT', `/v1/admin/${kind}/${resource.id}`, resource);
  }
  const serverKey = known?.serverKey ?? (await api.makeServerKey(WEB_SHOP));
  const importKey = known?.importKey ?? (await api.makeServerKey(IMPORT));
  const { sequence } = await api.send<{ readonly sequence: number }>('POST', '/v1/admin/publish', {});

  const told = await api.collect(serverKey, { sentAt: new Date(nowMs).toISOString(), events: customerEvents(nowMs) });
  const refused = told.refused[0];
  if (refused)
    throw new Error(`seed: event ${refused.id ?? refused.index} was refused: ${refused.code}, ${refused.detail}`);
  return {
    writeKey: secrets.writeKey,
    serverKey,
    importKey,
    proofSecret: secrets.proofSecret,
    proofKid: PROOF_KID,
    sequence,
    customerEvents: { accepted: told.accepted, duplicates: told.duplicates.length },
  };
}

interface Api {
  send<T>(method: string, path: string, body: unknown): Promise<T>;
  /** The first write key of a source that exists. */
  writeKey(source: string): Promise<string | null>;
  makeServerKey(source: string): Promise<string>;
  collect(serverKey: string, request: CollectRequest): Promise<CollectResponse>;
}

function createApi({ endpoint, operatorToken, fetch: given, wait = pause }: SeedOptions): Api {
  const call = given ?? fetch;
  const request = (method: string, path: string, bearer: string, body?: unknown): Promise<Response> =>
    call(new URL(path, endpoint).href, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const fail = async (what: string, response: Response): Promise<never> => {
    throw new Error(`seed: ${what} answered ${response.status}: ${(await response.text()).slice(0, 2000)}`);
  };
  const send = async <T>(method: string, path: string, body: unknown): Promise<T> => {
    const response = await request(method, path, operatorToken, body);
    if (!response.ok) return fail(`${method} ${path}`, response);
    const text = await response.text();
    return (text === '' ? null : JSON.parse(text)) as T;
  };
  return {
    send,
    writeKey: async (source) => {
      const response = await request('GET', `/v1/admin/sources/${source}`, operatorToken);
      if (!response.ok) return response.status === 404 ? null : fail(`GET source ${source}`, response);
      const found = (await response.json()) as { readonly resource: { readonly writeKeys?: readonly string[] } };
      return found.resource.writeKeys?.[0] ?? null;
    },
    makeServerKey: async (source) =>
      (await send<{ readonly key: string }>('POST', `/v1/admin/sources/${source}/server-keys`, {})).key,
    collect: async (serverKey, body) => {
      for (let left = TRIES; ; left--) {
        const response = await request('POST', '/v1/collect', serverKey, body);
        if (response.ok) return (await response.json()) as CollectResponse;
        // Until the ruleset with the new key is live, nobody knows the key.
        if ((response.status !== 401 && response.status !== 503) || left === 0)
          return fail('POST /v1/collect', response);
        await wait(TRY_MS);
      }
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** base64url of so many random bytes. */
function randomText(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...random))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
