import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const ROOT = fileURLToPath(new URL('.', import.meta.url).href);
const DIST = join(ROOT, 'dist');
const TOKEN = '__SELVEDGE_CONFIG__';

const common: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  outdir: DIST,
  logLevel: 'warning',
};

const ESM: BuildOptions = {
  ...common,
  format: 'esm',
  splitting: true,
  chunkNames: 'chunk-[hash]',
  entryPoints: ['src/index.ts', 'src/core.ts', 'src/decide.ts', 'src/visitor-link.ts'],
};

/** Text of the two classic scripts, nothing written. Throws when the config token is not in sdk.iife.js exactly once. */
export async function bundleScripts(): Promise<{ readonly sdk: string; readonly stub: string }> {
  const { outputFiles } = await build({
    ...common,
    format: 'iife',
    write: false,
    entryPoints: ['src/sdk.iife.ts', 'src/stub.ts'],
  });
  const text = (name: string): string => outputFiles.find((file) => file.path.endsWith(name))?.text ?? '';
  const sdk = text('sdk.iife.js');
  const found = sdk.split(TOKEN).length - 1;
  if (found !== 1) throw new Error(`sdk.iife.js holds ${TOKEN} ${found} times; the Worker replaces exactly one`);
  return { sdk, stub: text('stub.js') };
}

/** Everything of the package: sdk.iife.js, stub.js, ESM entries and their types, into `dist/`. Files are replaced in place: others may be reading. */
export async function buildSdk(): Promise<void> {
  const { sdk, stub } = await bundleScripts();
  mkdirSync(DIST, { recursive: true });
  writeFileSync(join(DIST, 'sdk.iife.js'), sdk);
  writeFileSync(join(DIST, 'stub.js'), stub);
  for (const name of readdirSync(DIST)) if (name.startsWith('chunk-')) rmSync(join(DIST, name));
  await build(ESM);
  const types = join(DIST, 'types');
  const tsc = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url).href);
  execFileSync(
    tsc,
    [
      '-p',
      ROOT,
      '--noEmit',
      'false',
      '--declaration',
      '--emitDeclarationOnly',
      '--rootDir',
      join(ROOT, '..'),
      '--outDir',
      types,
    ],
    { stdio: 'inherit' },
  );
  // Declarations beside `.d.ts` files are found by `.js`; the compiler keeps the `.ts` of the sources.
  for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(types, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2'));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildSdk();
