import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleScripts } from '../client-sdk/build.ts';
import { bundleStorefront } from '../examples/storefront/build.ts';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

export type WorkerName = 'selvedge' | 'storefront';

/** Bundles one Worker for workerd and returns the path of its module. The SDK is built first, because both Workers carry a part of it. */
export async function buildWorker(name: WorkerName, minify = false): Promise<string> {
  const { stub } = await buildSdkText();
  const outfile = join(ROOT, 'dist', `${name}.js`);
  await mkdir(dirname(outfile), { recursive: true });
  if (name === 'storefront') await writeFile(outfile, await bundleStorefront(stub));
  else await bundleSelvedge(outfile, minify);
  return outfile;
}

async function bundleSelvedge(outfile: string, minify: boolean): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['worker/index.ts'],
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
}

/** `client-sdk/dist/sdk.iife.txt`: the script as a text module, under the ending that wrangler bundles as text. */
export async function buildSdkText(): Promise<{ readonly sdk: string; readonly stub: string }> {
  const scripts = await bundleScripts();
  const folder = join(ROOT, 'client-sdk/dist');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'sdk.iife.txt'), scripts.sdk);
  return scripts;
}
