import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DrivenShop, startDriven } from '../../support/driven-shop.ts';
import { createRandom } from '../crash/random.ts';

/** People to whom anything happens at any time. Whatever somebody observes is recorded without their help, at the instant that was foretold. */
const START = Date.UTC(2030, 2, 28, 21, 40, 11, 7);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;
const STEPS = process.env.SELVEDGE_NIGHTLY ? 2_000 : 30;
/** Memberships that are looked at, before and after some time has passed. */
const LOOKS = 10;
const seed = Number(process.env.SELVEDGE_SEED ?? Date.now() % 1_000_000);
const TYPES = ['custom.a', 'custom.b', 'custom.c'];
const PEOPLE = ['ann', 'bob', 'cyd', 'dee'];
const RULES: Readonly<Record<string, string>> = {
  recent: 'xEvent[eventType = "custom.a" and timestamp occurs <= 2 days before now].count() >= 2',
  today: 'xEvent[eventType = "custom.b" and timestamp occurs today]',
  quiet: 'xEvent[eventType = "custom.a"] and not xEvent[timestamp occurs < 30 hours before now]',
  chained:
    'chain(xEvent, timestamp, [A: WHAT(eventType = "custom.a") WHEN(<= 3 days before now), X: EXCLUDE WHAT(eventType = "custom.c"), B: WHAT(eventType = "custom.b")])',
  monthly: 'xEvent[eventType = "custom.c" and timestamp occurs <= 1 month before now].count() = 1',
  fading: 'interest > 1',
};

interface Explained {
  readonly member: boolean;
  readonly since: string | null;
  readonly cause: string | null;
  readonly nextChange: string | null;
  readonly recorded: { readonly member: boolean; readonly since: string; readonly cause: string } | null;
}

let shop: DrivenShop;
let serverKey: string;
beforeAll(async () => {
  shop = await startDriven(START);
  await shop.operator('PUT', 'sources/web', {
    name: 'Web',
    writeKeys: ['wk_main.webkey1234'],
    allowedOrigins: ['http://shop.test'],
    defaultConsent: { personalization: 'in' },
  });
  await shop.operator('PUT', 'settings/ruleset', { timeZone: 'Europe/Berlin' });
  await shop.operator('PUT', 'measures/interest', {
    name: 'Interest',
    purpose: 'personalization',
    public: false,
    expression: 'xEvent[eventType = "custom.b"].decayed(12 hours)',
  });
  for (const id of Object.keys(RULES)) await segment(id);
  ({ key: serverKey } = await shop.operator<{ readonly key: string }>('POST', 'sources/web/server-keys', {}));
  await shop.publish();
}, 60_000);
afterAll(() => shop.stop());

const segment = (id: string, rule = RULES[id] ?? '') =>
  shop.operator('PUT', `segments/${id}`, { name: id, purpose: 'personalization', public: true, observed: true, rule });
const identityOf = (person: string) => ({ namespace: 'customer', value: person });
const call = (path: string, body: object) =>
  shop.send(path, { headers: { authorization: `Bearer ${serverKey}` }, body });
const explain = (person: string, id: string) =>
  shop.operator<Explained>('GET', `profiles/explain?namespace=customer&value=${person}&segment=${id}`);

const shown = ({ member, since, cause, nextChange, recorded }: Explained) => ({
  member,
  since,
  cause,
  nextChange,
  recorded,
});

it(`records what is observed without traffic, at the foretold instant (SELVEDGE_SEED=${seed})`, async () => {
  const random = createRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[random.between(0, items.length - 1)] as T;
  let isChanged = false;
  for (const person of PEOPLE)
    await call('/v1/collect', { events: [shop.event('custom.born', {}, { identities: [identityOf(person)] })] });

  /** Beyond the minute over which wakings are spread. */
  const pass = async (ms: number) => {
    const foretold = new Map<string, Explained>();
    for (let looked = 0; looked < LOOKS; looked++) {
      const [person, id] = [pick(PEOPLE), pick(Object.keys(RULES))];
      foretold.set(`${person} ${id}`, await explain(person, id));
    }
    const from = shop.now();
    await shop.advance(from + ms);
    await shop.advance(shop.now() + MINUTE);
    for (const [key, before] of foretold) {
      const [person = '', id = ''] = key.split(' ');
      const now = await explain(person, id);
      const where = `${key} from ${new Date(from).toISOString()} to ${new Date(shop.now()).toISOString()}: ${JSON.stringify([before, now].map(shown))}`;
      // What flips within this last minute may be on its way.
      const isFresh = now.since !== null && Date.parse(now.since) > shop.now() - MINUTE;
      if (!isFresh) expect(now.recorded?.member ?? false, where).toBe(now.member);
      const flip = before.nextChange === null ? Number.POSITIVE_INFINITY : Date.parse(before.nextChange);
      if (flip > shop.now()) expect(now, where).toMatchObject({ member: before.member, since: before.since });
      else expect(Date.parse(now.since ?? ''), where).toBeGreaterThanOrEqual(flip);
      if (flip <= shop.now() && now.member !== before.member && now.nextChange === null)
        expect(now.cause, where).toBe('time');
    }
  };

  for (let step = 0; step < STEPS; step++) {
    const chance = random.between(0, 99);
    if (chance < 50) {
      const person = pick(PEOPLE);
      const late = random.between(0, 9) < 3 ? random.between(0, 4 * DAY) : 0;
      const occurredAt = new Date(shop.now() - late).toISOString();
      const answer = await call(random.between(0, 1) === 0 ? '/v1/collect' : '/v1/interact', {
        events: [shop.event(pick(TYPES), {}, { identities: [identityOf(person)], occurredAt })],
      });
      // What somebody has withdrawn every purpose of is not stored.
      expect((answer.body.accepted ?? 0) + (answer.body.refused?.length ?? 0)).toBe(1);
    } else if (chance < 54) {
      const consent = { personalization: pick(['in', 'out']) };
      const identities = [identityOf(pick(PEOPLE))];
      await call('/v1/collect', { events: [shop.event('consent.updated', {}, { identities, consent })] });
    } else if (chance < 60) {
      await call('/v1/decide', { identity: identityOf(pick(PEOPLE)) });
    } else if (chance < 68) {
      await shop.evict();
    } else if (chance < 72) {
      isChanged = !isChanged;
      await segment('recent', isChanged ? RULES.recent?.replace('>= 2', '>= 1') : RULES.recent);
      await shop.publish();
      // It comes with the next touch of each.
      for (const person of PEOPLE) await call('/v1/decide', { identity: identityOf(person) });
    } else {
      await pass(pick([1, 1000, 20_000, HOUR, 7 * HOUR, DAY, 3 * DAY, 20 * DAY]));
    }
  }
}, 3_600_000);
