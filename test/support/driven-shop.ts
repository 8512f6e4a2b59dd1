import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { SignJWT } from 'jose';
import type { InteractResponse } from '../../core/interaction/wire.ts';
import { buildSdkText, ROOT } from '../../dev/build.ts';
import { type Platform, startPlatform } from '../../dev/platform.ts';
import { createSecrets } from '../../dev/secrets.ts';
import { type Answer, cookieOf, sender, unique } from './platform.ts';

export interface Rung {
  readonly id: string;
  readonly at: number;
}

/** Somebody in front of a browser, at the shop's own clock. */
export interface DrivenVisitor {
  token: string;
  interact(body?: object): Promise<Answer<InteractResponse>>;
}

export interface VisitorOptions {
  readonly key: string;
  readonly origin: string;
}

/** The real Worker on workerd, whose clock stands still unless a test moves it. */
export interface DrivenShop {
  readonly platform: Platform;
  /** Milliseconds. */
  now(): number;
  /** Moves the clock and rings every alarm on the way, at its time. Returns those that rang. */
  advance(to: number): Promise<readonly Rung[]>;
  /** Moves the clock and rings nothing: as if the platform were late. */
  jump(to: number): Promise<void>;
  /** Alarms that are set, by object. */
  alarms(): Promise<Readonly<Record<string, number>>>;
  /** Throws every profile out of memory. */
  evict(): Promise<void>;
  /** Stops everything and starts it on the same data. */
  restart(): Promise<void>;
  send: ReturnType<typeof sender>;
  operator<T>(method: string, path: string, body?: object): Promise<T>;
  /** Publishes what was put, and waits until the edge serves it. */
  publish(): Promise<number>;
  visitor(options: VisitorOptions): DrivenVisitor;
  event(type: string, data?: object, more?: object): object & { readonly id: string };
  /** A proof as the shop's server would sign it now. */
  prove(secret: string, kid: string, audience: string, customer: string): Promise<string>;
  /** Rows of the rollup of memberships. */
  rollup(
    segment: string,
  ): Promise<readonly { readonly hour: string; readonly entered: number; readonly exited: number }[]>;
  stop(): Promise<void>;
}

export async function buildDrivenWorker(outfile: string, entry = 'test/support/driven-worker.ts'): Promise<string> {
  await buildSdkText();
  await mkdir(dirname(outfile), { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'module', 'import'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.txt': 'text' },
    logLevel: 'warning',
  });
  return outfile;
}

export interface DrivenOptions {
  /** Keeps the data over `restart`. */
  readonly keep?: boolean;
  /** Another Worker of tests, made around the driven one. */
  readonly entry?: string;
}

/** `from`: years ahead of real time, so that no alarm rings by itself. */
export async function startDriven(from: number, { keep = false, entry }: DrivenOptions = {}): Promise<DrivenShop> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-driven-'));
  const bundle = await buildDrivenWorker(join(folder, 'worker.js'), entry);
  const secrets = createSecrets();
  let now = from;
  const start = async () => {
    const started = await startPlatform({
      persist: keep ? join(folder, 'data') : null,
      secrets,
      bundles: { selvedge: bundle },
      queueDelaySeconds: 0,
      inspectObjects: true,
    });
    await sender(started.url)('/driven/clock', { body: { now } });
    return started;
  };
  let platform = await start();
  const send: DrivenShop['send'] = (path, call) => sender(platform.url)(path, call);
  const profiles = () => platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge');
  const driven = async <T>(path: string, body: unknown): Promise<T> => {
    const answer = await send(`/driven/${path}`, { body });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text) as T;
  };
  const operator = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const headers = { authorization: `Bearer ${secrets.operatorToken}` };
    const answer = await send(`/v1/admin/${path}`, { method, headers, ...(body ? { body } : {}) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body as T;
  };
  const shop: DrivenShop = {
    get platform() {
      return platform;
    },
    now: () => now,
    async advance(to) {
      const rung = await driven<readonly Rung[]>('advance', { to, profiles: await profiles() });
      now = to;
      return rung;
    },
    async jump(to) {
      await driven('clock', { now: to });
      now = to;
    },
    alarms: async () => {
      const all = await driven<Readonly<Record<string, number | null>>>('alarms', await profiles());
      return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== null));
    },
    evict: async () => driven('evict', await profiles()),
    async restart() {
      await platform.stop();
      platform = await start();
    },
    send,
    operator,
    async publish() {
      const { sequence } = await operator<{ readonly sequence: number }>('POST', 'publish', {});
      // Isolates look for a newer ruleset every 15 seconds.
      await shop.advance(now + 60_000);
      return sequence;
    },
    visitor: (options) => createVisitor(shop, options),
    event: (type, data = {}, more = {}) => ({
      id: unique('event-of-a-driven-shop'),
      type,
      occurredAt: new Date(now).toISOString(),
      data,
      ...more,
    }),
    prove(secret, kid, audience, customer) {
      const seconds = Math.floor(now / 1000);
      const claims = { sub: customer, aud: audience, iat: seconds, exp: seconds + 120, jti: unique('proof') };
      return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid }).sign(new TextEncoder().encode(secret));
    },
    async rollup(segment) {
      const d1 = await platform.miniflare.getD1Database('CONTROL', 'selvedge');
      const rows = await d1
        .prepare('SELECT hour, entered, exited FROM rollup_membership WHERE segment = ? ORDER BY hour')
        .bind(segment)
        .all<{ readonly hour: string; readonly entered: number; readonly exited: number }>();
      return rows.results;
    },
    async stop() {
      await platform.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return shop;
}

function createVisitor({ send }: DrivenShop, { key, origin }: VisitorOptions): DrivenVisitor {
  const visitor: DrivenVisitor = {
    token: '',
    async interact(body = {}) {
      const cookie = visitor.token ? { cookie: `__Host-sv=${visitor.token}` } : {};
      const answer = await send(`/v1/interact?key=${key}`, { headers: { origin, ...cookie }, body });
      visitor.token = cookieOf(answer) ?? visitor.token;
      return answer as Answer<InteractResponse>;
    },
  };
  return visitor;
}
