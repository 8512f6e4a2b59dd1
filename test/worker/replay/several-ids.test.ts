import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runReplay } from '../../../cli/replay/run-replay.ts';
import type { Identity } from '../../../core/event/event.ts';
import type { ProfileRpc } from '../../../core/interaction/rpc.ts';
import type { Space } from '../../../core/lib/ids.ts';
import { SEVERAL_IDS } from '../../../dev/several-ids.ts';
import { startTestDemo, type TestDemo } from '../../support/demo.ts';

type Row = Readonly<Record<string, string>>;
const KINDS = ['contacts', 'loyalty', 'online-purchases', 'till-purchases', 'reviews'] as const;
type Kind = (typeof KINDS)[number];
const OURS: ReadonlySet<string> = new Set(['crm', 'email', 'loyalty']);

const pathOf = (kind: Kind) => join(SEVERAL_IDS, `${kind}.csv`);
/** Read without any of our own code: what the objects say is held against this. */
const rowsOf = (kind: Kind) => parse(readFileSync(pathOf(kind)), { columns: true }) as readonly Row[];
const rows = Object.fromEntries(KINDS.map((kind) => [kind, rowsOf(kind)])) as Record<Kind, readonly Row[]>;
const truth = JSON.parse(readFileSync(join(SEVERAL_IDS, 'truth.json'), 'utf8')) as readonly (readonly string[])[];

interface Person {
  readonly profile: string;
  readonly identities: readonly (Identity & { readonly state: string })[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly openWork: readonly object[];
}

interface Held {
  readonly ids: readonly string[];
  readonly person: Person;
}

let demo: TestDemo;
let stateDir: string;
/** By each id that the files name. */
const people = new Map<string, Held>();

async function replay(kind: Kind): Promise<number> {
  const options = {
    file: pathOf(kind),
    mapping: `contoso-${kind}`,
    endpoint: demo.demo.endpoint,
    key: demo.demo.serverKeys.import,
    encoding: undefined,
    concurrency: 4,
    speed: null,
    shiftToNow: false,
    fromMs: null,
    toMs: null,
    limit: null,
    dryRun: false,
    restart: true,
    strict: true,
  };
  const stop = new AbortController().signal;
  return runReplay(options, {
    env: {},
    stateDir,
    isTerminal: false,
    stop,
    nowMs: () => Date.now(),
    print: () => undefined,
  });
}

async function find(id: string): Promise<Person | null> {
  const colon = id.indexOf(':');
  const query = new URLSearchParams({ namespace: id.slice(0, colon), value: id.slice(colon + 1) });
  const response = await fetch(`${demo.demo.endpoint}/v1/admin/people?${query}`, {
    headers: { authorization: `Bearer ${demo.demo.operatorToken}` },
  });
  return response.status === 404 ? null : ((await response.json()) as Person);
}

/** Links that other objects must be asked about may still be under way when the last row was answered. */
async function findAtRest(id: string): Promise<Person | null> {
  for (;;) {
    const person = await find(id);
    if (!person || person.openWork.length === 0) return person;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const idsOf = ({ identities }: Person) =>
  identities
    .filter(({ namespace, state }) => OURS.has(namespace) && state === 'owned')
    .map(({ namespace, value }) => `${namespace}:${value}`)
    .sort();

beforeAll(async () => {
  demo = await startTestDemo();
  stateDir = await mkdtemp(join(tmpdir(), 'several-ids-'));
  for (const kind of KINDS) expect(await replay(kind)).toBe(0);
  for (const id of truth.flat()) {
    const person = await findAtRest(id);
    if (person) people.set(id, { ids: idsOf(person), person });
  }
}, 180_000);
afterAll(async () => {
  await demo?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

/** What every object holds of these files. */
async function eventsInObjects(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { miniflare } = demo.platform;
  const namespace = await miniflare.getDurableObjectNamespace('PROFILE', 'selvedge');
  const found = new Map<string, string[]>();
  for (const id of await miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
    const object = namespace.get(namespace.idFromString(id)) as unknown as ProfileRpc;
    for (let after: Parameters<ProfileRpc['readFacts']>[1] = null; ; ) {
      const page = await object.readFacts('main' as Space, after);
      for (const fact of page.facts) {
        if (!fact.id.startsWith('contoso:')) continue;
        const owner = `${fact.identity.namespace}:${fact.identity.value}`;
        found.set(fact.id, [...(found.get(fact.id) ?? []), owner]);
      }
      after = page.next;
      if (after === null) break;
    }
  }
  return found;
}

describe('five files of one shop become people, in the objects', () => {
  it('the people are those that the sample was made of', () => {
    for (const ids of truth) for (const id of ids) expect(people.get(id)?.ids).toEqual(ids.toSorted());
    expect(new Set([...people.values()].map(({ person }) => person.profile)).size).toBe(truth.length);
  });

  it('each row is one event of one profile, the right one', async () => {
    const events = await eventsInObjects();
    expect(events.size).toBe(KINDS.reduce((sum, kind) => sum + rows[kind].length, 0));
    for (const holders of events.values()) expect(holders).toHaveLength(1);
    const check = (kind: Kind, prefix: string, idColumn: string, ownerOf: (row: Row) => string | undefined) => {
      for (const row of rows[kind]) {
        const holder = events.get(`${prefix}${row[idColumn]}`)?.[0] ?? '';
        const owner = ownerOf(row);
        if (owner) expect(people.get(holder)?.ids).toEqual(people.get(owner)?.ids);
        else expect(people.has(holder)).toBe(false);
      }
    };
    check('online-purchases', 'contoso:online:', 'PurchaseId', ({ ContactId }) => ContactId && `crm:${ContactId}`);
    check('till-purchases', 'contoso:till:', 'PurchaseId', ({ LoyaltyID }) => LoyaltyID && `loyalty:${LoyaltyID}`);
    check('reviews', 'contoso:review:', 'ReviewId', ({ Email }) => Email && `email:${Email.toLowerCase()}`);
  });

  it.each([
    ['LastName', 'lastName', 3],
    ['FirstName', 'firstName', 5],
    ['DateOfBirth', 'dateOfBirth', 10],
  ])('of contradicting values of %s the newest holds', (column, attribute, least) => {
    const said = [
      ...rows.contacts.map((row) => ({ row, owner: `crm:${row.ContactId}` })),
      ...rows.loyalty.map((row) => ({ row, owner: `loyalty:${row.LoyaltyID}` })),
    ].sort((a, b) => (String(a.row.CreatedOn) < String(b.row.CreatedOn) ? -1 : 1));
    let contradicted = 0;
    for (const ids of truth) {
      const values = said.filter(({ owner }) => ids.includes(owner)).flatMap(({ row }) => row[column] || []);
      const newest = values.at(-1);
      if (newest === undefined) continue;
      if (new Set(values.map((value) => value.toLowerCase())).size > 1) contradicted++;
      expect(String(people.get(ids[0] ?? '')?.person.attributes[attribute]).slice(0, newest.length)).toBe(newest);
    }
    expect(contradicted).toBeGreaterThan(least);
  });
});
