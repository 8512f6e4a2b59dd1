import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { FactGroup } from '../../cli/reconcile/answers.schema.ts';
import { compareEvents, compareMembers, compareOffers } from '../../cli/reconcile/differences.ts';
import { createFactBook, rowKey } from '../../cli/reconcile/fact-book.ts';
import { listCloudflareObjects, listLocalObjects, type ObjectLister } from '../../cli/reconcile/object-lister.ts';
import { createOperatorApi } from '../../cli/reconcile/operator-api.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

type Reply = { readonly status?: number; readonly body: unknown };

/** A peer on a real socket; `answer` sees each request. */
async function startPeer(answer: (request: IncomingMessage, url: URL) => Reply): Promise<string> {
  const server = createServer((request, response) => {
    const { status = 200, body } = answer(request, new URL(request.url ?? '', 'http://peer'));
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function collect(list: ObjectLister): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const page of list()) ids.push(...page);
  return ids;
}

const idOf = (n: number) => n.toString(16).padStart(64, '0');
const account = { account: 'acc', namespace: 'nsp', token: 'secret' };

describe('objects of a Cloudflare account', () => {
  it('are listed page by page, without those that hold nothing', async () => {
    const asked: string[] = [];
    const peer = await startPeer((request, url) => {
      asked.push(`${request.headers.authorization} ${url.pathname}${url.search}`);
      const page = Number(url.searchParams.get('cursor') ?? 0);
      const result = [
        { id: idOf(page * 2), hasStoredData: true },
        { id: idOf(page * 2 + 1), hasStoredData: page !== 1 },
      ];
      return {
        body: {
          success: true,
          errors: [],
          result,
          result_info: { count: 2, cursor: page < 2 ? String(page + 1) : '' },
        },
      };
    });
    expect(await collect(listCloudflareObjects(account, fetch, peer))).toEqual([0, 1, 2, 4, 5].map(idOf));
    const path = 'Bearer secret /accounts/acc/workers/durable_objects/namespaces/nsp/objects?limit=1000';
    expect(asked).toEqual([path, `${path}&cursor=1`, `${path}&cursor=2`]);
  });

  it('are none in an empty namespace', async () => {
    const peer = await startPeer(() => ({
      body: { success: true, errors: [], result: null, result_info: { cursor: null } },
    }));
    expect(await collect(listCloudflareObjects(account, fetch, peer))).toEqual([]);
  });

  it.each([
    [
      'the error of the API',
      {
        status: 403,
        body: { success: false, errors: [{ code: 10000, message: 'Authentication error' }], result: null },
      },
      /403 10000 Authentication error/,
    ],
    ['an answer that is no JSON', { status: 502, body: '<html>' }, /502 not the expected JSON/],
    [
      'a cursor that goes in a circle',
      { body: { success: true, errors: [], result: [], result_info: { cursor: 'x' } } },
      /same page again/,
    ],
  ] as const)('end with %s', async (_name, reply, message) => {
    const peer = await startPeer(() => reply);
    await expect(collect(listCloudflareObjects(account, fetch, peer))).rejects.toThrow(message);
  });
});

describe('objects of a local platform', () => {
  it('are the names of its files', async () => {
    const persist = await mkdtemp(join(tmpdir(), 'selvedge-list-'));
    const folder = join(persist, 'do/selvedge-ProfileObject');
    await mkdir(folder, { recursive: true });
    for (const name of [`${idOf(2)}.sqlite`, `${idOf(1)}.sqlite`, `${idOf(1)}.sqlite-wal`, 'metadata.sqlite'])
      await writeFile(join(folder, name), '');
    expect(await collect(listLocalObjects(persist))).toEqual([idOf(1), idOf(2)]);
    await rm(persist, { recursive: true });
    await expect(collect(listLocalObjects(persist))).rejects.toThrow(/does not exist/);
  });
});

describe('the operator API', () => {
  const sleep = () => Promise.resolve();

  it('is asked again while the platform is away', async () => {
    let calls = 0;
    const peer = await startPeer(() => (++calls < 3 ? { status: 503, body: {} } : { body: { space: 'main', now: 1 } }));
    const api = createOperatorApi({ url: peer, token: 'op' }, 'r', { fetch, sleep });
    expect(await api.ask('begin', { phase: 'begin' })).toEqual({ space: 'main', now: 1 });
  });

  it('is given up when it stays away, and at once when it says no', async () => {
    const refused = createOperatorApi({ url: await startPeer(() => ({ status: 401, body: {} })), token: 'op' }, 'r', {
      fetch,
      sleep,
    });
    await expect(refused.ask('begin', {})).rejects.toThrow(/refused begin: 401/);
    const away = createOperatorApi({ url: 'http://127.0.0.1:1', token: 'op' }, 'r', { fetch, sleep });
    await expect(away.ask('begin', {})).rejects.toThrow(/does not answer begin/);
  });
});

describe('the book of facts', () => {
  const H7 = '2026-11-22T07';
  const H8 = '2026-11-22T08';
  const group = (more: Partial<FactGroup>): FactGroup => ({
    received: H7,
    hour: H7,
    source: 'web',
    type: 'page.viewed',
    newest: 100,
    ids: ['a'],
    ...more,
  });

  it('counts a fact once, wherever it lies', () => {
    const book = createFactBook({ from: H7, to: H7, youngFrom: 1000 });
    book.add('o1', group({ ids: ['a', 'b'] }));
    book.add('o2', group({ ids: ['b', 'c'] }));
    expect(book).toMatchObject({ facts: 3, doubled: 1 });
    expect(book.events.get(rowKey(H7, 'web', 'page.viewed'))).toBe(3);
    expect([...(book.arrivals.get(H7)?.values() ?? [])]).toEqual(['o1', 'o1', 'o2']);
  });

  it('keeps the hour of arrival for the archive and the hour of the event for the rollups', () => {
    const book = createFactBook({ from: H7, to: H7, youngFrom: 1000 });
    book.add('o1', group({ received: H8, ids: ['late'] }));
    book.add('o1', group({ hour: '2026-11-22T01', ids: ['old'] }));
    expect(book.events.get(rowKey(H7, 'web', 'page.viewed'))).toBe(1);
    expect([...(book.arrivals.get(H7)?.keys() ?? [])]).toEqual(['web\nold']);
  });

  it('judges no row that still moves', () => {
    const book = createFactBook({ from: H7, to: H8, youngFrom: 1000 });
    book.add('o1', group({ ids: ['a'] }));
    book.add('o1', group({ ids: ['b'], type: 'cart.added', newest: 1000 }));
    const live = { events: new Map(), offers: new Map(), members: new Map() };
    expect(compareEvents(live, book)).toEqual([{ hour: H7, source: 'web', type: 'page.viewed', before: 0, after: 1 }]);
    expect([...(book.arrivals.get(H7)?.keys() ?? [])]).toEqual(['web\na']);
  });

  it('finds rows that say too much, and counts impressions and clicks by offer', () => {
    const book = createFactBook({ from: H7, to: H8, youngFrom: 1000 });
    const offer = { placement: 'hero', offer: '' };
    book.add('o1', group({ type: 'proposition.displayed', offer, ids: ['a', 'b'] }));
    book.add('o1', group({ type: 'proposition.clicked', offer, ids: ['c'] }));
    const live = {
      events: new Map([
        [rowKey(H7, 'web', 'proposition.displayed'), 2],
        [rowKey(H7, 'web', 'proposition.clicked'), 1],
        [rowKey(H7, 'web', 'ghost'), 4],
      ]),
      offers: new Map([[rowKey(H7, 'hero', ''), { impressions: 1, clicks: 1 }]]),
      members: new Map(),
    };
    expect(compareEvents(live, book)).toEqual([{ hour: H7, source: 'web', type: 'ghost', before: 4, after: 0 }]);
    expect(compareOffers(live, book)).toEqual([
      {
        hour: H7,
        placement: 'hero',
        offer: '',
        before: { impressions: 1, clicks: 1 },
        after: { impressions: 2, clicks: 1 },
      },
    ]);
  });
});

describe('members of observed segments', () => {
  const live = {
    members: new Map([
      ['a', 3],
      ['b', 2],
      ['gone', 7],
    ]),
  };

  it('are compared with what the profiles count, of those alone that are observed', () => {
    const counted = new Map([
      ['a', { members: 3, newest: 5 }],
      ['b', { members: 4, newest: 5 }],
      ['new', { members: 1, newest: 5 }],
    ]);
    expect(compareMembers(live, counted, 1000)).toEqual([
      { segment: 'b', before: 2, after: 4 },
      { segment: 'new', before: 0, after: 1 },
    ]);
  });

  it('are not judged while somebody comes or goes', () => {
    expect(compareMembers(live, new Map([['b', { members: 4, newest: 1000 }]]), 1000)).toEqual([]);
  });
});
