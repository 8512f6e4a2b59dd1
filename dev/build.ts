import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleScripts } from '../client-sdk/build.ts';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Workers of the project, by the name of their bundle in `dist/`. */
const ENTRIES = {
  selvedge: 'worker/index.ts',
  storefront: 'examples/storefront/worker.ts',
} as const;
export type WorkerName = keyof typeof ENTRIES;

/** Bundles one Worker for workerd and returns the path of its module. The SDK is built first, because the Worker serves it. */
export async function buildWorker(name: WorkerName, minify = false): Promise<string> {
  await buildSdkText();
  const outfile = join(ROOT, 'dist', `${name}.js`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [ENTRIES[name]],
    outfile,
    bundle: true,
    minify,
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

/** `client-sdk/dist/sdk.iife.txt` and `stub.txt`: the scripts as text modules, under the ending that wrangler bundles as text. */
export async function buildSdkText(): Promise<void> {
  const { sdk, stub } = await bundleScripts();
  const folder = join(ROOT, 'client-sdk/dist');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'sdk.iife.txt'), sdk);
  await writeFile(join(folder, 'stub.txt'), stub);
}
