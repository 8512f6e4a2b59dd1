import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProject } from '../../../../cli/selvedge/project/read-project.ts';
import { readYamlFile } from '../../../../cli/selvedge/project/read-yaml-file.ts';
import { LIMITS } from '../../../../core/lib/limits.ts';

const read = (text: string) => readYamlFile('segment', 'gold', 'segments/gold.yaml', text);
const codes = (text: string) => read(text).problems.map(({ code }) => code);

/** Nine aliases of nine aliases of …: a billion words on a page. */
const LAUGHS = [
  'a: &a ["x","x","x","x","x","x","x","x","x"]',
  ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
].join('\n');

describe('a file of the project', () => {
  it.each([
    ['a billion laughs', LAUGHS],
    ['an alias of itself', 'name: &a [*a]'],
    ['brackets without end', `name: ${'['.repeat(5_000)}`],
    ['maps without end', `name: ${'{a: '.repeat(5_000)}`],
    ['merges of merges', `a: &a {x: 1}\n${'<<: *a\n'.repeat(2)}`],
  ])('is refused and not unfolded: %s', (_, text) => {
    const { resource, problems } = read(text);
    expect(resource).toBeNull();
    expect(problems.length).toBeGreaterThan(0);
  });

  it.each([
    ['a tag that makes an object', 'name: !!js/function "function () { return 1 }"'],
    ['a tag of another language', 'name: !!python/object/apply:os.system ["id"]'],
    ['binary', 'name: !!binary aGVsbG8='],
    ['a prototype', '__proto__: {admin: true}\nname: Gold'],
    ['several documents', 'name: one\n---\nname: two'],
    ['a key twice', 'name: one\nname: two'],
  ])('says nothing that its schema does not know: %s', (_, text) => {
    const { resource } = read(text);
    expect(resource).toBeNull();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(codes(text).length).toBeGreaterThan(0);
  });
});

describe('a folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'selvedge-yaml-'));
    await mkdir(join(folder, 'segments'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('with a file that is too large is read without it', async () => {
    await writeFile(join(folder, 'selvedge.yaml'), 'space: main\n');
    await writeFile(join(folder, 'segments', 'huge.yaml'), 'x'.repeat(LIMITS.adminBodyBytes.value + 1));
    const project = await readProject(folder);
    expect(project.problems).toMatchObject([{ file: 'segments/huge.yaml', code: 'tooLarge' }]);
    expect(project.resources).toEqual([]);
  });

  it('whose own file is a bomb is refused', async () => {
    await writeFile(join(folder, 'selvedge.yaml'), `${LAUGHS}\nspace: *i\n`);
    await expect(readProject(folder)).rejects.toThrow('cannot be read');
  });
});
