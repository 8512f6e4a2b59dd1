import { createHash, randomBytes } from 'node:crypto';
import type {
  FoundEvent,
  FoundProfile,
  ObjectSpace,
  ObjectWorld,
  SentEvent,
} from '../../cli/conformance-identity/object-world.ts';
import type { VectorConfig } from '../../cli/conformance-identity/vector.schema.ts';
import { rulesOfVector } from '../../cli/conformance-identity/vector-rules.ts';
import type { Identity } from '../../core/event/event.ts';
import { type DrivenShop, startDriven } from '../support/driven-shop.ts';
import { OBJECT_FAULTS } from './faults-between-objects.ts';
import type { InsideAnswer } from './inside-door.ts';

/** Years ahead of real time, so that no alarm rings by itself. */
const START = Date.UTC(2035, 0, 1);
const MINUTE_MS = 60_000;
const SPACE_GAP_MS = 10 * MINUTE_MS;
const RINGS = 20;
const RING_MS = 10_000;

/** The real Worker on workerd under a driven clock, asked by the doors that everybody has. Each vector has a space of its own. */
export async function createObjectWorld(): Promise<ObjectWorld> {
  const shop = await startDriven(START, { entry: 'test/conformance-identity/conformance-worker.ts' });
  return {
    faults: new Set(OBJECT_FAULTS),
    abilities: new Set(['claim', 'logout', 'hint', 'restore']),
    open: (config, faults) => openSpace(shop, config, faults),
    stop: () => shop.stop(),
  };
}

