import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../dev/build.ts';
import { startTestDemo, type TestDemo } from '../../support/demo.ts';

const run = promisify(execFile);
const PATHS = ['websites', 'storefronts', 'operators'] as const;

let folder: string;
let demo: TestDemo;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-start-'));
  demo = await startTestDemo();
  // What `npx selvedge` finds in a checkout.
  const bin = join(folder, 'npx');
  await writeFile(bin, `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(ROOT, 'cli/selvedge/bin.mjs')}" "$@"\n`, {
    mode: 0o755,
  });
}, 240_000);
afterAll(async () => {
  await demo?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The `sh` blocks of a page, in their order. */
async function commandsOf(page: string): Promise<string> {
  const text = await readFile(join(ROOT, 'docs/start', `${page}.md`), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
  expect(blocks.length).toBeGreaterThan(1);
  return blocks.join('\n');
}

describe('getting started', { timeout: 240_000 }, () => {
  it.each(PATHS)('%s: every command does what the page says', async (page) => {
    const script = join(folder, `${page}.sh`);
    await writeFile(script, await commandsOf(page));
    const { stdout } = await run('bash', ['-euo', 'pipefail', script], {
      cwd: folder,
      env: {
        ...process.env,
        PATH: [folder, process.env.PATH].join(delimiter),
        HOME: folder,
        XDG_CONFIG_HOME: join(folder, '.config'),
        SELVEDGE_URL: demo.platform.url,
        SELVEDGE_TOKEN: demo.demo.operatorToken,
        NO_COLOR: '1',
      },
      maxBuffer: 10_000_000,
    }).catch((error: { readonly stdout?: string; readonly stderr?: string }) => {
      throw new Error(`${error.stdout ?? ''}\n${error.stderr ?? ''}`);
    });
    expect(stdout.length).toBeGreaterThan(0);
  });
});
