import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS, type ResourceKind } from '../../../../core/ruleset/resources.ts';
import { ADMIN_OPERATIONS } from '../../../../worker/admin/admin-app.ts';
import type { Operation } from '../../../../worker/admin/route.ts';
import { ATTRIBUTE, MEASURE, OFFER, PLACEMENT, SEGMENT, SOURCE } from '../../../support/admin-harness.ts';
import { type Answer, type Shop, startShop } from '../../../support/platform.ts';

type Json = Readonly<Record<string, unknown>>;

const RESOURCES: Readonly<Record<ResourceKind, Json & { readonly id: string }>> = {
  source: SOURCE,
  attribute: ATTRIBUTE,
  measure: MEASURE,
  segment: SEGMENT,
  placement: PLACEMENT,
  offer: OFFER,
  ranker: { id: 'best', name: 'Best', method: 'formula', expression: 'offer.priority * 2' },
  strategy: { id: 'recent', name: 'Recent', sources: [{ use: 'recentlyViewed' }], size: 4 },
  experiment: {
    id: 'test',
    name: 'Test',
    on: { kind: 'placement', id: PLACEMENT.id },
    variants: [
      { id: 'a', weight: 0.5 },
      { id: 'b', weight: 0.5, value: { use: 'nothing' } },
    ],
  },
  setting: { id: 'holdout', share: 0.05 },
  trackingPlan: { id: 'web', events: {} },
};

interface Tenant {
  readonly space: string;
  call(method: string, path: string, body?: unknown): Promise<Answer<Json>>;
}

let shop: Shop;
let victim: Tenant;
/** By member of a path: the id that means something to the victim. */
let ids: Readonly<Record<string, string>>;
let approvedHash: string;

beforeAll(async () => {
  shop = await startShop();
  victim = await newTenant();
  for (const kind of Object.keys(RESOURCES) as ResourceKind[]) {
    const put = await victim.call('PUT', `/${KINDS[kind].plural}/${RESOURCES[kind].id}`, RESOURCES[kind]);
    expect([kind, put.status < 300 ? 'put' : put.text]).toEqual([kind, 'put']);
  }
  expect((await victim.call('POST', '/publish', {})).status).toBe(201);
  const set = await victim.call('POST', '/change-sets', { title: 'Mine' });
  const item = { resource: { ...PLACEMENT, name: 'Renamed' } };
  const held = await victim.call('PUT', `/change-sets/${set.body.id}/items/placement/hero`, item);
  approvedHash = String(held.body.hash);
  await victim.call('POST', '/operators', { name: 'colleague', role: 'viewer' });
  const db = await database();
  const session = [
    's'.repeat(16),
    'colleague',
    'x',
    'browser',
    'https://accounts.example',
    Date.now(),
    Date.now(),
    9e15,
  ];
  await db
    .prepare(
      'INSERT INTO operator_session (space, id, operator, hash, kind, issuer, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .bind(victim.space, ...session)
    .run();
  await db
    .prepare('INSERT INTO dead_letter (id, space, at, queue, reason, body) VALUES (?, ?, ?, ?, ?, ?)')
    .bind('dead-1', victim.space, Date.now(), 'selvedge-effects', 'test', '{}')
    .run();
  await db
    .prepare(
      'INSERT INTO erasure (space, request, profile, scope, suppress, requested_at, step, deleted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .bind(victim.space, 'erasure-1', 'prf_x', 'person', 0, Date.now(), 1, '{"identities":0}')
    .run();
  ids = {
    set: String(set.body.id),
    name: 'colleague',
    version: '1',
    sequence: '1',
    kind: 'placement',
    resource: 'hero',
  };
}, 120_000);
afterAll(() => shop.stop());

const database = () => shop.platform.miniflare.getD1Database('CONTROL', 'selvedge');

/** The first operator of a space of its own. */
async function newTenant(): Promise<Tenant> {
  const space = `s${randomBytes(6).toString('hex')}`;
  const token = `op_${space}.${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(token).digest('hex');
  await (await database())
    .prepare('INSERT INTO operator_token (space, name, hash, created_at, created_by) VALUES (?, ?, ?, ?, ?)')
    .bind(space, 'ada', hash, Date.now(), 'test')
    .run();
  return {
    space,
    call: (method, path, body) =>
      shop.send(`/v1/admin${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
      }) as unknown as Promise<Answer<Json>>,
  };
}

/** Everything that is stored for a space. */
async function stored(space: string): Promise<string> {
  const db = await database();
  const tables = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%`space`%'")
    .all<{ name: string }>();
  const rows = await Promise.all(
    tables.results.map(async ({ name }) => [
      name,
      (await db.prepare(`SELECT * FROM \`${name}\` WHERE space = ?`).bind(space).all()).results.map(
        ({ last_used_day: _, ...row }) => row,
      ),
    ]),
  );
  expect(rows.length).toBeGreaterThan(10);
  return JSON.stringify(rows);
}

