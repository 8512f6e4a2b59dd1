import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalSecrets } from '../../../dev/secrets.ts';
import { namesOf as identityNamesOf } from '../../../worker/identity-names.ts';
import { atRest } from './at-rest.ts';
import { buildCrashWorker } from './build-worker.ts';
import { directoriesOf, disagreements, fenced, misplaced, wronglyReadable } from './check-population.ts';
import { type Client, createBackend, createBrowser, keepActing, sendAll, type Whereabouts } from './clients.ts';
import { configure } from './configure.ts';
import { liveFacts, readDirectories, readDisk, type StoredProfile } from './disk.ts';
import type { FaultPlan } from './fault-plan.ts';
import { unrest } from './findings.ts';
import { type Life, startLife } from './mortal.ts';
import { namesOf } from './names-of.ts';
import { createOperator, type Operator } from './operator.ts';
import { SEND_AGAIN } from './queued.ts';
import { createRandom } from './random.ts';

/** Groups of people who share devices; nobody is ever joined with somebody of another group. */
const nightly = Boolean(process.env.SELVEDGE_NIGHTLY);
const GROUPS = Number(process.env.SELVEDGE_GROUPS ?? (nightly ? 20 : 4));
const PEOPLE = 10;
const DEVICES = 15;
const KILLS = Number(process.env.SELVEDGE_KILLS ?? (nightly ? 12 : 2));
/** Between kills so many events are sent, on a machine that is busy fewer. */
const LIFE_EVENTS = nightly ? 3000 : 700;
const LIFE_MS = nightly ? 60_000 : 10_000;
/** How long a client rests after each turn, at most: the more clients, the longer. */
const REST_BETWEEN_MS = GROUPS * DEVICES * 12;
const OPERATOR_REST_MS = 250;
const seed = Number(process.env.SELVEDGE_SEED ?? Date.now() % 1_000_000_007);
const SHARES = { protocol: 0.15, directory: 0.1, interact: 0.05 } as const;

const groups = Array.from({ length: GROUPS }, (_, i) => `h${i}`);
const peopleOf = (group: string) => Array.from({ length: PEOPLE }, (_, i) => `${group}-c${i}`);
/** Every third group has people who want to be forgotten. */
const isErasable = (group: string) => Number(group.slice(1)) % 3 === 1;
/** Nobody hears of these but the last test. */
const LAST = ['last-c0', 'last-c1', 'last-c2'];

let folder: string;
let bundle: string;
let life: Life | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-faults-'));
  bundle = await buildCrashWorker(join(folder, 'worker.js'), 'faults-worker.ts');
});
afterAll(async () => {
  // Empty when all went well: what the last life has thrown, without the messages.
  for (const line of life?.log.filter((one) => !one.includes('"kind":"fault"')).slice(-20) ?? []) console.log(line);
  await life?.kill();
  if (!process.env.SELVEDGE_KEEP) await rm(folder, { recursive: true, force: true });
});

async function restart(faults: FaultPlan | null): Promise<Life> {
  await life?.kill();
  life = null;
  life = await startLife(folder, bundle, faults ? { FAULTS: JSON.stringify(faults) } : {});
  const again = life.url + SEND_AGAIN;
  // A port may have been another life's a moment ago, and a connection to that one still be in the pool.
  expect((await fetch(again).catch(() => fetch(again))).status).toBe(200);
  return life;
}

