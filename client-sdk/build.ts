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
  external: ['react'],
  entryPoints: ['index', 'core', 'decide', 'dom', 'visitor-link', 'local', 'debug', 'react', 'tcf', 'consent-mode'].map(
    (entry) => `src/${entry}.ts`,
  ),
};

/** Parts of sdk.js in the order in which they stand; `base` holds the configuration, the others are for sources that need them. */
export const PARTS = ['visitor-link', 'dom', 'early', 'sdk'] as const;

export interface Scripts {
  /** All parts together: what any source may be served. */
  readonly sdk: string;
  readonly parts: { readonly [P in (typeof PARTS)[number]]: string };
  readonly stub: string;
  /** Loaded on demand: the overlay, and the engine for rules that browsers may have. */
  readonly debug: string;
  readonly local: string;
}

/** Text of the classic scripts, nothing written. Throws when the config token is not in the base exactly once. */
export async function bundleScripts(): Promise<Scripts> {
  const { outputFiles } = await build({
    ...common,
    format: 'iife',
    write: false,
    entryPoints: [
      ...PARTS.map((part) => `src/${part}.iife.ts`),
      'src/debug.iife.ts',
      'src/local.iife.ts',
      'src/stub.ts',
    ],
  });
  const text = (name: string): string => outputFiles.find((file) => file.path.endsWith(`/${name}.js`))?.text ?? '';
  const parts = {
    'visitor-link': text('visitor-link.iife'),
    dom: text('dom.iife'),
    early: text('early.iife'),
    sdk: text('sdk.iife'),
  };
  const sdk = PARTS.map((part) => parts[part]).join('');
  const found = sdk.split(TOKEN).length - 1;
  if (found !== 1) throw new Error(`sdk.iife.js holds ${TOKEN} ${found} times; the Worker replaces exactly one`);
  return { sdk, parts, stub: text('stub'), debug: text('debug.iife'), local: text('local.iife') };
}

/** Everything of the package: sdk.iife.js and its parts, stub.js, ESM entries and their types, into `dist/`. Files are replaced in place: others may be reading. */
export async function buildSdk(): Promise<void> {
  const { sdk, parts, stub, debug, local } = await bundleScripts();
  mkdirSync(DIST, { recursive: true });
  writeFileSync(join(DIST, 'sdk.iife.js'), sdk);
  writeFileSync(join(DIST, 'stub.js'), stub);
  writeFileSync(join(DIST, 'debug.iife.js'), debug);
  writeFileSync(join(DIST, 'local.iife.js'), local);
  for (const part of PARTS) writeFileSync(join(DIST, `part-${part}.js`), parts[part]);
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
