import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { measure, type Plan, type Times } from '../engine/measure.ts';
import { median } from '../stats.ts';
import { type CaseName, SIDES } from './side.ts';

const HOST = '127.0.0.1';

export interface DecisionsWorkerd {
  measure(name: CaseName, seed: number, plan: Plan): Promise<Times>;
  stop(): Promise<void>;
}

/** worker.ts on the runtime that serves production. */
export async function startDecisionsWorkerd(): Promise<DecisionsWorkerd> {
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
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        {
          name: 'decisions',
          modules: [{ type: 'ESModule' as const, path: 'decisions.js', contents: outputFiles[0]?.text ?? '' }],
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
  const { origin } = await miniflare.unsafeGetDirectURL('decisions');
  const timed = async (query: Readonly<Record<string, string>>): Promise<number> => {
    const startedAt = performance.now();
    const response = await fetch(`${origin}/?${new URLSearchParams(query)}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`workerd: ${response.status} ${text}`);
    return performance.now() - startedAt;
  };
  return {
    measure: async (name, seed, plan) => {
      const asked = { case: name, seed: String(seed) };
      await timed(asked);
      /** What empty requests before and after take is taken off. */
      const run = async (side: string, answers: number): Promise<number> => {
        const empty = [await timed(asked), await timed(asked)];
        const block = await timed({ ...asked, side, answers: String(answers) });
        empty.push(await timed(asked));
        return Math.max(1, (block - median(empty)) * 1e6);
      };
      return measure([...SIDES], run, plan);
    },
    stop: () => miniflare.dispose(),
  };
}
