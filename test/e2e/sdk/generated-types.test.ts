import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildSdk } from '../../../client-sdk/build.ts';
import { generateTypes, readPlacements } from '../../../client-sdk/generate-types.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PLACEMENTS = [
  { id: 'show-banner', kind: 'value', valueType: 'boolean', name: 'Shows the */ banner' },
  { id: 'discount', kind: 'value', valueType: 'number' },
  { id: 'settings', kind: 'json' },
  { id: 'hero', kind: 'html' },
  { id: 'go', kind: 'redirect' },
  { id: 'promo', kind: 'dom' },
  { id: 'picks', kind: 'list' },
];

describe('types from the ruleset', () => {
  let folder = '';
  beforeAll(async () => {
    await buildSdk();
    folder = mkdtempSync(join(tmpdir(), 'selvedge-types-'));
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Lines of the compiler about a site's file that uses the package as published. */
  function complaints(source: string, placements: typeof PLACEMENTS): string[] {
    writeFileSync(join(folder, 'selvedge.d.ts'), generateTypes(placements));
    const head = `import { init, type Client } from '@selvedge/sdk';
import { useDecision } from '@selvedge/sdk/react';
declare const client: Client;
export { init, useDecision };\n`;
    writeFileSync(join(folder, 'site.ts'), head + source);
    const options = {
      target: 'ES2023',
      module: 'ESNext',
      moduleResolution: 'Bundler',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      types: [],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      paths: {
        '@selvedge/sdk': [join(ROOT, 'client-sdk/dist/types/client-sdk/src/index.d.ts')],
        '@selvedge/sdk/react': [join(ROOT, 'client-sdk/dist/types/client-sdk/src/react.d.ts')],
        react: [join(ROOT, 'node_modules/@types/react')],
        csstype: [join(ROOT, 'node_modules/csstype')],
      },
    };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['site.ts', ...(placements[0] ? ['selvedge.d.ts'] : [])] }),
    );
    const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
    });
    return stdout.split('\n').filter(Boolean);
  }

  test('decisions have the content of their placement', () => {
    const source = `
export const banner: boolean = (await client.decide('show-banner', false)).content;
export const discount: number = (await client.decide('discount', 0)).content;
export const hero: string = (await client.decide('hero', '')).content;
export const url: string = (await client.decide('go', { url: '/' })).content.url;
export const title: string | undefined = (await client.decide('picks', { items: [] })).content.items[0]?.title;
export const price: number = useDecision(client, 'discount', 1).content;
export const many = await client.decide(['hero', 'discount'], { fallback: { hero: '' } });`;
    expect(complaints(source, PLACEMENTS)).toEqual([]);
  });

  test.each([
    [`client.decide('discount', 'ten')`, 'TS2769'],
    [`client.decide('unknown', 1)`, 'TS'],
    [`client.decide('hero', '').then(({ content }) => content.url)`, 'TS2339'],
  ])('%s does not compile', (source, code) => {
    const found = complaints(source, PLACEMENTS);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).toContain(code);
  });

  test('without generated types any placement may hold anything', () => {
    expect(complaints(`export const x = (await client.decide('anything', 1)).content;`, [])).toEqual([]);
  });

  test('the same placements give the same text; two of one id are refused', () => {
    expect(generateTypes([...PLACEMENTS].reverse())).toBe(generateTypes(PLACEMENTS));
    expect(() => generateTypes([...PLACEMENTS, { id: 'hero', kind: 'dom' }])).toThrow('"hero"');
  });

  test('the command takes the list of the operator API as it is', () => {
    const resource = ({ id: _, ...rest }: (typeof PLACEMENTS)[number]) => rest;
    const listed = PLACEMENTS.map((one) => ({ id: one.id, version: 2, archived: false, resource: resource(one) }));
    const gone = { id: 'gone', version: 1, archived: true, resource: { name: 'Gone', kind: 'html' } };
    const { stdout } = spawnSync(process.execPath, [join(ROOT, 'client-sdk/generate-types.ts')], {
      input: JSON.stringify({ items: [...listed, gone], next: null }),
      encoding: 'utf8',
    });
    expect(stdout).toBe(generateTypes(PLACEMENTS));
    expect(() => readPlacements({ title: 'unauthorized' })).toThrow('list');
  });
});
