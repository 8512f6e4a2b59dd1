import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { buildSdkText, ROOT } from '../../../dev/build.ts';

/** Everything waits a tenth of its time, so that a short test sees many alarms, drains and repeated links. */
const HURRY = [
  { file: 'core/lib/limits.ts', from: 'drainDelayMs: { value: 15_000', to: 'drainDelayMs: { value: 1_000' },
  { file: 'core/interaction/next-wake.ts', from: 'INTENT_RETRY_MS = MINUTE_MS', to: 'INTENT_RETRY_MS = 1_000' },
  { file: 'worker/objects/profile-object.ts', from: 'ALARM_RETRY_MS = 30_000', to: 'ALARM_RETRY_MS = 2_000' },
] as const;

/** Bundles the Worker of this folder: the real one, in a hurry, with places where a test can stop it. */
export async function buildCrashWorker(outfile: string): Promise<string> {
  await buildSdkText();
  const changed = new Set<string>();
  const hurry: Plugin = {
    name: 'hurry',
    setup(builder) {
      builder.onLoad({ filter: /(?:limits|next-wake|profile-object)\.ts$/ }, async ({ path }) => {
        const rule = HURRY.find(({ file }) => path === join(ROOT, file));
        if (!rule) return undefined;
        const text = await readFile(path, 'utf8');
        if (text.includes(rule.from)) changed.add(rule.file);
        return { contents: text.replace(rule.from, rule.to), loader: 'ts' };
      });
    },
  };
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/worker/crash/crash-worker.ts'],
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
    plugins: [hurry],
  });
  const missed = HURRY.filter(({ file }) => !changed.has(file));
  if (missed.length > 0)
    throw new Error(`cannot hurry ${missed.map(({ file }) => file).join(', ')}: the text has changed`);
  return outfile;
}
