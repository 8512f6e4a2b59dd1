import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { PUBLISH_PACKAGES, PUBLISH_ROOMS } from './house.ts';

/** The rule `nothing-to-publish-at-start` again, as the bundler sees it: in packages too. */
it('starts without the parser, the compiler and the time zone library', async () => {
  const { metafile } = await build({
    absWorkingDir: join(import.meta.dirname, '../..'),
    entryPoints: ['worker/index.ts'],
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    // What is imported dynamically gets chunks of its own.
    splitting: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'module', 'import'],
    external: ['cloudflare:*', 'node:*', '*.txt'],
  });
  const { outputs } = metafile;
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { kind, path: next } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && outputs[next]) load(next);
    }
  };
  load(Object.keys(outputs).find((path) => outputs[path]?.entryPoint === 'worker/index.ts') ?? '');
  const code = [...loaded].flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}));
  const inputs = code.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  expect(inputs).toContain('worker/index.ts');
  const early = [...Object.keys(PUBLISH_PACKAGES).map((name) => `node_modules/${name}/`), ...PUBLISH_ROOMS];
  expect(inputs.filter((path) => early.some((start) => path.startsWith(start)))).toEqual([]);
  expect(Object.keys(metafile.inputs).some((path) => path.startsWith('node_modules/chevrotain/'))).toBe(true);
});
