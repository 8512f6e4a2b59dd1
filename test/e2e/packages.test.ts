import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildEdge } from '../../client-edge/build.ts';

/** What is published must work where nothing of this tree is. */
const ROOT = join(import.meta.dirname, '../..');
const TSC = join(ROOT, 'node_modules/.bin/tsc');
const outside = mkdtempSync(join(tmpdir(), 'selvedge-packed-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));

const run = (command: string, args: readonly string[], cwd: string): string => {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
  }
};
const write = (name: string, text: string) => {
  mkdirSync(dirname(join(outside, name)), { recursive: true });
  writeFileSync(join(outside, name), text);
};
/** Modules that declarations import and that are none of their own files. */
const foreign = (folder: string): readonly string[] => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'));
  const found = files.flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    return [...text.matchAll(/(?:from|import)\s*\(?['"]([^'"]+)['"]/g)].map(([, module]) => module as string);
  });
  expect(found.length).toBeGreaterThan(10);
  return [...new Set(found.filter((module) => !module.startsWith('.')))].sort();
};

describe('@selvedge/edge, packed', () => {
  const home = join(outside, 'node_modules/@selvedge/edge');
  let files: readonly string[];
  beforeAll(async () => {
    await buildEdge();
    const cache = join(outside, 'cache');
    const packed = run(
      'npm',
      ['pack', '--json', '--offline', '--cache', cache, '--pack-destination', outside],
      join(ROOT, 'client-edge'),
    );
    const [told] = JSON.parse(packed) as [{ readonly filename: string; readonly files: readonly { path: string }[] }];
    files = told.files.map(({ path }) => path);
    mkdirSync(home, { recursive: true });
    run('tar', ['-xzf', join(outside, told.filename), '--strip-components=1', '-C', home], outside);
    mkdirSync(join(outside, 'node_modules/@cloudflare'));
    symlinkSync(
      join(ROOT, 'node_modules/@cloudflare/workers-types'),
      join(outside, 'node_modules/@cloudflare/workers-types'),
    );
  });

  it('holds what it was built into, and no source', () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'api.d.ts', 'dist/edge.js', 'package.json']));
    expect(files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
    expect(foreign(join(home, 'dist/types'))).toEqual([]);
  });

  it('is imported, and runs', () => {
    write(
      'run.mjs',
      `import { createEdge, originRequest, visitorSignals } from '@selvedge/edge';
      const request = new Request('https://shop.example/', { headers: { 'if-none-match': '"a"', 'sec-gpc': '1' } });
      const edge = createEdge({ key: 'wk_main.12345678', selvedge: 'https://edge.shop.example' });
      const made = [typeof edge.personalize, originRequest(request).headers.has('if-none-match'), visitorSignals(request)];
      console.log(JSON.stringify(made));`,
    );
    expect(JSON.parse(run(process.execPath, ['run.mjs'], outside))).toEqual(['function', false, { 'sec-gpc': '1' }]);
  });

  it.each(['Bundler', 'NodeNext'])('has types that hold, found the way of %s', (moduleResolution) => {
    write(
      'worker.ts',
      `import { createEdge, originRequest, type SelvedgeBinding } from '@selvedge/edge';
      import type { paths } from '@selvedge/edge/api';
      type Asked = paths['/v1/interact']['post']['requestBody']['content']['application/json'];
      export const asked: Asked = { placements: ['strip'] };
      export const answer = (request: Request, env: { SELVEDGE: SelvedgeBinding }): Promise<Response> =>
        createEdge({ key: 'wk_main.12345678', selvedge: env.SELVEDGE })
          .personalize(request, fetch(originRequest(request)), ['strip'], { budgetMs: 200 });
      // @ts-expect-error: not any
      createEdge({ key: 1, selvedge: '' });`,
    );
    const module = moduleResolution === 'Bundler' ? 'ESNext' : 'NodeNext';
    const types = ['@cloudflare/workers-types'];
    const strict = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false };
    write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: { target: 'ES2023', lib: ['ES2023'], module, moduleResolution, types, ...strict },
        files: ['worker.ts'],
      }),
    );
    write('package.json', '{"type":"module"}');
    run(TSC, ['-p', outside], outside);
  });
});

it('the types of @selvedge/sdk need no package but React, for the entry that is for it', () => {
  const types = join(outside, 'sdk-types');
  const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', ROOT, '--outDir', types];
  run(TSC, ['-p', join(ROOT, 'client-sdk'), ...emit], ROOT);
  expect(foreign(types).filter((module) => module !== 'react')).toEqual([]);
});
