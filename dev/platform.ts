import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { limit } from '../core/lib/limits.ts';
import { buildWorker, ROOT } from './build.ts';
import { createSecrets, type LocalSecrets, workerBindings } from './secrets.ts';

export interface PlatformOptions {
  /** Folder that keeps all data; null: in memory, gone with the process. */
  readonly persist: string | null;
  /** 0 picks a free port. */
  readonly port?: number;
  readonly secrets?: LocalSecrets;
  /** Bindings that override the local defaults. */
  readonly bindings?: Readonly<Record<string, string>>;
  /** Also run the demo storefront beside it. */
  readonly storefront?: { readonly port: number; readonly bindings: Readonly<Record<string, string>> };
  /** Other Workers in front of it, by name; `{name}Url` is asked for with `urlOf`. */
  readonly beside?: readonly WorkerBeside[];
  /** Paths of bundles that were built already. */
  readonly bundles?: { readonly selvedge: string; readonly storefront?: string };
  /** Called with each line that a Worker logs. */
  readonly onLog?: (line: string) => void;
  /** Seconds a queue waits to fill a batch. */
  readonly queueDelaySeconds?: number;
  readonly mintsPerMinute?: number;
  /** Folder of what is served without asking the Worker: the page of the API. Left out: nothing is, and no request passes the router of assets. */
  readonly assets?: string;
  readonly operatorCallsPerMinute?: number;
  /** Lets a test read the tables of an object (`unsafeGetDurableObjectStorage`). */
  readonly inspectObjects?: boolean;
}

export interface WorkerBeside {
  readonly name: string;
  readonly scriptPath: string;
  readonly port?: number;
  readonly bindings: Readonly<Record<string, string>>;
}

export interface Platform {
  /** Without a slash at the end. */
  readonly url: string;
  readonly storefrontUrl: string | null;
  readonly secrets: LocalSecrets;
  readonly miniflare: Miniflare;
  /** Of a Worker in `beside`, without a slash at the end. */
  urlOf(worker: string): Promise<string>;
  stop(): Promise<void>;
}

const COMPATIBILITY_DATE = '2026-11-01';
const HOST = '127.0.0.1';

/**
 * Runs the built Worker on workerd, with Cloudflare's storage simulated by Miniflare, on a socket of its own: requests do not
 * pass the development proxy. Start, tests and benchmarks all come through here.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const secrets = options.secrets ?? createSecrets();
  const selvedge = options.bundles?.selvedge ?? (await buildWorker('selvedge'));
  const storefront = options.storefront ? (options.bundles?.storefront ?? (await buildWorker('storefront'))) : null;
  const workers = [
    selvedgeWorker(selvedge, secrets, options),
    ...(storefront && options.storefront
      ? [frontWorker({ name: 'storefront', scriptPath: storefront, ...options.storefront })]
      : []),
    ...(options.beside ?? []).map(frontWorker),
  ];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers,
      host: HOST,
      port: 0,
      unsafeInspectDurableObjects: options.inspectObjects ?? false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: ({ message }) => options.onLog?.(message),
      ...(options.persist === null ? {} : { resourcePersistencePath: options.persist }),
    }),
  );
  await miniflare.ready;
  await migrateControl(await miniflare.getD1Database('CONTROL', 'selvedge'));
  const url = await directUrl(miniflare, 'selvedge');
  return {
    url,
    storefrontUrl: storefront ? await directUrl(miniflare, 'storefront') : null,
    secrets,
    miniflare,
    urlOf: (worker) => directUrl(miniflare, worker),
    stop: () => miniflare.dispose(),
  };
}

function selvedgeWorker(scriptPath: string, secrets: LocalSecrets, options: PlatformOptions) {
  const object = (className: string) => ({ className, useSQLite: true });
  return {
    name: 'selvedge',
    modules: [{ type: 'ESModule' as const, path: scriptPath }],
    // Else paths count from wherever the command was started.
    modulesRoot: dirname(scriptPath),
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { ...workerBindings(secrets), ...options.bindings },
    durableObjects: {
      PROFILE: object('ProfileObject'),
      DIRECTORY: object('DirectoryObject'),
      PUBLISHER: object('PublisherObject'),
      CATALOGUE: object('CatalogueObject'),
      BUDGET: object('BudgetObject'),
      LIVE: object('LiveObject'),
      SAMPLE: object('SampleObject'),
      SWEEP: object('SweepObject'),
    },
    d1Databases: { CONTROL: 'control' },
    kvNamespaces: { RULESETS: 'rulesets' },
    r2Buckets: { ARCHIVE: 'archive' },
    queueProducers: { EFFECTS: 'selvedge-effects' },
    queueConsumers: {
      'selvedge-effects': {
        maxBatchSize: 100,
        maxBatchTimeout: options.queueDelaySeconds ?? 1,
        maxRetries: 10,
        deadLetterQueue: 'selvedge-dead-letters',
      },
      'selvedge-dead-letters': { maxBatchSize: 10, maxBatchTimeout: 1 },
    },
    ratelimits: {
      MINT_LIMIT: { namespace_id: '1001', simple: { limit: options.mintsPerMinute ?? 600, period: 60 as const } },
      OPERATOR_LIMIT: {
        namespace_id: '1002',
        simple: { limit: options.operatorCallsPerMinute ?? limit('operatorCallsPerMinute'), period: 60 as const },
      },
    },
    ...(options.assets === undefined
      ? {}
      : { assets: { directory: options.assets, routerConfig: { has_user_worker: true } } }),
    stripCfConnectingIp: false,
    unsafeDirectSockets: [{ host: HOST, port: options.port ?? 0 }],
  };
}

function frontWorker({ name, scriptPath, bindings, port = 0 }: WorkerBeside) {
  return {
    name,
    modules: [{ type: 'ESModule' as const, path: scriptPath }],
    // Else paths count from wherever the command was started.
    modulesRoot: dirname(scriptPath),
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { ...bindings },
    serviceBindings: { SELVEDGE: 'selvedge', SELVEDGE_RPC: { name: 'selvedge', entrypoint: 'SelvedgeRpc' } },
    unsafeDirectSockets: [{ host: HOST, port }],
  };
}

async function directUrl(miniflare: Miniflare, worker: string): Promise<string> {
  const url = await miniflare.unsafeGetDirectURL(worker);
  return url.origin;
}

/** Applies the migrations that wrangler would apply, in their order, each once. */
async function migrateControl(d1: Awaited<ReturnType<Miniflare['getD1Database']>>): Promise<void> {
  const folder = join(ROOT, 'db/control/migrations');
  await d1.exec(
    'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
  );
  const applied = new Set(
    (await d1.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()).results.map((row) => row.name),
  );
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()) {
    if (applied.has(name)) continue;
    const statements = (await readFile(join(folder, name), 'utf8'))
      .split(/;\s*(?:-->.*)?$/m)
      .map((statement) => statement.replace(/^-->.*$/gm, '').trim());
    await d1.batch([
      ...statements.filter((statement) => statement !== '').map((statement) => d1.prepare(statement)),
      d1.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ]);
  }
}
