import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('.', import.meta.url).href);
const DIST = join(ROOT, 'dist');

/** Everything that the package is published with: `dist/edge.js`, and its types with those of core that they name. Files are replaced in place. */
export async function buildEdge(): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/edge.ts'],
    outdir: DIST,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const types = join(DIST, 'types');
  const tsc = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url).href);
  const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly'];
  execFileSync(tsc, ['-p', ROOT, ...emit, '--rootDir', join(ROOT, '..'), '--outDir', types], { stdio: 'inherit' });
  // Declarations beside `.d.ts` files are found by `.js`; the compiler keeps the `.ts` of the sources.
  for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(types, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2'));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildEdge();
