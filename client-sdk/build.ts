import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { type MinifyOptions, minify } from 'terser';

const ROOT = fileURLToPath(new URL('.', import.meta.url).href);
const DIST = join(ROOT, 'dist');
/** Where the configuration goes. */
export const TOKEN = '__SELVEDGE_CONFIG__';

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
  entryPoints: [
    'index',
    'core',
    'decide',
    'dom',
    'early',
    'visitor-link',
    'local',
    'debug',
    'react',
    'tcf',
    'consent-mode',
  ].map((entry) => `src/${entry}.ts`),
};

/** What sdk.js may do beyond its base. `early`: show and hide before the first answer. `link`: take visitors from and to other sites. */
export type Part = 'early' | 'dom' | 'redirect' | 'link';

/** The texts of sdk.js that the Worker chooses from, in the order in which they stand in `sdk.iife.txt`, an empty line between: see `sdkVariant` there. */
export const VARIANTS = {
  base: [],
  early: ['early'],
  dom: ['early', 'dom'],
  redirect: ['early', 'dom', 'redirect'],
  'base+link': ['link'],
  'early+link': ['early', 'link'],
  'dom+link': ['early', 'dom', 'link'],
  'redirect+link': ['early', 'dom', 'redirect', 'link'],
} as const satisfies Readonly<Record<string, readonly Part[]>>;
/** Classic scripts that a page loads beside sdk.js, each when it wants it. */
export const PROGRAMS = ['debug', 'local', 'tcf', 'consent-mode'] as const;

type Variant = keyof typeof VARIANTS;
type Program = (typeof PROGRAMS)[number];
const NAMES = Object.keys(VARIANTS) as readonly Variant[];

export interface Scripts {
  /** The text that leaves nothing out: what any source may be served. */
  readonly sdk: string;
  readonly variants: Readonly<Record<Variant, string>>;
  readonly stub: string;
  readonly programs: Readonly<Record<Program, string>>;
}

/**
 * Members that nobody but the modules of sdk.js themselves calls by name: they get short ones there. Nothing of the wire, of the DOM, of what a page may call, or of
 * what programs and add-ons use of a client: those are of another build, and maybe of another version.
 */
const INTERNAL =
  'list wanted old transport post early emit take act added adopt anchor answers around changes choose done forget freeze inlined leave persist plans policy release renew report retryNow room seen settle steps undo waitMs waits'.split(
    ' ',
  );
/** One letter for each; those first that minified code has most. None is a key of something stored that has such members, or of the stub's. */
const LETTERS = [...'etnrolaisdcufpmghyvwbkxjqzABCDEFGHIJKLMNOPQRSTUVWXYZ'];

const SHORT: BuildOptions = {
  mangleProps: new RegExp(`^(${INTERNAL.join('|')})$`),
  mangleCache: Object.fromEntries(INTERNAL.map((name, i) => [name, LETTERS[i] ?? name])),
};

const MINIFY: MinifyOptions = {
  ecma: 2020,
  compress: { passes: 3, pure_getters: true, unsafe_arrows: true, unsafe_methods: true, keep_fargs: false },
  mangle: true,
};
/**
 * Of sdk.js, each measured alone. Nothing in it tells `true` from 1, or meets changed built-ins. Comparisons stay as they are written, and one pass does: phrases
 * that are the same everywhere compress better than shorter ones.
 */
const MINIFY_SDK: MinifyOptions = {
  ...MINIFY,
  compress: {
    ...(MINIFY.compress as object),
    passes: 1,
    booleans_as_integers: true,
    comparisons: false,
    hoist_funs: true,
    lhs_constants: false,
    unsafe: true,
  },
};

/** Built once a process: sources do not change under it. */
let built: Promise<Scripts> | undefined;

/** Text of the classic scripts, nothing written. */
export function bundleScripts(): Promise<Scripts> {
  built ??= makeScripts();
  return built;
}

/** A module as a classic script of one line. */
async function scriptOf(input: BuildOptions, options: MinifyOptions): Promise<string> {
  const { outputFiles } = await build({
    ...common,
    minify: false,
    minifySyntax: true,
    format: 'iife',
    write: false,
    ...input,
  });
  const { code } = await minify(outputFiles?.[0]?.text ?? '', options);
  return `${code}\n`;
}

/**
 * Compiled at once, and beside the main thread where the file is streamed: three in five of its functions run while a page starts, and each would be read twice.
 * https://v8.dev/blog/explicit-compile-hints; a comment to other browsers.
 */
const HINT = '//# allFunctionsCalledOnLoad';

/** sdk.js with these parts, in one scope: nothing stands between them. Throws when it is not one line after its hint, or has the config token not exactly once. */
export async function bundleSdk(parts: readonly Part[]): Promise<string> {
  const has = (part: Part, text: string): string => (parts.includes(part) ? text : '');
  const contents = `
    import { boot } from './src/sdk.iife.ts';
    import { startEarly } from './src/early.ts';
    import { planDom } from './src/dom.ts';
    import { planRedirect } from './src/redirect.ts';
    import { withVisitorLink } from './src/visitor-link.ts';
    boot({
      ${has('early', 'early: startEarly,')}
      plans: { ${has('dom', 'dom: planDom,')} ${has('redirect', 'redirect: planRedirect,')} },
      ${has('link', 'around: withVisitorLink,')}
    });`;
  const text = await scriptOf({ ...SHORT, stdin: { contents, resolveDir: ROOT, loader: 'ts' } }, MINIFY_SDK);
  const found = text.split(TOKEN).length - 1;
  if (found !== 1) throw new Error(`sdk.js holds ${TOKEN} ${found} times; the Worker replaces exactly one`);
  if (text.trimEnd().includes('\n')) throw new Error('sdk.js has several lines; the Worker takes empty ones for ends');
  return `${HINT}\n${text}`;
}

async function makeScripts(): Promise<Scripts> {
  const each = async <Name extends string>(names: readonly Name[], make: (name: Name) => Promise<string>) =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await make(name)] as const))) as Record<
      Name,
      string
    >;
  const variants = await each(NAMES, (variant) => bundleSdk(VARIANTS[variant]));
  return {
    sdk: variants['redirect+link'],
    variants,
    stub: await scriptOf({ entryPoints: ['src/stub.ts'] }, MINIFY),
    programs: await each(PROGRAMS, (program) => scriptOf({ entryPoints: [`src/${program}.iife.ts`] }, MINIFY)),
  };
}

/** The scripts as text modules, under the ending that wrangler bundles as text: `dist/sdk.iife.txt` with all variants, and a `dist/sdk-<program>.txt` each. */
export async function writeTexts(): Promise<Scripts> {
  const scripts = await bundleScripts();
  mkdirSync(DIST, { recursive: true });
  writeFileSync(join(DIST, 'sdk.iife.txt'), NAMES.map((name) => scripts.variants[name]).join('\n'));
  for (const program of PROGRAMS) writeFileSync(join(DIST, `sdk-${program}.txt`), scripts.programs[program]);
  return scripts;
}

/** Everything of the package: sdk.iife.js, stub.js, ESM entries and their types, into `dist/`. Files are replaced in place: others may be reading. */
export async function buildSdk(): Promise<void> {
  const { sdk, stub, programs } = await writeTexts();
  writeFileSync(join(DIST, 'sdk.iife.js'), sdk);
  writeFileSync(join(DIST, 'stub.js'), stub);
  for (const program of PROGRAMS) writeFileSync(join(DIST, `${program}.iife.js`), programs[program]);
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
