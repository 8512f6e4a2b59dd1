import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { bundleSdk, type Part, TOKEN, VARIANTS } from './build.ts';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

const gzipped = (text: string): number => gzipSync(text, { level: 9 }).length;

/** These exports of an entry alone, as one file: published forms share chunks. Packages of the site stay outside. */
async function entryText(entry: string, names: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    stdin: {
      contents: `import { ${names} } from './src/${entry}.ts'; window.entry = [${names}];`,
      resolveDir: ROOT,
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['react'],
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

export interface Size {
  readonly name: string;
  /** gzip -9. */
  readonly bytes: number;
  readonly aim: number;
  readonly cap: number;
}

/** Bytes, what we aim at, and caps above which CI fails; caps exclude the inlined configuration, which has its own: the limit `browserConfigBytes`. */
export async function measureSizes(): Promise<readonly Size[]> {
  const dist = (name: string): string => readFileSync(join(ROOT, 'dist', name), 'utf8');
  const sdkOf = async (parts: readonly Part[]) => gzipped((await bundleSdk(parts)).replace(TOKEN, '{}'));
  const entry = async (name: string, exports: string) => gzipped(await entryText(name, exports));
  return [
    { name: 'stub', bytes: gzipped(dist('stub.js')), aim: 350, cap: 450 },
    { name: '/core', bytes: await entry('core', 'init'), aim: 3_200, cap: 3_800 },
    // What the budget is for: no source with offers is served less than the next but one.
    { name: 'sdk.js: events, DOM', bytes: await sdkOf(['dom']), aim: 5_500, cap: 6_500 },
    // What sources are served: see `sdkVariant` of the Worker.
    { name: 'sdk.js: base', bytes: await sdkOf(VARIANTS.base), aim: 5_500, cap: 5_900 },
    { name: 'sdk.js: … + offers', bytes: await sdkOf(VARIANTS.early), aim: 6_000, cap: 6_300 },
    { name: 'sdk.js: … + DOM', bytes: await sdkOf(VARIANTS.dom), aim: 6_500, cap: 6_900 },
    { name: 'sdk.js: … + redirects', bytes: await sdkOf(VARIANTS.redirect), aim: 6_500, cap: 7_100 },
    { name: 'sdk.js: everything', bytes: await sdkOf(VARIANTS['redirect+link']), aim: 6_500, cap: 7_400 },
    { name: '/local', bytes: gzipped(dist('local.iife.js')), aim: 8_000, cap: 9_000 },
    { name: '/react', bytes: await entry('react', 'useDecision, Placement'), aim: 500, cap: 600 },
    { name: '/tcf', bytes: await entry('tcf', 'followTcf'), aim: 500, cap: 1_000 },
    {
      name: '/consent-mode',
      bytes: await entry('consent-mode', 'followConsentMode, sendConsentMode'),
      aim: 800,
      cap: 1_000,
    },
    { name: '/debug', bytes: gzipped(dist('debug.iife.js')), aim: 3_000, cap: 4_000 },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, bytes, aim, cap } of await measureSizes()) {
    console.log(
      `${name.padEnd(20)} ${String(bytes).padStart(5)} B gz   aim ${aim}   cap ${cap}${bytes > cap ? '   OVER' : ''}`,
    );
    if (bytes > cap) process.exitCode = 1;
  }
}