describe('calls that are lost, repeated and late, objects that vanish, and kill -9, under load', () => {
  it(`end with every event once, nothing open and nothing erased (SELVEDGE_SEED=${seed})`, {
    timeout: nightly ? 3_600_000 : 600_000,
  }, async () => {
    console.log(`seed ${seed}, ${GROUPS * PEOPLE} people on ${GROUPS * DEVICES} devices, ${KILLS} kills`);
    const random = createRandom(seed);
    let now = await restart(null);
    const { serverKey, prove } = await configure(now, MEASURES);
    const at: Whereabouts = { url: now.url, hangUp: 0.03, oldTokens: 0.05, serverKey, prove };
    const { operatorToken } = now;
    const clients = createClients(at);
    const operators = [0, 1, 2, 3].map((i) =>
      createOperator(groups.flatMap(peopleOf), isErasable, operatorToken, createRandom(seed + 7919 * (i + 1)), at),
    );

    // The load, and what happens to it.
    let isOver = false;
    const tally = new Map<string, number>();
    const acting: Promise<void>[] = [];
    for (let kill = 0; kill <= KILLS; kill++) {
      // While it is down they rest, so that a seed gives the same again as far as it can.
      at.url = '';
      now = await restart({ seed: seed + kill, ...SHARES });
      at.url = now.url;
      const shift = { isOver: () => isOver, isUp: () => at.url !== '' };
      if (kill === 0) {
        acting.push(
          ...clients.map((client, i) =>
            keepActing(client, createRandom(seed * 31 + i), { ...shift, restMs: REST_BETWEEN_MS }),
          ),
          ...operators.map((operator, i) =>
            keepActing(operator, createRandom(seed * 37 + i), { ...shift, restMs: OPERATOR_REST_MS }),
          ),
        );
      }
      const enough = eventsOf(clients) + random.between(LIFE_EVENTS / 2, LIFE_EVENTS * 1.5);
      const failed = Promise.all(acting);
      for (const end = Date.now() + LIFE_MS; eventsOf(clients) < enough && Date.now() < end; ) {
        await Promise.race([setTimeout(50), failed]);
      }
      countFaults(now, tally);
    }
    isOver = true;
    now = await restart(null);
    at.url = now.url;
    await Promise.all(acting);
    await Promise.all(clients.map(sendAll));
    for (const operator of operators) await operator.finish();

    // Alarms alone bring everything to rest: nobody visits any more.
    await atRest(now);
    await now.schedule();
    await atRest(now);
    const secrets = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as LocalSecrets;
    const names = identityNamesOf({ IDENTITY_KEY: secrets.identityKey });
    await now.kill();
    life = null;
    const profiles = readDisk(folder);
    const directories = readDirectories(folder);
    const sent = clients.flatMap((client) => client.events);
    const erasures = operators.flatMap((operator) => operator.erasures);
    console.log(summaryOf(sent.length, profiles, operators, tally));
    now = await restart(null);
    const identities = [
      ...profiles.flatMap(({ strands }) => strands.map(({ identity }) => identity)),
      ...groups.flatMap(peopleOf).flatMap(namesOf),
    ];
    const unique = [...new Map(identities.map((one) => [`${one.namespace}:${one.value}`, one])).values()];
    const where = await directoriesOf(now, unique, names, directories);
    expect({
      misplaced: misplaced(sent, profiles, erasures),
      unrest: unrest(profiles),
      fenced: fenced(profiles, where),
      disagreements: await disagreements(profiles, where, names),
      readable: await wronglyReadable(now, profiles, sent, secrets.configKey),
      counters: await wrongCounters(now, profiles, serverKey),
    }).toEqual({ misplaced: [], unrest: [], fenced: [], disagreements: [], readable: [], counters: [] });

    // Of people who are never heard of again, nothing is left anywhere in the objects.
    at.url = now.url;
    await eraseForGood(now, at, operators[0] as Operator);
  });
});

const MEASURES: readonly (readonly [path: string, body: object])[] = ['product.viewed', 'order.placed'].map((type) => [
  `measures/${nameOf(type)}`,
  { name: type, purpose: 'personalization', public: false, expression: `xEvent[eventType = "${type}"].count()` },
]);

function nameOf(type: string): string {
  return type.replace(/\.(.)/, (_, letter: string) => letter.toUpperCase());
}

function createClients(at: Whereabouts): readonly Client[] {
  const browsers = groups.flatMap((group, g) =>
    Array.from({ length: DEVICES }, (_, i) => {
      // Most devices are one person's or two's; some are everybody's.
      const all = peopleOf(group);
      const some = i % 5 === 0 ? all : all.slice((i * 2) % PEOPLE, ((i * 2) % PEOPLE) + 2);
      return createBrowser(`${group}-b${i}`, some, createRandom(seed + g * 1000 + i), at);
    }),
  );
  const backends = Array.from({ length: Math.max(2, GROUPS / 4) }, (_, i) =>
    createBackend(groups.flatMap(peopleOf), createRandom(seed - i - 1), at),
  );
  return [...browsers, ...backends];
}

function eventsOf(clients: readonly Client[]): number {
  return clients.reduce((sum, { events }) => sum + events.length, 0);
}

