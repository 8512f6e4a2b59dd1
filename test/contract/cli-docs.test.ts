import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../../dev/build.ts';

const run = promisify(execFile);

/** Names of the commands below one, as its help lists them. */
async function commandsOf(path: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run(process.execPath, [join(ROOT, 'cli/selvedge/bin.mjs'), ...path, '--help'], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  const [, listed = ''] = stdout.split(/^Commands:$/m);
  return [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1] ?? '').filter((name) => name !== 'help');
}

it('every command of selvedge is in its reference', { timeout: 120_000 }, async () => {
  const text = await readFile(join(ROOT, 'docs/reference/cli.md'), 'utf8');
  const top = await commandsOf([]);
  expect(top.length).toBeGreaterThan(20);
  const missing: string[] = [];
  for (const name of top) {
    if (!text.includes(`selvedge ${name}`)) missing.push(name);
    // Those that are delegated list their own.
    if (['import', 'replay', 'reconcile'].includes(name)) continue;
    const line = text
      .split('\n')
      .filter((each) => each.includes(`selvedge ${name} `) || each.includes(`selvedge ${name}\``));
    for (const sub of await commandsOf([name])) {
      if (!line.some((each) => new RegExp(`\\b${sub}\\b`).test(each))) missing.push(`${name} ${sub}`);
    }
  }
  expect(missing).toEqual([]);
});
