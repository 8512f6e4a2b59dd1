import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { buildSdkText, ROOT } from '../../../dev/build.ts';

/** Everything waits a tenth of its time, so that a short test sees many alarms, drains and repeated links. */
const HURRY = [
  { file: 'core/lib/limits.ts', from: 'drainDelayMs: { value: 15_000', to: 'drainDelayMs: { value: 1_000' },
  { file: 'core/lib/limits.ts', from: 'linkCallMs: {\n    value: 10_000', to: 'linkCallMs: {\n    value: 1_000' },
  { file: 'core/interaction/next-wake.ts', from: 'OPEN_WORK_MS = 5_000', to: 'OPEN_WORK_MS = 500' },
  { file: 'core/interaction/next-wake.ts', from: 'CLEAN_UP_MS = MINUTE_MS', to: 'CLEAN_UP_MS = 1_000' },
  { file: 'core/identity/protocol/protocol-context.ts', from: 'askAgainMs: 5_000', to: 'askAgainMs: 500' },
  { file: 'core/interaction/unsent.ts', from: 'OVERDUE_MS = 2 * MINUTE_MS', to: 'OVERDUE_MS = 4_000' },
  {
    file: 'core/identity/protocol/protocol-context.ts',
    from: 'longestBackOffMs: 30_000',
    to: 'longestBackOffMs: 2_000',
  },
  { file: 'worker/objects/profile-object.ts', from: 'ALARM_RETRY_MS = 30_000', to: 'ALARM_RETRY_MS = 2_000' },
] as const;

/** Bundles the Worker of this folder: the real one, in a hurry, with places where a test can stop it. */
export async function buildCrashWorker(outfile: string, entry = 'crash-worker.ts'): Promise<string> {
  await buildSdkText();
  const changed = new Set<string>();
  const hurry: Plugin = {
    name: 'hurry',
    setup(builder) {
      builder.onLoad(
        { filter: /(?:limits|next-wake|unsent|protocol-context|profile-object)\.ts$/ },
        async ({ path }) => {
          const rules = HURRY.filter(({ file }) => path === join(ROOT, file));
          if (rules.length === 0) return undefined;
          let contents = await readFile(path, 'utf8');
          for (const { from, to } of rules) {
            if (contents.includes(from)) changed.add(from);
            contents = contents.replace(from, to);
          }
          return { contents, loader: 'ts' };
        },
      );
    },
  };
  await build({
    absWorkingDir: ROOT,
    entryPoints: [`test/worker/crash/${entry}`],
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
  const missed = HURRY.filter(({ from }) => !changed.has(from));
  if (missed.length > 0)
    throw new Error(
      `cannot hurry ${missed.map(({ file, from }) => `${from} in ${file}`).join(', ')}: the text has changed`,
    );
  return outfile;
}