/** What the product says of each profile against the rows on the disk. */
async function wrongCounters(
  now: Life,
  profiles: readonly StoredProfile[],
  serverKey: string,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const stored of profiles) {
    if (stored.stitch.state !== 'live') continue;
    const facts = liveFacts(stored);
    const response = await fetch(`${now.url}/v1/admin/people?profile=${stored.profile}`, {
      headers: { authorization: `Bearer ${now.operatorToken}` },
    });
    const graph = (await response.json()) as {
      readonly identities?: readonly { readonly state: string; readonly events: number }[];
    };
    const shown = (graph.identities ?? [])
      .filter(({ state }) => state !== 'gone')
      .reduce((sum, { events }) => sum + events, 0);
    if (shown !== facts.length) wrong.push(`${stored.profile} shows ${shown} events and has ${facts.length}`);
    const person = stored.strands.find(
      ({ identity, state, keptBy }) => identity.namespace !== 'device' && state === 'owned' && !keptBy,
    );
    if (!person) continue;
    const decided = await fetch(`${now.url}/v1/decide`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serverKey}` },
      body: JSON.stringify({ identity: person.identity, include: ['profile'] }),
    });
    const { profile } = (await decided.json()) as {
      readonly profile?: {
        readonly id: string;
        readonly events: number;
        readonly measures: Readonly<Record<string, number>>;
      };
    };
    const count = (type: string) => facts.filter((fact) => fact.type === type).length;
    const expected = {
      id: stored.profile,
      events: facts.length,
      views: count('product.viewed'),
      orders: count('order.placed'),
    };
    const found = {
      id: profile?.id,
      events: profile?.events,
      views: profile?.measures[nameOf('product.viewed')] ?? 0,
      orders: profile?.measures[nameOf('order.placed')] ?? 0,
    };
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      wrong.push(
        `${person.identity.namespace}:${person.identity.value} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`,
      );
    }
  }
  return wrong;
}

async function eraseForGood(now: Life, at: Whereabouts, operator: Operator): Promise<void> {
  const clients = [
    ...LAST.map((customer, i) => createBrowser(`last-b${i}`, [customer], createRandom(seed + i), at)),
    createBackend(LAST, createRandom(seed), at),
  ];
  for (let i = 0; i < 12; i++) for (const client of clients) await client.act();
  await Promise.all(clients.map(sendAll));
  const ids = clients.flatMap((client) => client.events.map(({ wire }) => wire.id));
  const before = await onDisk(now);
  expect(LAST.every((customer) => before.some((text) => text.includes(customer)))).toBe(true);
  now = await restart(null);
  at.url = now.url;
  for (const customer of LAST) {
    const names = [...namesOf(customer), { namespace: 'anonymous', value: `client-${customer}` }];
    for (const name of names) await operator.erase(name, 'person', customer === LAST[0]);
  }
  await atRest(now);
  const after = await onDisk(now);
  const left = after.flatMap((text) => LAST.flatMap((customer) => aroundOf(text, customer)));
  expect(left).toEqual([]);
  // What a browser sent before anybody signed in is nobody's, and stays.
  expect(ids.length).toBeGreaterThan(0);
}

function aroundOf(text: string, word: string): readonly string[] {
  const at = text.indexOf(word);
  return at < 0 ? [] : [text.slice(Math.max(0, at - 60), at + 60)];
}

async function onDisk(now: Life): Promise<readonly string[]> {
  await now.kill();
  life = null;
  return readDisk(folder).map(({ text }) => text());
}

function countFaults(now: Life, tally: Map<string, number>): void {
  for (const line of now.log) {
    if (!line.includes('"kind":"fault"')) continue;
    const { fault } = JSON.parse(line) as { readonly fault: string };
    tally.set(fault, (tally.get(fault) ?? 0) + 1);
  }
}

function summaryOf(
  sent: number,
  profiles: readonly StoredProfile[],
  operators: readonly Operator[],
  tally: ReadonlyMap<string, number>,
): string {
  const count = (state: string) => profiles.filter(({ stitch }) => stitch.state === state).length;
  const strands = profiles.flatMap((profile) => profile.strands);
  return JSON.stringify({
    events: sent,
    profiles: { live: count('live'), forwarded: count('forwarded'), erased: count('erased') },
    strands: {
      moved: strands.filter(({ state }) => state === 'gone').length,
      kept: strands.filter(({ state }) => state === 'closed').length,
    },
    erasures: operators.flatMap(({ erasures }) => erasures).filter(({ endedAt }) => endedAt !== null).length,
    operators: operators.map(({ answers }) => answers),
    faults: Object.fromEntries(tally),
  });
}