const kindOf = ({ path }: Operation) =>
  (Object.keys(RESOURCES) as ResourceKind[]).find((kind) => path.startsWith(`/${KINDS[kind].plural}/`));

function idOf(operation: Operation): string {
  const { path } = operation;
  if (path.startsWith('/sessions/')) return 's'.repeat(16);
  if (path.startsWith('/dead-letters/')) return 'dead-1';
  if (path.startsWith('/people/erasures/')) return 'erasure-1';
  if (path.startsWith('/decisions/')) return 'prp_0mr00000000000000000_0';
  const kind = kindOf(operation);
  return kind ? RESOURCES[kind].id : 'zilch';
}

/** A body that would do something, were the thing one's own. */
function bodyOf(operation: Operation): Json | undefined {
  const { id, method, path, body } = operation;
  if (!body) return undefined;
  const kind = kindOf(operation);
  if (kind && path.endsWith('{id}') && method === 'put') return { ...RESOURCES[kind] };
  if (path.endsWith('/copy')) return { id: 'copied' };
  switch (id) {
    case 'changeOperator':
      return { role: 'owner' };
    case 'approveChangeSet':
      return { hash: approvedHash };
    case 'scheduleChangeSet':
      return { at: new Date(Date.now() + 3_600_000).toISOString() };
    case 'editChangeSet':
      return { title: 'Taken over' };
    case 'putChangeSetItem':
      return { archive: true };
    default:
      return {};
  }
}

const named = ADMIN_OPERATIONS.filter(({ path }) => path.includes('{')).map((operation) => ({
  id: operation.id,
  operation,
}));

describe('with a token of another space', () => {
  let before: string;
  let stranger: Tenant;
  beforeAll(async () => {
    before = await stored(victim.space);
    stranger = await newTenant();
  });

  it('there is much to ask for', () => {
    expect(named.length).toBeGreaterThan(50);
  });

  it.each(named)('$id answers as if there was nothing', async ({ operation }) => {
    const { method, path } = operation;
    const isPut = kindOf(operation) !== undefined && method === 'put';
    // Whoever makes something of their own has it by the next question.
    const asker = isPut ? await newTenant() : stranger;
    const ask = async (fill: (member: string) => string) => {
      const url = path.replaceAll(/\{(\w+)\}/g, (_, member: string) => fill(member));
      const { status, text } = await asker.call(method.toUpperCase(), url, bodyOf(operation));
      const said = ['id', 'set', 'name', 'resource'].reduce((line, member) => line.replaceAll(fill(member), '…'), text);
      return { status, text, said: said.replace(/"instance":"[^"]+"/, '').replaceAll(asker.space, '') };
    };
    const theirs = await ask((member) => (member === 'id' ? idOf(operation) : (ids[member] ?? 'zilch')));
    if (isPut) {
      expect(theirs.status).toBe(201);
      expect(theirs.text).not.toContain(victim.space);
      return;
    }
    const made = await ask((member) => {
      if (member === 'kind') return 'placement';
      if (member === 'version' || member === 'sequence') return '1';
      if (member === 'id' && path.startsWith('/settings/')) return 'holdout';
      if (member === 'id' && path.startsWith('/decisions/')) return 'prp_0mr00000000000000001_0';
      return 'nosuchthing';
    });
    expect([made.status, made.said]).toEqual([theirs.status, theirs.said]);
    // A report of nothing, or nothing.
    expect([200, 404]).toContain(theirs.status);
    for (const secret of [victim.space, approvedHash, 'Renamed']) expect(theirs.text).not.toContain(secret);
  });

  it('nothing was changed by all that asking', async () => {
    expect(await stored(victim.space)).toEqual(before);
  });

  it('a list has one’s own alone', async () => {
    const lists = ADMIN_OPERATIONS.filter(
      ({ method, path, id }) =>
        method === 'get' && !path.includes('{') && !['/live/tail', '/me'].includes(path) && id !== 'ruleSchema',
    );
    expect(lists.length).toBeGreaterThan(15);
    for (const { id, path } of lists) {
      const query = id === 'listSessions' ? '?of=all' : '';
      const answer = await stranger.call('GET', path + query);
      const text = answer.text.replaceAll(stranger.space, '');
      for (const secret of [victim.space, 'Renamed', 'colleague', 'dead-1', 'erasure-1', SEGMENT.name, OFFER.name])
        expect([id, text.includes(secret)]).toEqual([id, false]);
    }
  });
});
