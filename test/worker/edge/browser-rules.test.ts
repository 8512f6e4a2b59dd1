import { createContext, Script } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScripts } from '../../../client-sdk/build.ts';
import { type BrowserRules, createLocal, type LocalProfile } from '../../../client-sdk/src/local.ts';
import { event, type Shop, startShop, viewed, WRITE_KEY } from '../../support/platform.ts';

let shop: Shop;
let runtime: string;
const operator = async (method: string, path: string, body?: object) => {
  const headers = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
  const answer = await shop.send(`/v1/admin/${path}`, { method, headers, ...(body && { body }) });
  expect(answer.status, `${method} ${path} ${answer.text}`).toBeLessThan(300);
  return answer.body as unknown as { readonly sequence: number; readonly parts: Readonly<Record<string, string>> };
};
const segment = (id: string, rule: string, more: object = {}) =>
  operator('PUT', `segments/${id}`, { name: id, purpose: 'personalization', public: true, rule, ...more });
const publish = (body: object = {}) => operator('POST', 'publish', body);
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  shop.send(path, { method: 'GET', headers });
const script = (key = WRITE_KEY.web) => get(`/sdk-local.js?key=${key}`);
const rulesOf = async () => (await get(`/v1/rules/browser?key=${WRITE_KEY.web}`)).body as unknown as BrowserRules;

/** Runs a served text as a page would: the ids that `selvedgeLocal()` finds. */
function membersIn(text: string, profile: LocalProfile, now?: number): readonly string[] {
  const page = createContext({ given: JSON.stringify([profile, now ?? Date.now()]) });
  new Script(`window = globalThis; ${text}`).runInContext(page);
  return JSON.parse(
    new Script('JSON.stringify([...selvedgeLocal().members(...JSON.parse(given))])').runInContext(page) as string,
  ) as string[];
}

const VIEWS = 'xEvent[eventType = "product.viewed"].count()';
const MARKED = {
  keen: 'views >= 3',
  buyer: 'xEvent[eventType = "cart.added" and timestamp occurs <= 1 hour before now].count() >= 1',
  chain:
    'chain(xEvent, timestamp, [A: WHAT(eventType = "product.viewed" and category = "shoes"), X: EXCLUDE WHAT(eventType = "cart.added"), B: WHAT(eventType = "product.viewed" and category = "hats")])',
  hesitant: 'inSegment("keen") and not inSegment("browsing") and not inSegment("buyer")',
  tagged: 'colour = "</script><b>\u2028" or views >= 5',
} as const;

beforeAll(async () => {
  [shop, runtime] = await Promise.all([startShop(), bundleScripts().then(({ programs }) => programs.local)]);
}, 120_000);
afterAll(() => shop.stop());

describe('before anything is marked', () => {
  it('there are no rules, with a key, and the run-time alone without one', async () => {
    const plain = await get('/sdk-local.js');
    expect([plain.status, plain.text]).toEqual([200, runtime]);
    expect(() => membersIn(plain.text, {})).toThrow('load /sdk-local.js?key=');
    const { sequence, program } = await rulesOf();
    expect([sequence, program]).toEqual([1, null]);
    const { status, text } = await script();
    expect([status, membersIn(text, {})]).toEqual([200, []]);
    expect(text).toBe(`${runtime}selvedgeLocal.rules={"sequence":1,"program":null};\n`);
  });

  it.each([
    ['an unknown key', `/sdk-local.js?key=wk_main.unknown12345`, 'unknownKey'],
    ['the key of a space that is not there', '/sdk-local.js?key=wk_other.unknown12345', 'unknownKey'],
    ['an empty key', '/sdk-local.js?key=', 'missingKey'],
    ['what is no write key', '/sdk-local.js?key=sk_main.unknown12345', 'missingKey'],
    ['no key', '/v1/rules/browser', 'missingKey'],
    ['an unknown key', '/v1/rules/browser?key=wk_main.unknown12345', 'unknownKey'],
  ])('%s gets a problem: %s', async (_, path, kind) => {
    const answer = await get(path);
    expect([answer.status, answer.problem]).toEqual([401, kind]);
  });
});

