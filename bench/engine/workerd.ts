import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { median } from '../stats.ts';
import { measure, type Plan, type Times } from './measure.ts';
import type { CaseName } from './targets.ts';

const HOST = '127.0.0.1';

export interface Workerd {
  measure(name: CaseName, seed: number, plan: Plan): Promise<Times>;
  /** Throws unless all sides agree inside of workerd. */
  check(name: CaseName, seed: number): Promise<void>;
  stop(): Promise<void>;
}

/** worker.ts on the runtime that serves production, as dev/platform.ts starts it. */
export async function startWorkerd(): Promise<Workerd> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'module', 'import'],
    external: ['cloudflare:*', 'node:*'],
    // GrowthBook asks for it before it complains about something.
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const contents = outputFiles[0]?.text ?? '';
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        {
          name: 'engine',
          modules: [{ type: 'ESModule' as const, path: 'engine.js', contents }],
          compatibilityDate: '2026-11-01',
          unsafeDirectSockets: [{ host: HOST, port: 0 }],
        },
      ],
      host: HOST,
      port: 0,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: () => undefined,
    }),
  );
  await miniflare.ready;
  const { origin } = await miniflare.unsafeGetDirectURL('engine');
  const ask = async (query: Readonly<Record<string, string>>): Promise<{ readonly labels: readonly string[] }> => {
    const response = await fetch(`${origin}/?${new URLSearchParams(query)}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`workerd: ${response.status} ${text}`);
    return JSON.parse(text) as { labels: string[] };
  };
  return {
    measure: (name, seed, plan) => measureOver(ask, name, seed, plan),
    check: async (name, seed) => void (await ask({ case: name, seed: String(seed), check: 'yes' })),
    stop: () => miniflare.dispose(),
  };
}

/**
 * workerd's clock moves only when a request waits for something, against timing attacks; so one request runs a whole block,
 * the time is taken here, and what the empty requests before and after it took is taken off.
 */
async function measureOver(
  ask: (query: Readonly<Record<string, string>>) => Promise<{ readonly labels: readonly string[] }>,
  name: CaseName,
  seed: number,
  plan: Plan,
): Promise<Times> {
  const asked = { case: name, seed: String(seed) };
  const { labels } = await ask(asked);
  const timed = async (side: string, operations: number): Promise<number> => {
    const startedAt = performance.now();
    await ask({ ...asked, side, operations: String(operations) });
    return performance.now() - startedAt;
  };
  const run = async (label: string, operations: number): Promise<number> => {
    const empty = [await timed(label, 0), await timed(label, 0)];
    const block = await timed(label, operations);
    empty.push(await timed(label, 0));
    return Math.max(1, (block - median(empty)) * 1e6);
  };
  return measure(labels, run, plan);
}
