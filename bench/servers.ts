import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { buildWorker, ROOT } from '../dev/build.ts';
import { type Platform, type PlatformOptions, startPlatform } from '../dev/platform.ts';
import { configure } from './configuration.ts';

/** A workerd process under load. */
export interface Server {
  readonly url: string;
  /** CPU seconds that its process has used so far, user and system. */
  cpuSeconds(): Promise<number>;
}

export interface Product extends Server {
  readonly platform: Platform;
  readonly serverKey: string;
  /** Log lines since the last call, parsed. */
  takeLog(): readonly Record<string, unknown>[];
}

export interface Floor {
  readonly floor: Server;
  readonly empty: Server;
  stop(): Promise<void>;
}

export interface Bundle {
  readonly path: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  remove(): Promise<void>;
}

const HOST = '127.0.0.1';

export async function bundleProduct(): Promise<Bundle> {
  const built = await buildWorker('selvedge', true);
  // A copy: others may build into dist while this runs.
  const folder = await mkdtemp(join(ROOT, 'dist', 'bench-'));
  const path = join(folder, 'selvedge.js');
  await copyFile(built, path);
  const code = await readFile(path);
  return {
    path,
    bytes: code.length,
    gzipBytes: gzipSync(code).length,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `requestLog`: `all` is the product's default, one line a request. `publish` configures it and returns a server key. */
export async function startProduct(
  bundle: Bundle,
  requestLog: 'all' | 'errors',
  publish: (platform: Platform) => Promise<string> = configure,
  more: Pick<PlatformOptions, 'inspectObjects'> = {},
): Promise<Product> {
  const lines: string[] = [];
  const before = await workerdPids();
  const platform = await startPlatform({
    persist: null,
    bundles: { selvedge: bundle.path },
    bindings: requestLog === 'errors' ? { REQUEST_LOG: 'errors' } : {},
    mintsPerMinute: 1_000_000,
    onLog: (line) => void lines.push(line),
    ...more,
  });
  const pid = await newWorkerd(before);
  const serverKey = await publish(platform);
  return {
    url: platform.url,
    platform,
    serverKey,
    cpuSeconds: () => cpuSeconds(pid),
    takeLog: () =>
      lines
        .splice(0)
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** The floor and the empty Worker: the same runtime, options and kind of socket as the product. */
export async function startFloor(answers: Readonly<Record<string, unknown>>): Promise<Floor> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'floor.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:*'],
  });
  const worker = (name: string, contents: string, more: object) => ({
    name,
    modules: [{ type: 'ESModule' as const, path: `${name}.js`, contents }],
    compatibilityDate: '2026-11-01',
    stripCfConnectingIp: false,
    unsafeDirectSockets: [{ host: HOST, port: 0 }],
    ...more,
  });
  const before = await workerdPids();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        worker('floor', outputFiles[0]?.text ?? '', {
          bindings: { ANSWERS: JSON.stringify(answers) },
          durableObjects: { FLOOR: { className: 'Floor', useSQLite: true } },
        }),
        worker('empty', `export default { fetch: () => new Response('empty') };`, {}),
      ],
      host: HOST,
      port: 0,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: () => undefined,
    }),
  );
  await miniflare.ready;
  const pid = await newWorkerd(before);
  const server = async (name: string): Promise<Server> => ({
    url: (await miniflare.unsafeGetDirectURL(name)).origin,
    cpuSeconds: () => cpuSeconds(pid),
  });
  return { floor: await server('floor'), empty: await server('empty'), stop: () => miniflare.dispose() };
}

/** Waits until none of the servers works any more: what waited to be drained has been. */
export async function untilQuiet(servers: readonly Server[], longestMs: number): Promise<void> {
  const end = Date.now() + longestMs;
  for (let quiet = 0; quiet < 3 && Date.now() < end; ) {
    const before = await total(servers);
    await new Promise((resolve) => setTimeout(resolve, 500));
    quiet = (await total(servers)) - before <= 0.02 * servers.length ? quiet + 1 : 0;
  }
}

async function total(servers: readonly Server[]): Promise<number> {
  let seconds = 0;
  for (const server of servers) seconds += await server.cpuSeconds();
  return seconds;
}

/** The process that was started since `before`. */
async function newWorkerd(before: ReadonlySet<number>): Promise<number> {
  for (const pid of await workerdPids()) if (!before.has(pid)) return pid;
  throw new Error('no workerd process was started');
}

/** workerd processes that this process started. */
async function workerdPids(): Promise<ReadonlySet<number>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(async (pid) => ({ pid, stat: await statOf(pid) })));
  return new Set(
    stats.filter(({ stat }) => stat?.name.startsWith('workerd') && stat.parent === process.pid).map(({ pid }) => pid),
  );
}

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await statOf(pid);
  if (!stat) throw new Error('workerd is gone');
  return stat.cpuSeconds;
}

/** Linux counts in ticks of 10 ms. */
const TICKS_PER_SECOND = 100;

async function statOf(
  pid: number,
): Promise<{ readonly name: string; readonly parent: number; readonly cpuSeconds: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const after = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  return { name, parent: Number(after[1]), cpuSeconds: (Number(after[11]) + Number(after[12])) / TICKS_PER_SECOND };
}