describe('segments that are marked for browsers', () => {
  let sequence: number;
  beforeAll(async () => {
    await operator('PUT', 'attributes/colour', { name: 'Colour', type: 'string', public: true, requires: 'anonymous' });
    await operator('PUT', 'measures/views', { name: 'Views', public: true, expression: VIEWS });
    await operator('PUT', 'measures/carts', { name: 'Carts', expression: 'xEvent[eventType = "cart.added"].count()' });
    await segment('browsing', `${VIEWS} > 40`, { public: false });
    for (const [id, rule] of Object.entries(MARKED)) await segment(id, rule, { inBrowser: true });
    ({ sequence } = await publish());
  });

  it('are served with the run-time, as sdk.js is served, and as JSON to any page', async () => {
    const [served, sdk, json] = await Promise.all([
      script(),
      get(`/sdk.js?key=${WRITE_KEY.web}`),
      get(`/v1/rules/browser?key=${WRITE_KEY.web}`, { origin: 'https://anywhere.example' }),
    ]);
    expect(served.status).toBe(200);
    for (const name of ['content-type', 'cache-control', 'etag', 'cross-origin-resource-policy'])
      expect([name, served.headers.get(name)]).toEqual([name, sdk.headers.get(name)]);
    expect(json.headers.get('access-control-allow-origin')).toBe('*');
    expect(json.headers.get('cache-control')).toBe(sdk.headers.get('cache-control'));
    const rules = json.body as unknown as BrowserRules;
    expect(rules).toMatchObject({ sequence, program: { format: 2 } });
    expect(served.text.startsWith(runtime)).toBe(true);
    // Every source of the space has the same rules.
    expect((await script(WRITE_KEY.app)).text).toBe(served.text);
    expect(
      createLocal(rules.program)
        .members({ attributes: { colour: '</script><b>\u2028' } })
        .has('tagged'),
    ).toBe(true);
    expect(membersIn(served.text, { attributes: { colour: '</script><b>\u2028' } })).toEqual(['tagged']);
  });

  it('are data wherever they stand, and nothing else of the ruleset is in them', async () => {
    const { text } = await script();
    const rules = text.slice(runtime.length);
    expect(rules).not.toContain('<');
    expect(rules).not.toContain('\u2028');
    expect(rules).toContain('\\u003c/script>');
    for (const name of Object.keys(MARKED)) expect(rules).toContain(`"${name}"`);
    for (const foreign of ['browsing', 'secret-viewer', 'retarget', 'views', 'carts', 'loyaltyTier', 'order.placed'])
      expect(rules).not.toContain(foreign);
  });

  it('have in the page the members that the edge tells for the same events, one after the other', async () => {
    const { text } = await script();
    const visitor = shop.visitor();
    const inside = new Set<string>();
    const sent: LocalProfile['events'][] = [];
    const happened = [
      viewed('p1', { data: { productId: 'p1', category: 'shoes' } }),
      viewed('p2', { data: { productId: 'p2', category: 'hats' } }),
      viewed('p3'),
      event('cart.added', { productId: 'p3', quantity: 1 }),
      viewed('p4'),
      viewed('p5'),
    ];
    const seen: string[][] = [];
    for (const [i, each] of happened.entries()) {
      const answer = await visitor.interact({ events: [each] });
      expect(answer.body.accepted, answer.text).toBe(1);
      for (const told of answer.body.memberships) {
        if (told.status === 'exited') inside.delete(told.segment);
        else inside.add(told.segment);
      }
      const events = happened
        .slice(0, i + 1)
        .map(({ id, type, occurredAt, data }) => ({ id, type, at: Date.parse(occurredAt), data: data as never }));
      sent.push(events);
      const edge = Object.keys(MARKED).filter((id) => inside.has(id));
      expect([...membersIn(text, { events })].sort(), `after event ${i + 1}`).toEqual([...edge].sort());
      seen.push([...edge].sort());
    }
    expect(seen).toEqual([
      [],
      ['chain'],
      ['chain', 'hesitant', 'keen'],
      ['buyer', 'chain', 'keen'],
      ['buyer', 'chain', 'keen'],
      ['buyer', 'chain', 'keen', 'tagged'],
    ]);
    // A withdrawn purpose hides what was collected for it, here as there.
    const out = { personalization: 'out' } as const;
    const answer = await visitor.interact({ events: [event('consent.updated', {}, { consent: out })] });
    for (const told of answer.body.memberships) if (told.status === 'exited') inside.delete(told.segment);
    expect(membersIn(text, { events: sent.at(-1) ?? [], consent: out })).toEqual(
      Object.keys(MARKED).filter((id) => inside.has(id)),
    );
  });

  it('go with their ruleset: a gradual publish, the end of it, and rollbacks to where there were none', async () => {
    const before = await script();
    await segment('keen', 'views >= 2', { inBrowser: true });
    await segment('newest', 'views >= 1', { inBrowser: true });
    const views = (count: number) => ({
      events: Array.from({ length: count }, () => ({ type: 'product.viewed', at: 1 })),
    });
    const some = await publish({ percent: 50 });
    // Nobody knows who asks: everybody gets what most have.
    expect((await script()).text).toBe(before.text);
    expect(await rulesOf()).toMatchObject({ sequence });
    const all = await operator('POST', 'gradual', { percent: 100 });
    expect(all.parts.browserRules).toBe(some.parts.browserRules);
    expect(await rulesOf()).toMatchObject({ sequence: all.sequence });
    expect(membersIn((await script()).text, views(2))).toEqual(['hesitant', 'keen', 'newest']);

    const back = await operator('POST', 'rollback', { sequence: 1 });
    expect(back.parts).not.toHaveProperty('browserRules');
    expect(await rulesOf()).toEqual({ sequence: back.sequence, program: null });
    expect(membersIn((await script()).text, views(2))).toEqual([]);
    expect((await shop.visitor().interact({ events: [viewed()] })).body.sequence).toBe(back.sequence);

    const forth = await operator('POST', 'rollback', { sequence });
    expect(membersIn((await script()).text, views(2))).toEqual([]);
    expect(membersIn((await script()).text, views(3))).toEqual(['hesitant', 'keen']);
    expect(await rulesOf()).toMatchObject({ sequence: forth.sequence });
  });

  it('come from the publisher where the cache has lost them', async () => {
    const { parts } = await publish();
    const cache = await shop.platform.miniflare.getKVNamespace('RULESETS', 'selvedge');
    const { keys } = await cache.list();
    const lost = keys.filter(({ name }) => name.includes(parts.browserRules ?? 'nothing'));
    expect(lost).toHaveLength(1);
    for (const { name } of lost) await cache.delete(name);
    // Another ruleset of the same rules: nothing of it is in memory.
    await operator('PUT', 'placements/other', { name: 'Other', kind: 'html' });
    expect((await publish()).parts.browserRules).toBe(parts.browserRules);
    expect((await rulesOf()).program).not.toBeNull();
  });

  it('cost other parts nothing: a mark changes no part that a visit reads', async () => {
    await segment('keen', 'views >= 3', { inBrowser: true });
    const given = await publish();
    await segment('keen', 'views >= 3');
    const { parts } = await publish();
    const differing = Object.keys({ ...given.parts, ...parts }).filter((name) => given.parts[name] !== parts[name]);
    expect(differing.sort()).toEqual(['browserRules', 'content']);
  });
});
