import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SERVER_KEY } from './collect-endpoint.ts';
import { ReplayRig, ROOT, SAMPLE, visits } from './replay-run.ts';

const NODE = join(ROOT, 'node_modules/.bin/node');
const MAIN = join(ROOT, 'cli/replay/main.ts');

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

let rig: ReplayRig;
const running = new Set<ChildProcess>();
beforeEach(async () => {
  rig = new ReplayRig();
  await rig.start();
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rig.stop();
});

function replay(args: readonly string[], nodeArgs: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(NODE, [...nodeArgs, MAIN, ...args], {
    cwd: rig.folder,
    env: { PATH: process.env.PATH, SELVEDGE_SERVER_KEY: SERVER_KEY, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, output });
    });
  });
  return { child, ended };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the command line', () => {
  it('is stopped by SIGINT in good order and goes on without losing or doubling anything', async () => {
    const file = await rig.write('v.csv', visits(20_000, 500));
    const args = [file, '--mapping', 'visits.yaml', '--endpoint', rig.url];
    rig.endpoint.delayMs = 25;
    const first = replay(args);
    await until(() => rig.endpoint.requests >= 10);
    first.child.kill('SIGINT');
    const interrupted = await first.ended;
    expect(interrupted.code).toBe(130);
    expect(interrupted.output).toMatch(/Run the same command again to go on; --restart begins anew/);
    const stored = rig.endpoint.stored.size;
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(20_000);

    rig.endpoint.delayMs = 0;
    const second = await replay(args).ended;
    expect(second.code).toBe(0);
    expect(second.output).toMatch(/Going on after [\d,]+ events of an interrupted replay/);
    expect(rig.endpoint.stored.size).toBe(20_000);
    expect(rig.endpoint.violations).toEqual([]);
    // What was under way was answered, so only events above the gapless prefix come twice.
    expect(rig.endpoint.duplicates).toBeLessThanOrEqual(2_000);
  });

  it('survives being killed in the middle of a request', async () => {
    const file = await rig.write('v.csv', visits(5_000, 500));
    const args = [file, '-m', 'visits.yaml', '--endpoint', rig.url];
    rig.endpoint.delayMs = 20;
    const first = replay(args);
    await until(() => rig.endpoint.requests >= 8);
    first.child.kill('SIGKILL');
    await first.ended;
    rig.endpoint.delayMs = 0;
    expect((await replay(args).ended).code).toBe(0);
    expect(rig.endpoint.stored.size).toBe(5_000);
  });

  it('holds a small part of a large file in memory', async () => {
    const rows = 200_000;
    const out = createWriteStream(rig.path('large.csv'));
    out.write('n,who,at\n');
    const at = '2011-01-01T00:00:00Z';
    for (let n = 0; n < rows; n++) out.write(`${n},person-with-a-long-name-${(n * 7) % 90},${at}\n`);
    out.end();
    await finished(out);
    // As events the file is 54 MB of JSON alone; the heap may hold 44 MB of everything.
    const { code, output } = await replay(
      [rig.path('large.csv'), '-m', 'visits.yaml', '--endpoint', rig.url],
      ['--max-old-space-size=44', '--max-semi-space-size=2'],
    ).ended;
    expect(output).toMatch(/accepted\s+200,000/);
    expect(code).toBe(0);
    expect(rig.endpoint.violations).toEqual([]);
  }, 60_000);

  it('takes endpoint and key from .selvedge/demo.json', async () => {
    await mkdir(rig.path('.selvedge'), { recursive: true });
    await rig.write('.selvedge/demo.json', JSON.stringify({ endpoint: rig.url, serverKeys: { import: SERVER_KEY } }));
    const { code } = await replay([SAMPLE, '--mapping', 'online-retail'], [], { SELVEDGE_SERVER_KEY: '' }).ended;
    expect(code).toBe(0);
    expect(rig.endpoint.stored.size).toBe(63);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['no file', ['nowhere.csv', '-m', 'visits.yaml'], /There is no file nowhere\.csv/],
    ['a file of people without its mapping', ['people', 'x.csv'], /x\.csv: write the file with its mapping/],
    ['no mapping', [SAMPLE, '-m', 'shop'], /There is no mapping shop .*Shipped: .*online-retail/],
    ['a bad speed', [SAMPLE, '-m', 'online-retail', '--speed', 'fast'], /times real time, above 0/],
    ['a bad day', [SAMPLE, '-m', 'online-retail', '--from', '2011-02-31x'], /a day \(2011-06-01, UTC\)/],
    ['a write key', [SAMPLE, '-m', 'online-retail', '--key', 'wk_main.x'], /no server key/],
    [
      'another file’s mapping',
      [SAMPLE, '-m', 'visits.yaml'],
      /has no column n, who, at\. Its header: InvoiceNo, StockCode/,
    ],
    ['no mapping option', [SAMPLE], /required option '-m, --mapping <name>' not specified/],
  ])('says what to do about %s', async (_, args, message) => {
    const { code, output } = await replay(args).ended;
    expect(output).toMatch(message);
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
  });

  it('previews rows beside their events and sends nothing', async () => {
    const { code, output } = await replay(['preview', SAMPLE, '--mapping', 'online-retail', '--rows', '9']).ended;
    expect(code).toBe(0);
    expect(output).toMatch(
      /2 {2}536365 \| 85123A \| WHITE HANGING HEART.*│ order\.placed {2}online-retail:536365 {2}\(rows 2-8\)/,
    );
    expect(output).toMatch(/│ total 139\.12/);
    expect(output).toMatch(/9 {2}536366 \| 22633 .*│ order\.placed {2}online-retail:536366/);
    expect(output).toMatch(/No problems\. Nothing was sent\./);
    expect(rig.endpoint.requests).toBe(0);
  });

  it('previews problems with row and column', async () => {
    const file = await rig.write('v.csv', visits(30, 3).replace('2011-01-02T', '2011-02-31T'));
    const { code, output } = await replay(['preview', file, '-m', 'visits.yaml']).ended;
    expect(code).toBe(1);
    expect(output).toMatch(/row 26: column at: "2011-02-31T00:00:00\.000Z" is not a date as iso/);
  });
});
