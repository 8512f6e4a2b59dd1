import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ProfileRpc } from '../../../core/interaction/rpc.ts';
import type { Space } from '../../../core/lib/ids.ts';
import { startTestDemo, type TestDemo } from '../../support/demo.ts';
import { replaySample } from '../../support/replay-sample.ts';
import { settled } from '../../support/settled.ts';

const SLOW_MS = 300_000;
const SEGMENT = 'repeat-buyers';

interface Estimate {
  readonly value: number;
  readonly examples?: readonly string[];
}
interface Told {
  readonly id: string;
  readonly token: string;
  readonly state: string;
  readonly hash: string;
  readonly version: number;
  readonly sequence: number;
  readonly stable: number;
  readonly status: string;
  readonly exact: boolean;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly changed: { readonly edited: readonly string[]; readonly dependents: readonly string[] };
  readonly segments: readonly {
    readonly segment: string;
    readonly enter: Estimate;
    readonly leave: Estimate;
    readonly stay: Estimate;
  }[];
  readonly changes: readonly { readonly kind: string; readonly id: string }[];
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly intact: boolean;
}

let demo: TestDemo;
const tokens: Record<string, string> = {};

async function as(who: string, method: string, path: string, body?: object) {
  const response = await fetch(`${demo.platform.url}/v1/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, text, told: (text === '' ? {} : JSON.parse(text)) as Told };
}

/** What must work here. */
async function does(who: string, method: string, path: string, body?: object): Promise<Told> {
  const { status, text, told } = await as(who, method, path, body);
  expect(status, `${who} ${method} ${path}: ${text}`).toBeLessThan(300);
  return told;
}

async function members(): Promise<ReadonlySet<string>> {
  const d1 = await demo.platform.miniflare.getD1Database('CONTROL', 'selvedge');
  const { results } = await d1
    .prepare("SELECT pid FROM membership WHERE space = 'main' AND segment = ?")
    .bind(SEGMENT)
    .all<{ pid: string }>();
  return new Set(results.map(({ pid }) => pid));
}

/** The sweep of this sequence is over, and what it changed is in the index. */
async function swept(): Promise<void> {
  for (let look = 0; look < 600; look++) {
    const { status, sequence } = await does('owner', 'GET', '/sweep');
    const { sequence: live } = await does('owner', 'GET', '/gradual');
    if (status === 'done' && sequence === live) return settled(demo.platform);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the sweep does not end');
}

/** Buyers whom no index knows: anonymous ones, whom a sweep does not reach and the sample holds. */
async function anonymousBuyers(): Promise<number> {
  const { miniflare } = demo.platform;
  const d1 = await miniflare.getD1Database('CONTROL', 'selvedge');
  const { results } = await d1.prepare('SELECT pid FROM profile').all<{ pid: string }>();
  const indexed = new Set(results.map(({ pid }) => pid));
  const namespace = await miniflare.getDurableObjectNamespace('PROFILE', 'selvedge');
  let buyers = 0;
  for (const id of await miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
    const object = namespace.get(namespace.idFromString(id)) as unknown as ProfileRpc;
    const graph = await object.view('main' as Space);
    if (graph?.state !== 'live' || indexed.has(graph.profile)) continue;
    const { facts } = await object.readFacts('main' as Space, null);
    if (facts.some(({ type }) => type === 'order.placed')) buyers++;
  }
  return buyers;
}

async function propose(who: string, title: string, rule: string): Promise<string> {
  const { id } = await does(who, 'POST', '/change-sets', { title });
  const { resource } = await does(who, 'GET', `/segments/${SEGMENT}`);
  await does(who, 'PUT', `/change-sets/${id}/items/segment/${SEGMENT}`, { resource: { ...resource, rule } });
  return id;
}

beforeAll(async () => {
  demo = await startTestDemo();
  tokens.owner = demo.demo.operatorToken;
  for (const [name, role] of [
    ['ada', 'editor'],
    ['bob', 'publisher'],
    ['cleo', 'publisher'],
  ] as const)
    tokens[name] = (await does('owner', 'POST', '/operators', { name, role })).token;
  await does('owner', 'PUT', '/settings/review', { approvals: 1 });
  const { resource } = await does('owner', 'GET', `/segments/${SEGMENT}`);
  await does('owner', 'PUT', `/segments/${SEGMENT}`, { ...resource, observed: true });
  await does('owner', 'POST', '/publish', {});
  expect(await replaySample(demo, () => undefined)).toBe(0);
  await swept();
}, SLOW_MS);
afterAll(() => demo?.stop());

it('two operators, one segment: conflict, shadow run, approval, gradual publish, and back', {
  timeout: SLOW_MS,
}, async () => {
  const atFirst = await members();
  expect(atFirst.size).toBeGreaterThan(0);
  const before = (await does('owner', 'GET', '/gradual')).sequence;
  const ordersAtLeast = (count: number) => `xEvent[eventType = "order.placed"].count() >= ${count}`;

  const adas = await propose('ada', 'Everybody who bought', ordersAtLeast(1));
  const bobs = await propose('bob', 'Only the faithful', ordersAtLeast(3));

  // What it says, and whom it would move: everybody is in the sample, so to the person.
  expect((await does('ada', 'GET', `/change-sets/${adas}/diff`)).changes).toMatchObject([
    { kind: 'segment', id: SEGMENT },
  ]);
  const run = await does('owner', 'POST', '/shadow-runs', { candidate: { changeSet: adas }, examples: 20 });
  expect(run).toMatchObject({ exact: true, changed: { edited: [SEGMENT] } });
  const moved = run.segments.find(({ segment }) => segment === SEGMENT);
  expect(moved).toMatchObject({ leave: { value: 0 }, stay: { value: atFirst.size } });
  expect(moved?.enter.value).toBeGreaterThan(0);

  // Nobody publishes without the eyes of another.
  expect((await as('bob', 'POST', '/publish', {})).status).toBe(409);
  expect((await as('bob', 'POST', `/change-sets/${adas}/publish`)).status).toBe(409);
  await does('ada', 'POST', `/change-sets/${adas}/submit`);
  const { hash } = await does('bob', 'GET', `/change-sets/${adas}`);
  expect((await as('ada', 'POST', `/change-sets/${adas}/approve`, { hash })).status).toBe(403);
  expect((await as('bob', 'POST', `/change-sets/${adas}/approve`, { hash: '0'.repeat(64) })).status).toBe(409);
  await does('bob', 'POST', `/change-sets/${adas}/approve`, { hash });
  expect((await as('ada', 'POST', `/change-sets/${adas}/publish`)).status).toBe(403);

  // Half of the people first; of those who enter, some.
  const half = await does('bob', 'POST', `/change-sets/${adas}/publish`, { percent: 50 });
  expect(half).toMatchObject({ stable: before });
  await swept();
  const some = await members();
  expect([...atFirst].filter((profile) => !some.has(profile))).toEqual([]);
  expect(some.size).toBeLessThan(atFirst.size + (moved?.enter.value ?? 0));

  // Bob's was made from what is no more.
  await does('bob', 'POST', `/change-sets/${bobs}/submit`);
  const other = await does('cleo', 'GET', `/change-sets/${bobs}`);
  await does('cleo', 'POST', `/change-sets/${bobs}/approve`, { hash: other.hash });
  expect((await as('cleo', 'POST', `/change-sets/${bobs}/publish`)).status).toBe(409);
  await does('bob', 'POST', '/gradual', { percent: 100 });
  const conflict = await as('cleo', 'POST', `/change-sets/${bobs}/publish`);
  expect(conflict.status).toBe(409);
  expect(conflict.text).toContain('staleChangeSet');

  await swept();
  const all = await members();
  const entered = [...all].filter((profile) => !atFirst.has(profile));
  expect(entered.length + (await anonymousBuyers())).toBe(moved?.enter.value);
  for (const profile of [...atFirst, ...some]) expect(all).toContain(profile);

  // And back: everybody is where they were.
  await does('cleo', 'POST', '/rollback', { sequence: before });
  await swept();
  expect([...(await members())].sort()).toEqual([...atFirst].sort());

  expect(await does('owner', 'GET', '/audit/verify')).toMatchObject({ intact: true });
  const { items } = await does('owner', 'GET', '/audit?limit=60');
  const told = items.map(({ actor, action, kind }) => `${actor} ${action} ${kind}`);
  for (const line of [
    'ada submitted changeSet',
    'bob approved changeSet',
    'bob published changeSet',
    'bob published ruleset',
    'cleo approved changeSet',
    'cleo rolledBack ruleset',
  ])
    expect(told).toContain(line);
});
