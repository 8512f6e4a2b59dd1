import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { type MinifyOptions, minify } from 'terser';

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

/** Parts of sdk.js in the order in which they stand; the base, `sdk`, holds the configuration, the others are for sources that need them. */
export const PARTS = ['visitor-link', 'dom', 'early', 'sdk'] as const;
/** Classic scripts that a page loads beside sdk.js, each when it wants it. */
export const PROGRAMS = ['debug', 'local', 'tcf', 'consent-mode'] as const;

type Part = (typeof PARTS)[number];
type Program = (typeof PROGRAMS)[number];

export interface Scripts {
  /** All parts together, one on each line: what any source may be served. */
  readonly sdk: string;
  readonly parts: Readonly<Record<Part, string>>;
  readonly stub: string;
  readonly programs: Readonly<Record<Program, string>>;
}

/**
 * Members that nobody but the parts of sdk.js themselves calls by name: they get short ones. Nothing of the wire, of the DOM, of what a page may call, or of
 * what programs and add-ons from npm use of a client: those are of another build, and maybe of another version.
 */
const INTERNAL =
  'act added adopt anchor answers around begin changes choose done forget freeze inlined isHydrated isSafe leave persist plans policy release renew report retryNow room seen settle steps undo waitMs waits'.split(
    ' ',
  );
/** One letter for each, the same in every part; none that is a key of something stored or of the stub. */
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdfghijklm'];

const MINIFY: MinifyOptions = {
  ecma: 2020,
  compress: { passes: 3, pure_getters: true, unsafe_arrows: true, unsafe_methods: true, keep_fargs: false },
  mangle: true,
};

/** Built once a process: sources do not change under it. */
let built: Promise<Scripts> | undefined;

/** Text of the classic scripts, nothing written. Throws when a part is not one line, or when the config token is not in the base exactly once. */
export function bundleScripts(): Promise<Scripts> {
  built ??= makeScripts();
  return built;
}

async function makeScripts(): Promise<Scripts> {
  const bundle = async (shorten: boolean, entries: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const { outputFiles } = await build({
      ...common,
      minify: false,
      minifySyntax: true,
      ...(shorten && {
        mangleProps: new RegExp(`^(${INTERNAL.join('|')})$`),
        mangleCache: Object.fromEntries(INTERNAL.map((name, i) => [name, LETTERS[i] ?? name])),
      }),
      format: 'iife',
      write: false,
      entryPoints: entries.map((entry) => `src/${entry}.ts`),
    });
    const texts = outputFiles.map(async ({ path, text }) => {
      const { code } = await minify(text, MINIFY);
      return [basename(path).replace(/(\.iife)?\.js$/, ''), `${code}\n`] as const;
    });
    return new Map(await Promise.all(texts));
  };
  const own = await bundle(
    true,
    PARTS.map((part) => `${part}.iife`),
  );
  const others = await bundle(false, ['stub', ...PROGRAMS.map((program) => `${program}.iife`)]);
  const pick = <Name extends string>(names: readonly Name[], of: ReadonlyMap<string, string>): Record<Name, string> =>
    Object.fromEntries(names.map((name) => [name, of.get(name) ?? ''])) as Record<Name, string>;
  const parts = pick(PARTS, own);
  const sdk = PARTS.map((part) => parts[part]).join('');
  const found = sdk.split(TOKEN).length - 1;
  if (found !== 1) throw new Error(`sdk.iife.js holds ${TOKEN} ${found} times; the Worker replaces exactly one`);
  const lines = sdk.trimEnd().split('\n').length;
  if (lines !== PARTS.length) throw new Error(`sdk.iife.js has ${lines} lines; the Worker takes each for a part`);
  return { sdk, parts, stub: others.get('stub') ?? '', programs: pick(PROGRAMS, others) };
}

/** The scripts as text modules, under the ending that wrangler bundles as text: `dist/sdk.iife.txt` and a `dist/sdk-<program>.txt` each. */
export async function writeTexts(): Promise<Scripts> {
  const scripts = await bundleScripts();
  mkdirSync(DIST, { recursive: true });
  writeFileSync(join(DIST, 'sdk.iife.txt'), scripts.sdk);
  for (const program of PROGRAMS) writeFileSync(join(DIST, `sdk-${program}.txt`), scripts.programs[program]);
  return scripts;
}

/** Everything of the package: sdk.iife.js and its parts, stub.js, ESM entries and their types, into `dist/`. Files are replaced in place: others may be reading. */
export async function buildSdk(): Promise<void> {
  const { sdk, parts, stub, programs } = await writeTexts();
  writeFileSync(join(DIST, 'sdk.iife.js'), sdk);
  writeFileSync(join(DIST, 'stub.js'), stub);
  for (const program of PROGRAMS) writeFileSync(join(DIST, `${program}.iife.js`), programs[program]);
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