async function openSpace(shop: DrivenShop, config: VectorConfig, faults: readonly string[]): Promise<ObjectSpace> {
  const space = `v${randomBytes(6).toString('hex')}`;
  const token = `op_${space}.${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(token).digest('hex');
  const db = await shop.platform.miniflare.getD1Database('CONTROL', 'selvedge');
  await db
    .prepare('INSERT INTO operator_token (space, name, hash, created_at, created_by) VALUES (?, ?, ?, ?, ?)')
    .bind(space, 'conformance', hash, shop.now(), 'conformance')
    .run();
  const operator = async <T>(method: string, path: string, body?: object): Promise<{ status: number; body: T }> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await shop.send(`/v1/admin/${path}`, { method, headers, ...(body ? { body } : {}) });
    // Names nobody: not found, or no name that anybody could have.
    const nobody = answer.status === 404 || (method === 'GET' && answer.status === 400);
    if (answer.status >= 300 && !nobody)
      throw new Error(`${method} ${path.split('?')[0]}: ${answer.status} ${answer.text.slice(0, 400)}`);
    return { status: answer.status, body: answer.body as T };
  };
  const must = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await operator<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path.split('?')[0]}: ${answer.status}`);
    return answer.body;
  };
  /** What only the Worker of this test has. */
  const test = async <T>(door: string, body: object): Promise<T> => {
    const answer = await shop.send(`/conformance/${door}`, { body });
    if (answer.status !== 200) throw new Error(`${door}: ${answer.status} ${answer.text.slice(0, 400)}`);
    return JSON.parse(answer.text) as T;
  };
  const objects = () => shop.platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge');
  /** Time passes. An object that dies of its own alarm is rung again, as the platform does. */
  const pass = async (to: number): Promise<void> => {
    for (let death = 0; death < RINGS; death++) {
      const done = await shop.advance(to).then(
        () => true,
        () => false,
      );
      if (done) return;
      await test('rearm', { objects: await objects(), at: shop.now() + 1_000 });
    }
    throw new Error('an object dies of every alarm');
  };
  const put = (rules: VectorConfig) => must('PUT', 'settings/identity', settingOf(rules));

  const all = { analytics: 'in', personalization: 'in', advertising: 'in', sharing: 'in' };
  await must('PUT', 'sources/server', { name: 'Server', allowedOrigins: [], defaultConsent: all });
  await put(config);
  const { key } = await must<{ readonly key: string }>('POST', 'sources/server/server-keys', {});
  await must('POST', 'publish', {});
  await test('faults', { space, names: faults });
  // Vectors begin at t = 0, and each a while after the one before.
  const zero = shop.now() + SPACE_GAP_MS;
  await shop.jump(zero);
  const iso = (t: number) => new Date(zero + t).toISOString();
  const query = (who: Identity | { readonly profile: string }) => new URLSearchParams({ ...who }).toString();

  /** What is under way goes on by itself at first; later only alarms bring it on. */
  const wait = async (attempt: number): Promise<void> => {
    if (attempt < 5) await new Promise((resolve) => setTimeout(resolve, 10 * 2 ** attempt));
    else await pass(shop.now() + RING_MS);
  };
  const collect = async (headers: Readonly<Record<string, string>>, body: object) => {
    const answer = await shop.send('/v1/collect', { headers, body });
    if (answer.status === 503) return { refused: [{ code: 'unavailable', detail: '' }] };
    if (answer.status !== 200) throw new Error(`collect: ${answer.status} ${answer.text.slice(0, 400)}`);
    return { refused: answer.body.refused ?? [] };
  };

  const self: ObjectSpace = {
    async configure(rules) {
      await put(rules);
      await must('POST', 'publish', {});
      // Isolates look for a newer ruleset every 15 seconds.
      await shop.jump(shop.now() + MINUTE_MS);
    },
    async moveClock(t) {
      if (zero + t > shop.now()) await shop.jump(zero + t);
    },
    async advance(t) {
      await pass(Math.max(shop.now(), zero + t));
    },
    async send(event) {
      const headers = { authorization: `Bearer ${key}` };
      const skewed = event.receivedAt !== null && event.t > event.receivedAt;
      const body = { ...(skewed ? { sentAt: iso(event.t) } : {}), events: [wireOf(event, iso(event.t))] };
      const inside = event.logout || event.hint !== null || event.counted || !event.verified;
      const visit = {
        space,
        source: 'server',
        event: body.events[0],
        skewMs: skewed ? shop.now() - (zero + event.t) : 0,
        consent: all,
        verified: event.verified || event.logout,
        logout: event.logout,
        hint: event.hint,
      };
      for (let attempt = 0; attempt < RINGS; attempt++) {
        const { refused, leftOver, hops } = inside
          ? await test<InsideAnswer>('visit', visit)
          : { ...(await collect(headers, body)), leftOver: 0, hops: null };
        const [first] = refused;
        if (leftOver === 0 && first?.code !== 'unavailable') {
          return { refused: first ? { code: first.code, detail: first.detail } : null, hops };
        }
        await wait(attempt);
      }
      throw new Error(`${event.id} is not taken`);
    },
    async remember(name) {
      for (const object of await objects()) await test('copy', { object, name: `${space}/${name}` });
    },
    async restore(profile, name) {
      const namespace = await shop.platform.miniflare.getDurableObjectNamespace('PROFILE', 'selvedge');
      const object = namespace.idFromName(`${space}:${profile}`).toString();
      await test('restore', { object, name: `${space}/${name}` });
    },
    async link(a, b) {
      await must('POST', 'people/link', { a, b, reason: 'conformance' });
    },
    async split(identities) {
      await must('POST', 'people/split', { identities, reason: 'conformance' });
    },
    async erase(identity, scope, suppress) {
      const asked = await operator<{ readonly request: string; readonly finishedAt: string | null }>(
        'POST',
        'people/erase',
        { ...identity, scope, suppress, reason: 'conformance' },
      );
      let { finishedAt } = asked.body;
      for (let ring = 0; asked.status !== 404 && finishedAt === null; ring++) {
        if (ring === RINGS) throw new Error(`the erasure of ${identity.namespace} does not end`);
        await pass(shop.now() + RING_MS);
        ({ finishedAt } = await must<typeof asked.body>('GET', `people/erasures/${asked.body.request}`));
      }
    },
    async settle(profiles) {
      for (const profile of profiles) {
        for (let ring = 0; ; ring++) {
          const found = await self.find({ profile });
          if (!found || (found.openWork.length === 0 && !found.isLocked)) break;
          if (ring === RINGS) throw new Error(`work stays open: ${found.openWork.map(({ kind }) => kind).join(', ')}`);
          await wait(ring);
        }
      }
    },
    async find(who) {
      const answer = await operator<Omit<FoundProfile, 'isLocked'>>('GET', `people?${query(who)}`);
      if (answer.status >= 300) return null;
      const isLocked = await test<boolean>('locked', { space, profile: answer.body.profile });
      return { ...answer.body, isLocked };
    },
    async eventsOf(profile) {
      const events: FoundEvent[] = [];
      let after: string | null = null;
      do {
        const cursor: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
        const page: ExportPage = await must<ExportPage>('GET', `people/export?profile=${profile}${cursor}`);
        for (const { id, identity, data } of page.events) {
          events.push({ id, identity, counters: data?.counters ?? {} });
        }
        after = page.next;
      } while (after !== null);
      return events;
    },
  };
  return self;
}

interface ExportPage {
  readonly events: readonly {
    readonly id: string;
    readonly identity: Identity;
    readonly data?: { readonly counters?: Readonly<Record<string, number>> };
  }[];
  readonly next: string | null;
}

function wireOf({ id, identities, logout, attributes, counters, consent }: SentEvent, occurredAt: string): object {
  const data = { counters, ...(attributes === null ? {} : { attributes }) };
  const type = logout ? 'signed.out' : attributes === null ? 'custom.vector' : 'profile.updated';
  return { id, type, occurredAt, identities, data, ...(consent === null ? {} : { consent }) };
}

/** The rules of a vector as an operator writes them. */
function settingOf(config: VectorConfig): object {
  const { namespaces, maxIdentities, maxIdentitiesPerEvent, maxMerges, policy } = rulesOfVector(config);
  return {
    namespaces: [...namespaces.byCode.values()].map(
      ({ code, type, unique, priority, limit, windowMs, normalise, pattern, linkTrust }) => ({
        code,
        type,
        unique,
        priority,
        limit,
        windowMs: unique ? null : windowMs,
        normalise,
        pattern,
        linkTrust,
      }),
    ),
    blocked: (config.blocked ?? []).map(({ ns, match, value = null }) => ({ namespace: ns, match, value })),
    policy,
    limits: { maxIdentities, maxIdentitiesPerEvent, maxMerges },
  };
}
