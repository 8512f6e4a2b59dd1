import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { beforeAll, expect, test } from 'vitest';
import { bundleScripts } from '../../client-sdk/build.ts';
import { localVectors } from './local-vectors.ts';

/** Of each file: how many cases may be marked for browsers at least. The specification stands beside the repository, where there is one. */
const FILES = (
  [
    ['segments-cases.json', 100],
    ['segments-review-cases.json', 180],
    ['../../../shared/spec/segments-cases.json', 20],
  ] as const
).filter(([file]) => existsSync(join(import.meta.dirname, file)));

/** Runs the built text of /sdk-local.js, and asks it for the members of each vector as a page would. */
const ASK = new Script(`JSON.stringify(JSON.parse(given).map(({ program, profile, now, ids }) => {
  const members = selvedgeLocal(program).members(profile, now);
  return ids.map((id) => members.has(id));
}))`);
let text = '';
beforeAll(async () => {
  text = (await bundleScripts()).programs.local;
}, 60_000);

test.each(FILES)('what is marked for browsers has the members there that it has at the edge: %s', (file, least) => {
  const { vectors, beyond } = localVectors(join(import.meta.dirname, file));
  const page = createContext({ given: JSON.stringify(vectors) });
  new Script(`window = globalThis; ${text}`).runInContext(page);
  const found = JSON.parse(ASK.runInContext(page) as string) as unknown;
  expect(found).toEqual(vectors.map(({ expected }) => expected));
  expect(vectors.length).toBeGreaterThanOrEqual(least);
  console.log(`${file}: ${vectors.length} cases may be marked for browsers, ${beyond} need more than they evaluate`);
});
