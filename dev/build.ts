import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeTexts } from '../client-sdk/build.ts';
import { bundleStorefront } from '../examples/storefront/build.ts';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

export type WorkerName = 'selvedge' | 'storefront';

/** Bundles one Worker for workerd and returns the path of its module. The SDK is built first, because both Workers carry a part of it. */
export async function buildWorker(name: WorkerName, minify = false): Promise<string> {
  const { stub } = await buildSdkText();
  const outfile = join(ROOT, 'dist', `${name}.js`);
  // Another build may be reading it: written beside it, then put in its place at once.
  const written = `${outfile}.${process.pid}.tmp`;
  await mkdir(dirname(outfile), { recursive: true });
  if (name === 'storefront') await writeFile(written, await bundleStorefront(stub));
  else await bundleSelvedge(written, minify);
  await rename(written, outfile);
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

/** The browser SDK's scripts as text modules, in `client-sdk/dist`. */
export function buildSdkText(): Promise<{ readonly sdk: string; readonly stub: string }> {
  return writeTexts();
}
