import { createReadStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReplaySurroundings } from '../../../cli/replay/replay-options.ts';
import { runReplay } from '../../../cli/replay/run-replay.ts';
import type { DecideResponse } from '../../../core/interaction/wire.ts';
import { startTestDemo, type TestDemo } from '../../support/demo.ts';
import { countOnlineRetail, type OnlineRetailCounts } from '../../support/online-retail-counts.ts';

const FILE = join(import.meta.dirname, '../../data/online-retail-sample.csv');
/** Thresholds of the demo's segments, in db/seed. */
const QUESTIONS = { atMs: null, lapsedDays: 90, spent: 1000, basket: 500 };

let demo: TestDemo;
let counts: OnlineRetailCounts;
const printed: string[] = [];

async function replay(): Promise<number> {
  const around: ReplaySurroundings = {
    env: {},
    stateDir: await mkdtemp(join(tmpdir(), 'selvedge-replay-')),
    isTerminal: false,
    stop: new AbortController().signal,
    nowMs: () => Date.now(),
    print: (line) => void printed.push(line),
  };
  const options = {
    file: FILE,
    mapping: 'online-retail',
    endpoint: demo.demo.endpoint,
    key: demo.demo.serverKeys.import,
    encoding: undefined,
    concurrency: 4,
    speed: null,
    shiftToNow: true,
    fromMs: null,
    toMs: null,
    limit: null,
    dryRun: false,
    restart: true,
    strict: true,
  };
  return runReplay(options, around);
}

async function customers(): Promise<readonly string[]> {
  const ids = new Set<string>();
  const rows = createReadStream(FILE).pipe(parse({ columns: true })) as AsyncIterable<Readonly<Record<string, string>>>;
  for await (const row of rows) if (row.CustomerID) ids.add(row.CustomerID.replace(/\.0$/, ''));
  return [...ids];
}

async function segmentsOf(customer: string): Promise<readonly string[]> {
  const response = await fetch(`${demo.demo.endpoint}/v1/decide`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demo.demo.serverKeys.import}` },
    body: JSON.stringify({ identity: { namespace: 'customer', value: customer } }),
  });
  const answer = (await response.json()) as DecideResponse;
  return answer.memberships
    .filter((membership) => membership.status === 'entered')
    .map((membership) => membership.segment);
}

beforeAll(async () => {
  demo = await startTestDemo();
  counts = await countOnlineRetail(FILE, QUESTIONS);
});
afterAll(() => demo?.stop());

describe('Online Retail, streamed through the public API', () => {
  it('arrives whole', async () => {
    expect(await replay(), printed.join('\n')).toBe(0);
    expect(printed.join('\n')).toMatch(new RegExp(`accepted\\s+${counts.orders + counts.refunds}\\b`));
  });

  it('puts exactly those people into segments that the file itself says', async () => {
    const found = new Map<string, number>();
    for (const customer of await customers()) {
      for (const segment of await segmentsOf(customer)) found.set(segment, (found.get(segment) ?? 0) + 1);
    }
    expect({
      repeat: found.get('repeat-buyers') ?? 0,
      lapsed: found.get('lapsed-90-days') ?? 0,
      value: found.get('high-value') ?? 0,
      baskets: found.get('big-baskets') ?? 0,
    }).toEqual({
      repeat: counts.repeatBuyers,
      lapsed: counts.lapsedBuyers,
      value: counts.bigSpenders,
      baskets: counts.bigBasketBuyers,
    });
    expect(counts.repeatBuyers).toBeGreaterThan(3);
    expect(counts.lapsedBuyers).toBeGreaterThan(3);
  });

  it('streamed again, stores nothing twice', async () => {
    printed.length = 0;
    expect(await replay(), printed.join('\n')).toBe(0);
    expect(printed.join('\n')).toMatch(new RegExp(`duplicates\\)?\\s+${counts.orders + counts.refunds}\\b`));
  });

  it('is counted once in the rollups, which follow within 30 seconds', async () => {
    const imported = async () => {
      const response = await fetch(`${demo.demo.endpoint}/v1/admin/reports/events`, {
        headers: { authorization: `Bearer ${demo.demo.operatorToken}` },
      });
      const { items } = (await response.json()) as {
        readonly items: readonly { source: string; type: string; count: number }[];
      };
      return Object.fromEntries(
        items.filter((item) => item.source === 'import').map((item) => [item.type, item.count]),
      );
    };
    await expect
      .poll(imported, { timeout: 40_000, interval: 1_000 })
      .toEqual({ 'order.placed': counts.orders, 'order.refunded': counts.refunds });
  });
});
