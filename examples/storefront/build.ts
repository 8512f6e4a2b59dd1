import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url).href);

/** One script from an entry, minified, as text. */
async function bundle(
  entry: string,
  format: 'iife' | 'esm',
  define: Readonly<Record<string, string>>,
): Promise<string> {
  const result = await build({
    entryPoints: [at(entry)],
    bundle: true,
    write: false,
    minify: format === 'iife',
    format,
    define: { ...define },
    target: 'es2022',
    platform: format === 'iife' ? 'browser' : 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'import'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  return result.outputFiles[0]?.text ?? '';
}

/**
 * The shop's Worker as one ES module. The browser script and the SDK's stub are put in as text, so that the Worker needs no files at
 * run time. `dev/` and the tests call this; `wrangler` runs this file, after `client-sdk` was built. `entry`: another Worker made around this one.
 */
export async function bundleStorefront(stub?: string, entry = 'worker.ts'): Promise<string> {
  const snippet = stub ?? (await readFile(at('../../client-sdk/dist/stub.js'), 'utf8'));
  const script = await bundle('client/shop.ts', 'iife', {});
  return bundle(entry, 'esm', {
    SELVEDGE_STUB: JSON.stringify(snippet.trim()),
    SHOP_SCRIPT: JSON.stringify(script),
    SHOP_SCRIPT_VERSION: JSON.stringify(createHash('sha256').update(script).digest('hex').slice(0, 10)),
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(at('dist'), { recursive: true });
  await writeFile(at('dist/worker.js'), await bundleStorefront());
}
