import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

const gzipped = (text: string): number => gzipSync(text, { level: 9 }).length;

/** Core alone, as one file: its published form shares chunks with the other entries. */
async function coreText(): Promise<string> {
  const result = await build({
    absWorkingDir: ROOT,
    stdin: {
      contents: "import { init } from './src/core.ts'; window.selvedge = init;",
      resolveDir: ROOT,
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  });
  return result.outputFiles[0]?.text ?? '';
}

/** Bytes (gzip -9) and caps; caps exclude the inlined configuration. */
export async function measureSizes(): Promise<
  readonly { readonly name: string; readonly bytes: number; readonly aim: number; readonly cap: number }[]
> {
  const dist = (name: string): string => readFileSync(join(ROOT, 'dist', name), 'utf8');
  return [
    { name: 'stub.js', bytes: gzipped(dist('stub.js')), aim: 350, cap: 450 },
    { name: 'core', bytes: gzipped(await coreText()), aim: 3_200, cap: 3_800 },
    { name: 'sdk.iife.js', bytes: gzipped(dist('sdk.iife.js')), aim: 5_500, cap: 6_500 },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, bytes, aim, cap } of await measureSizes()) {
    console.log(
      `${name.padEnd(12)} ${String(bytes).padStart(5)} B gz   aim ${aim}   cap ${cap}${bytes > cap ? '   OVER' : ''}`,
    );
    if (bytes > cap) process.exitCode = 1;
  }
}
