import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOperatorApi } from '../../../cli/reconcile/operator-api.ts';
import { reconcile } from '../../../cli/reconcile/run-reconcile.ts';
import type { ProfileRpc } from '../../../core/interaction/rpc.ts';
import type { DecideResponse } from '../../../core/interaction/wire.ts';
import type { Space } from '../../../core/lib/ids.ts';
import { DEMO_SEGMENTS } from '../../../db/seed/demo-rules.ts';
import { startTestDemo, type TestDemo } from '../../support/demo.ts';
import { countOnlineRetail, type OnlineRetailCounts } from '../../support/online-retail-counts.ts';
import { RETAIL_SAMPLE, replaySample } from '../../support/replay-sample.ts';

const FILE = RETAIL_SAMPLE;
/** Thresholds of the demo's segments, in db/seed. */
const QUESTIONS = { atMs: null, lapsedDays: 90, spent: 1000, basket: 500 };

let demo: TestDemo;
let counts: OnlineRetailCounts;
const printed: string[] = [];

const replay = () => replaySample(demo, (line) => void printed.push(line));

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

const OBSERVED = ['repeat-buyers', 'lapsed-90-days', 'high-value', 'big-baskets'];

async function operator(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${demo.demo.endpoint}/v1/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${demo.demo.operatorToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** From now on somebody observes these segments. */
async function observe(): Promise<void> {
  for (const segment of DEMO_SEGMENTS.filter(({ id }) => OBSERVED.includes(id))) {
    const { id, ...body } = segment;
    await operator('PUT', `segments/${id}`, { ...body, observed: true });
  }
  await operator('POST', 'publish', {});
}

/** What the profiles themselves say, of the file's customers and of everybody: the demo has people of its own. */
async function membersInObjects(file: ReadonlySet<string>) {
  const { miniflare } = demo.platform;
  const namespace = await miniflare.getDurableObjectNamespace('PROFILE', 'selvedge');
  const ofFile = Object.fromEntries(OBSERVED.map((segment) => [segment, 0]));
  const ofAll = { ...ofFile };
  for (const id of await miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
    const object = namespace.get(namespace.idFromString(id)) as unknown as ProfileRpc;
    const { memberships, facts } = await object.readFacts('main' as Space, null);
    const isOfFile = facts.some(({ identity }) => identity.namespace === 'customer' && file.has(identity.value));
    for (const { segment, member } of memberships) {
      if (!member || !OBSERVED.includes(segment)) continue;
      ofAll[segment] = (ofAll[segment] ?? 0) + 1;
      if (isOfFile) ofFile[segment] = (ofFile[segment] ?? 0) + 1;
    }
  }
  return { ofFile, ofAll };
}

beforeAll(async () => {
  demo = await startTestDemo();
  await observe();
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

  it('has the people of the file in the reports, and reconcile finds that the profiles say the same', async () => {
    const members = async () => {
      const { items } = (await operator('GET', 'reports/segments')) as {
        readonly items: readonly { segment: string; members: number; known: number; exact: boolean }[];
      };
      return Object.fromEntries(
        items.filter(({ segment }) => OBSERVED.includes(segment)).map((row) => [row.segment, row]),
      );
    };
    const held = await membersInObjects(new Set(await customers()));
    expect(held.ofFile).toEqual({
      'repeat-buyers': counts.repeatBuyers,
      'lapsed-90-days': counts.lapsedBuyers,
      'high-value': counts.bigSpenders,
      'big-baskets': counts.bigBasketBuyers,
    });
    const reported = async () =>
      Object.fromEntries(Object.values(await members()).map((row) => [row.segment, row.members]));
    await expect.poll(reported, { timeout: 40_000, interval: 1_000 }).toEqual(held.ofAll);
    const { items } = (await operator('GET', 'reports/memberships?per=day')) as {
      readonly items: readonly { segment: string; entered: number; exited: number }[];
    };
    for (const { segment, members: count, known: people, exact } of Object.values(await members())) {
      const rows = items.filter((row) => row.segment === segment);
      expect([segment, rows.reduce((sum, { entered, exited }) => sum + entered - exited, 0)]).toEqual([segment, count]);
      expect([exact, count >= people]).toEqual([true, true]);
    }

    const target = { url: `${demo.demo.endpoint}/v1/admin/reconcile`, token: demo.demo.operatorToken };
    const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    const report = await reconcile(
      { run: 'replay', check: true, all: true, from: '0000-01-01T00', to: null },
      {
        api: createOperatorApi(target, 'replay', { fetch, sleep }),
        list: async function* () {
          yield await demo.platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge');
        },
        note: () => undefined,
        sleep,
      },
    );
    expect(report).toMatchObject({ remaining: 0, before: { members: [], events: [] } });
    expect(report.profiles).toBeGreaterThan(counts.customers - 1);
  });
});
