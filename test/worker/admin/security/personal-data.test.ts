import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_OPERATIONS } from '../../../../worker/admin/admin-app.ts';
import { event, type Shop, startShop, unique, viewed } from '../../../support/platform.ts';

interface Told {
  readonly profile: string;
  readonly items: readonly { readonly number: number; readonly action: string; readonly subject: string }[];
  readonly [member: string]: unknown;
}

const TAGS = ['people', 'profiles', 'decisions'];
/** The acts that say that somebody was looked at: what changes a person is told as what it was. */
const LOOKS = ['viewed', 'exported', 'linked', 'unlinked', 'split', 'erased', 'fenced'];

let shop: Shop;
let profile: string;
let proposition: string;
/** Found in an answer, each of these tells of her. */
let traces: readonly string[];
const [customer, friend] = [unique('c'), unique('d')];
const [name, email] = [unique('Sarah'), `${unique('sarah')}@example.org`];

async function ask(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
  const answer = await shop.send(`/v1/admin${path}`, { method, headers, ...(body ? { body } : {}) });
  return { status: answer.status, text: answer.text, told: answer.body as unknown as Told };
}
const newest = async () => (await ask('GET', '/audit?limit=20')).told.items;
const who = (value = customer) => `namespace=customer&value=${value}`;
const identity = (value: string) => ({ namespace: 'customer', value });

beforeAll(async () => {
  shop = await startShop({ queueDelaySeconds: 0 });
  const rule = `firstName = "${name}"`;
  await ask('PUT', '/segments/named', { name: 'Named', purpose: 'personalization', public: false, rule });
  expect((await ask('POST', '/publish', {})).status).toBe(201);
  for (const value of [customer, friend]) {
    const identities = [identity(value)];
    const attributes = value === customer ? { firstName: name, email } : { firstName: 'Somebody' };
    await shop.server({
      events: [event('profile.updated', { attributes }, { identities }), viewed('p1', { identities })],
    });
  }
  const visitor = shop.visitor();
  const signedIn = await visitor.interact({
    events: [viewed()],
    placements: ['ads'],
    proof: await shop.prove(customer),
  });
  proposition = signedIn.body.propositions[0]?.id ?? '';
  profile = (await ask('GET', `/people?${who()}`)).told.profile;
  traces = [name, email, customer, profile];
}, 90_000);
afterAll(() => shop.stop());

const reason = 'somebody asked';
const ERASURE = 'erasure-of-all';
/** A call of each operation about people that answers with all that it may. In this order: the last ones leave nobody. */
const CALLS: Readonly<Record<string, () => ReturnType<typeof ask>>> = {
  findPerson: () => ask('GET', `/people?${who()}`),
  exportPerson: () => ask('GET', `/people/export?${who()}`),
  explainSegment: () => ask('GET', `/profiles/explain?${who()}&segment=named`),
  explainRule: () => ask('POST', '/profiles/explain', { profile, rule: `firstName = "${name}"` }),
  explainDecision: () => ask('GET', `/decisions/${proposition}`),
  createPreview: () => ask('POST', '/previews', { segments: ['named'] }),
  identityAlarms: () => ask('GET', '/people/alarms'),
  suspectedDuplicates: () => ask('GET', '/people/duplicates'),
  linkPeople: () => ask('POST', '/people/link', { a: identity(customer), b: identity(friend), reason, dryRun: true }),
  unlinkPeople: () =>
    ask('POST', '/people/unlink', { a: identity(customer), b: identity(friend), reason, dryRun: true }),
  splitPerson: () => ask('POST', '/people/split', { identities: [identity(customer)], reason, dryRun: true }),
  fencePerson: () => ask('POST', '/people/fence', { profile, reason }),
  erasePerson: () => ask('POST', '/people/erase', { ...identity(customer), reason, request: ERASURE }),
  getErasure: () => ask('GET', `/people/erasures/${ERASURE}`),
};

/** Answers that name the opaque id of somebody of whom nothing is left to look at. */
const OF_NOBODY = ['getErasure'];

it('every operation about people is looked at here', () => {
  const about = ADMIN_OPERATIONS.filter(({ tag }) => TAGS.includes(tag)).map(({ id }) => id);
  expect(Object.keys(CALLS).sort()).toEqual(about.sort());
});

it('no other operation tells anything of her', async () => {
  const others = ADMIN_OPERATIONS.filter(
    ({ tag, path, method, needs }) =>
      !TAGS.includes(tag) && method === 'get' && path !== '/live/tail' && !path.includes('{') && needs !== 'audit',
  );
  expect(others.length).toBeGreaterThan(15);
  for (const { id, path } of others) {
    const { text } = await ask('GET', path);
    // Rules that name somebody are what operators wrote, and live events tell of opaque ids.
    const seen = [email, customer].filter((trace) => text.includes(trace));
    expect([id, seen]).toEqual([id, []]);
  }
});

it.each(Object.keys(CALLS))(
  '%s tells of her only what the audit says was told',
  async (id) => {
    const call = CALLS[id] as () => ReturnType<typeof ask>;
    if (id === 'explainDecision')
      await expect.poll(async () => (await call()).status, { timeout: 50_000, interval: 2_000 }).toBe(200);
    const before = (await newest())[0]?.number ?? 0;
    const { status, text } = await call();
    expect([id, status < 300 || (id === 'unlinkPeople' && status === 404)]).toEqual([id, true]);
    const looks = (await newest()).filter(
      ({ number, action, subject }) => number > before && LOOKS.includes(action) && subject === profile,
    );
    const told = traces.filter((trace) => text.includes(trace));
    if (told.length > 0 && !OF_NOBODY.includes(id)) expect([id, looks.length]).toEqual([id, 1]);
    if (OF_NOBODY.includes(id)) expect(told.filter((trace) => trace !== profile)).toEqual([]);
  },
  60_000,
);
