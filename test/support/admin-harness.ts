import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

const ROOT = join(import.meta.dirname, '../..');
const MIGRATIONS = join(ROOT, 'db/control/migrations');

/** The members of answers that tests look at one by one; which of them are there is for each test to expect. */
export interface AdminBody {
  readonly instance: string;
  readonly token: string;
  readonly key: string;
  readonly hash: string;
  readonly sequence: number;
  readonly next: number | string | null;
  readonly parts: Readonly<Record<string, string>>;
  readonly intact: boolean;
  readonly broken: unknown;
  readonly items: readonly AdminItem[];
  readonly errors: readonly AdminProblem[];
  readonly valid: boolean;
  readonly problems: readonly AdminProblem[];
  readonly tree: unknown;
  readonly views: { readonly text: string; readonly sentence: string } | null;
  readonly lineage: unknown;
  readonly resource: {
    readonly writeKeys: readonly string[];
    readonly serverKeyHashes: readonly string[];
    readonly proofKeys: readonly unknown[];
  };
}

export interface AdminProblem {
  readonly kind: string;
  readonly id: string;
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  readonly line?: number;
  readonly column?: number;
}

export interface AdminItem {
  readonly action: string;
  readonly subject: string;
  readonly sequence: number;
  readonly afterHash: string;
  readonly lastUsedDay: string | null;
}

export interface AdminAnswer<Body = AdminBody> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** An operator of a space of its own: tests share one platform and never each other's data. */
export interface Operator {
  readonly space: string;
  readonly token: string;
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<AdminAnswer>;
}

export interface AdminHarness {
  readonly db: Awaited<ReturnType<Miniflare['getD1Database']>>;
  /** The first operator of space `main`, by BOOTSTRAP_TOKEN_HASH. */
  readonly bootstrap: Operator;
  readonly logs: string[];
  /** Without a slash at the end. */
  readonly origin: string;
  newSpace(): Promise<Operator>;
  as(token: string): Operator;
  fetch<Body = AdminBody>(path: string, init?: RequestInit): Promise<AdminAnswer<Body>>;
  /** What the cache holds under a key, past the Worker. */
  kvGet(key: string): Promise<string | null>;
  faults(change: {
    cacheDown?: boolean;
    answersLost?: boolean;
    advanceMs?: number;
    stopsAt?: 'never' | 'beforeBatch' | 'afterBatch';
    stopsFrom?: number;
    controlDown?: boolean;
  }): Promise<void>;
  stop(): Promise<void>;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `texts`: further variables of the environment. */
export async function startAdminHarness(texts: Readonly<Record<string, string>> = {}): Promise<AdminHarness> {
  const bundle = await build({
    entryPoints: [join(ROOT, 'test/support/admin-worker.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'warning',
  });
  const token = `op_main.${randomBytes(32).toString('base64url')}`;
  const logs: string[] = [];
  const object = { type: 'durable-object', worker: 'admin', exportName: 'PublisherObject' } as const;
  const platform = new Miniflare({
    port: 0,
    handleStructuredLogs: ({ message }) => void logs.push(message),
    workers: [
      {
        config: {
          name: 'admin',
          compatibilityDate: '2026-10-01',
          manifest: {
            mainModule: 'worker.js',
            modules: { 'worker.js': { type: 'esm', contents: bundle.outputFiles[0]?.text ?? '' } },
          },
          exports: { PublisherObject: { type: 'durable-object', storage: 'sqlite' } },
          env: {
            PUBLISHER: object,
            CONTROL: { type: 'd1', id: 'control' },
            RULESETS: { type: 'kv', id: 'rulesets' },
            CONFIG_KEY: { type: 'text', value: randomBytes(32).toString('base64') },
            BOOTSTRAP_TOKEN_HASH: { type: 'text', value: sha256(token) },
            ...Object.fromEntries(
              Object.entries(texts).map(([name, value]) => [name, { type: 'text' as const, value }]),
            ),
          },
        },
      },
    ],
  });
  const origin = await platform.ready;
  const db = await platform.getD1Database('CONTROL');
  await migrate(db);

  async function call<Body = AdminBody>(path: string, init?: RequestInit): Promise<AdminAnswer<Body>> {
    const response = await fetch(new URL(path, origin), init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? null : JSON.parse(text)) as Body,
    };
  }
  function as(held: string): Operator {
    return {
      token: held,
      space: /^op_([^.]*)/.exec(held)?.[1] ?? '',
      call: (method, path, body, headers) =>
        call(`/v1/admin${path}`, {
          method,
          headers: {
            authorization: `Bearer ${held}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        }),
    };
  }
  return {
    db,
    logs,
    origin: origin.origin,
    bootstrap: as(token),
    as,
    fetch: call,
    async newSpace() {
      const space = `s${randomBytes(6).toString('hex')}`;
      const made = `op_${space}.${randomBytes(32).toString('base64url')}`;
      await db
        .prepare('INSERT INTO operator_token (space, name, hash, created_at, created_by) VALUES (?, ?, ?, ?, ?)')
        .bind(space, 'ada', sha256(made), Date.now(), 'test')
        .run();
      return as(made);
    },
    async kvGet(key) {
      return (await platform.getKVNamespace('RULESETS')).get(key, 'text');
    },
    async faults(change) {
      await call('/faults', {
        method: 'POST',
        body: JSON.stringify(change),
        headers: { 'content-type': 'application/json' },
      });
    },
    stop: () => platform.dispose(),
  };
}

async function migrate(db: AdminHarness['db']): Promise<void> {
  for (const file of readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    for (const statement of readFileSync(join(MIGRATIONS, file), 'utf8').split('--> statement-breakpoint')) {
      await db.prepare(statement).run();
    }
  }
}

export const SOURCE = { id: 'web', name: 'Web shop', allowedOrigins: ['https://shop.example'] };
export const ATTRIBUTE = { id: 'loyaltyTier', name: 'Loyalty tier', type: 'string', public: true };
export const MEASURE = {
  id: 'favouriteCategory',
  name: 'Favourite category',
  expression: 'xEvent[eventType = "product.viewed"].favourite(category)',
  purpose: 'personalization',
  public: false,
};
export const PLACEMENT = { id: 'hero', name: 'Hero', kind: 'html' };
export const SEGMENT = {
  id: 'gold',
  name: 'Gold members',
  rule: 'loyaltyTier = "gold"',
  purpose: 'personalization',
  public: true,
};
export const OFFER = {
  id: 'gift',
  name: 'Gift wrapping',
  placements: ['hero'],
  eligibility: 'inSegment("gold")',
  priority: 10,
  content: '<p>Free gift wrapping</p>',
};

/** One resource of each kind that together make a ruleset. */
export async function fillDrafts(operator: Operator): Promise<void> {
  await operator.call('PUT', '/sources/web', SOURCE);
  await operator.call('PUT', '/attributes/loyaltyTier', ATTRIBUTE);
  await operator.call('PUT', '/segments/gold', SEGMENT);
  await operator.call('PUT', '/placements/hero', PLACEMENT);
  await operator.call('PUT', '/offers/gift', OFFER);
}
