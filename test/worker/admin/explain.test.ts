import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplainedNode } from '../../../core/segment/explain/explained-tree.ts';
import { sha256 } from '../../support/admin-harness.ts';
import { type DrivenShop, startDriven } from '../../support/driven-shop.ts';
import { type Answer, unique } from '../../support/platform.ts';

const START = Date.UTC(2030, 2, 4, 9, 17, 23, 456);
const DAY = 86_400_000;
const SECRET = randomBytes(32).toString('base64url');
const iso = (at: number) => new Date(at).toISOString();

interface Explained {
  readonly segment?: string;
  readonly profile: string;
  readonly sequence: number | null;
  readonly member: boolean;
  readonly since: string | null;
  readonly cause: string | null;
  readonly sentence: string;
  readonly text: string;
  readonly nextChange: string | null;
  readonly lookedUntil: string;
  readonly approximateSince: string | null;
  readonly tree: ExplainedNode;
}

let shop: DrivenShop;
let serverKey: string;
beforeAll(async () => {
  shop = await startDriven(START);
  await shop.operator('PUT', 'sources/web', {
    name: 'Web',
    writeKeys: ['wk_main.webkey1234'],
    allowedOrigins: ['http://shop.test'],
    defaultConsent: { analytics: 'in', personalization: 'in' },
    proofKeys: [{ kid: 'k1', alg: 'HS256', secret: SECRET }],
  });
  await shop.operator('PUT', 'attributes/tier', { name: 'Tier', type: 'string', requires: 'recognised' });
  await shop.operator('PUT', 'measures/favourite', {
    name: 'Favourite',
    purpose: 'personalization',
    public: false,
    expression: 'xEvent[eventType = "product.viewed"].favourite(category)',
  });
  await segment('loyal', 'tier in ["gold", "silver"]');
  await segment(
    'browsing',
    'inSegment("loyal") and favourite = "women" and xEvent[eventType = "product.viewed" and timestamp occurs <= 7 days before now].count() >= 2',
  );
  await shop.operator('PUT', 'placements/hero', { name: 'Hero', kind: 'html' });
  await shop.operator('PUT', 'offers/wrap', {
    name: 'Wrap',
    placements: ['hero'],
    content: '<p>Wrap</p>',
    eligibility: 'inSegment("browsing") and not tier = "silver"',
  });
  ({ key: serverKey } = await shop.operator<{ readonly key: string }>('POST', 'sources/web/server-keys', {}));
  await shop.publish();
}, 60_000);
afterAll(() => shop.stop());

const segment = (id: string, rule: string) =>
  shop.operator('PUT', `segments/${id}`, { name: id, purpose: 'personalization', public: true, rule });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const operatorToken = () => shop.platform.secrets.operatorToken;

async function tell(person: string, type: string, data: object = {}): Promise<string> {
  const event = shop.event(type, data, { identities: [{ namespace: 'customer', value: person }] });
  const answer = await shop.send('/v1/collect', { headers: bearer(serverKey), body: { events: [event] } });
  expect(answer.body).toMatchObject({ accepted: 1 });
  return event.id;
}
type Told = Answer & { readonly explained: Explained };
async function get(query: Readonly<Record<string, string>>, token = operatorToken()): Promise<Told> {
  const path = `/v1/admin/profiles/explain?${new URLSearchParams(query)}`;
  const answer = await shop.send(path, { method: 'GET', headers: bearer(token) });
  return { ...answer, explained: answer.body as unknown as Explained };
}
async function post(body: object): Promise<Told> {
  const answer = await shop.send('/v1/admin/profiles/explain', { headers: bearer(operatorToken()), body });
  return { ...answer, explained: answer.body as unknown as Explained };
}
const customer = (value: string) => ({ namespace: 'customer', value });

async function browser(): Promise<{ readonly person: string; readonly views: readonly string[] }> {
  const person = unique('c');
  await tell(person, 'profile.updated', { attributes: { tier: 'gold' } });
  const first = await tell(person, 'product.viewed', { productId: 'p1', category: 'women' });
  await shop.advance(shop.now() + 60_000);
  const second = await tell(person, 'product.viewed', { productId: 'p2', category: 'women' });
  return { person, views: [second, first] };
}

describe('explaining a live segment', () => {
  it('gives the tree with values, sentence, evidence and the next change to the millisecond', async () => {
    const { person, views } = await browser();
    const ends = shop.now() - 60_000 + 7 * DAY + 1;
    const { status, explained } = await get({ ...customer(person), segment: 'browsing' });
    expect(status).toBe(200);
    expect(explained).toMatchObject({
      segment: 'browsing',
      sequence: 1,
      member: true,
      since: iso(shop.now()),
      cause: 'event',
      recorded: { member: true, since: iso(shop.now()), cause: 'event', sequence: 1 },
      nextChange: iso(ends),
      approximateSince: null,
    });
    expect(explained.profile).toMatch(/^prf_/);
    expect(explained.sentence).toMatch(/^Is in the segment "loyal" and favourite is "women" and the number of events/);
    const [loyal, favourite, count] = explained.tree.children;
    expect(loyal).toMatchObject({
      truth: true,
      nextChange: null,
      evidence: { attributes: ['tier'] },
      children: [{ of: { kind: 'segment', id: 'loyal' }, children: [{ text: 'tier', value: 'gold' }] }],
    });
    expect(favourite?.children[0]).toMatchObject({ text: 'favourite', value: 'women' });
    expect(favourite?.children[0]?.children[0]?.of).toEqual({ kind: 'measure', id: 'favourite' });
    expect(count).toMatchObject({ truth: true, nextChange: iso(ends) });
    expect(count?.evidence.events.map(({ id }) => id)).toEqual(views);
    expect(count?.children[0]).toMatchObject({ value: 2 });
    expect(count?.children[0]?.children[0]).toMatchObject({ value: views, count: 2 });
  });

  it('shows what is unknown as unknown, and changes nothing by looking', async () => {
    const person = unique('c');
    await tell(person, 'custom.seen');
    const { explained } = await get({ ...customer(person), segment: 'browsing' });
    expect(explained).toMatchObject({ member: false, since: null, cause: null, nextChange: null });
    expect(explained.tree.truth).toBe(false);
    expect(explained.tree.children[0]).toMatchObject({
      truth: false,
      children: [{ truth: null, children: [{ value: null }] }],
    });
    expect(explained.tree.children[1]).toMatchObject({ truth: null });
    await shop.advance(shop.now() + 60_000);
    const before = await shop.alarms();
    await shop.advance(shop.now() + 30 * DAY);
    expect((await get({ ...customer(person), segment: 'browsing' })).explained.member).toBe(false);
    expect(await shop.alarms()).toEqual(before);
  });

  it('knows what time has done before any visit has recorded it', async () => {
    const { person } = await browser();
    const ends = shop.now() - 60_000 + 7 * DAY + 1;
    await shop.advance(ends + DAY);
    expect((await get({ ...customer(person), segment: 'browsing' })).explained).toMatchObject({
      member: false,
      since: iso(ends),
      cause: 'time',
      recorded: { member: true, cause: 'event' },
    });
  });

  it('sees nothing that the person no longer agrees to', async () => {
    const { person } = await browser();
    const event = shop.event('consent.updated', {}, { consent: { personalization: 'out' } });
    const identities = [{ namespace: 'customer', value: person }];
    await shop.send('/v1/collect', { headers: bearer(serverKey), body: { events: [{ ...event, identities }] } });
    const { explained } = await get({ ...customer(person), segment: 'browsing' });
    expect(explained).toMatchObject({ member: false, since: iso(shop.now()), cause: 'consent' });
    expect(explained.tree.children[2]).toMatchObject({ truth: false, children: [{ value: 0 }] });
  });

  it('says since when a membership is approximate, and explains from all events all the same', async () => {
    await segment(
      'ordered',
      'chain(xEvent, timestamp, [A: WHAT(eventType = "custom.first"), B: WHAT(eventType = "custom.tick" and n = 7000)])',
    );
    await shop.publish();
    const person = unique('c');
    await tell(person, 'custom.first');
    const from = shop.now();
    await shop.advance(from + DAY);
    const identities = [{ namespace: 'customer', value: person }];
    for (let n = 0; n <= 7000; n += 500) {
      const ticks = Array.from({ length: Math.min(500, 7001 - n) }, (_, i) =>
        shop.event('custom.tick', { n: n + i }, { identities, occurredAt: iso(from + 1000 * (n + i + 1)) }),
      );
      const answer = await shop.send('/v1/collect', { headers: bearer(serverKey), body: { events: ticks } });
      expect(answer.body).toMatchObject({ accepted: ticks.length });
    }
    const { explained } = await get({ ...customer(person), segment: 'ordered' });
    expect(explained.member).toBe(true);
    expect(Date.parse(explained.approximateSince ?? '')).toBeGreaterThan(from);
    expect(explained.tree.children[0]).toMatchObject({ label: 'A', count: 1 });
    expect((await get({ ...customer(person), segment: 'loyal' })).explained.approximateSince).toBeNull();
  });

  it('explains who is eligible for an offer', async () => {
    const { person } = await browser();
    const { explained } = await get({ ...customer(person), offer: 'wrap' });
    expect(explained).toMatchObject({ offer: 'wrap', member: true, since: null });
    expect(explained.tree.children.map(({ truth }) => truth)).toEqual([true, true]);
  });

  it('finds people by profile id, by device, after they moved, and by an anonymous id of a client', async () => {
    const { person } = await browser();
    const { profile } = (await get({ ...customer(person), segment: 'loyal' })).explained;
    expect((await get({ profile, segment: 'loyal' })).explained).toMatchObject({ profile, member: true });

    const visitor = shop.visitor({ key: 'wk_main.webkey1234', origin: 'http://shop.test' });
    await visitor.interact({ events: [shop.event('custom.seen')] });
    const body = { visitor: visitor.token, include: ['profile'] };
    const seen = await shop.send('/v1/decide', { headers: bearer(serverKey), body });
    const device = seen.body.profile?.identities.find(({ namespace }) => namespace === 'device');
    expect((await get({ namespace: 'device', value: device?.value ?? '', segment: 'loyal' })).explained).toMatchObject({
      profile: seen.body.profile?.id,
      member: false,
    });
    const proof = await shop.prove(SECRET, 'k1', 'web', person);
    await visitor.interact({ proof, events: [shop.event('signed.in')] });
    expect((await get({ namespace: 'device', value: device?.value ?? '', segment: 'loyal' })).explained).toMatchObject({
      profile,
      member: true,
    });

    const event = shop.event('custom.seen', {}, { identities: [{ namespace: 'anonymous', value: 'theirs-77' }] });
    await shop.send('/v1/collect', { headers: bearer(serverKey), body: { events: [event] } });
    expect((await get({ namespace: 'anonymous', value: 'theirs-77', segment: 'loyal' })).status).toBe(200);
  });
});

describe('explaining a rule that is not stored', () => {
  it('takes text and trees as a part of the drafts', async () => {
    const { person } = await browser();
    const measure = {
      name: 'Views',
      purpose: 'personalization',
      public: false,
      expression: 'xEvent[eventType = "product.viewed"].count()',
    };
    await shop.operator('PUT', 'measures/views', measure);
    const { status, explained } = await post({ ...customer(person), rule: 'views >= 2 and inSegment("loyal")' });
    expect(status).toBe(200);
    expect(explained).toMatchObject({
      sequence: null,
      member: true,
      since: null,
      cause: null,
      text: 'views >= 2 and inSegment("loyal")',
    });
    expect(explained.tree.children[0]?.children[0]).toMatchObject({ text: 'views', value: 2 });
    const tree = { op: 'literal', value: true };
    expect((await post({ ...customer(person), rule: tree })).explained).toMatchObject({ member: true, text: 'true' });
    expect((await post({ ...customer(person), segment: 'loyal' })).explained).toMatchObject({
      segment: 'loyal',
      member: true,
    });
  });

  it('sees nothing that was not collected for the purpose of the rule', async () => {
    const { person } = await browser();
    const rule = 'xEvent[eventType = "product.viewed"]';
    expect((await post({ ...customer(person), rule, purpose: 'advertising' })).explained.member).toBe(false);
    expect((await post({ ...customer(person), rule, purpose: 'analytics' })).explained.member).toBe(true);
  });

  it('says what is wrong with a rule, and where', async () => {
    const { person } = await browser();
    const answer = await post({ ...customer(person), rule: 'tier =\n  "gold" and teir = "x"' });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toMatchObject([{ pointer: '/rule', code: 'unknownName', line: 2, column: 14 }]);
    expect((await post({ ...customer(person), rule: 'tier = ' })).body.errors).toMatchObject([
      { code: 'syntax', line: 1 },
    ]);
    const bomb = `${'('.repeat(5000)}true${')'.repeat(5000)}`;
    expect((await post({ ...customer(person), rule: bomb })).status).toBe(422);
  });
});

describe('what cannot be explained', () => {
  it('is a person, a segment or an offer that nobody knows', async () => {
    const { person } = await browser();
    const nobody = [
      customer(unique('x')),
      { profile: `prf_0n${'0'.repeat(26)}` },
      { namespace: 'anonymous', value: unique('x') },
    ];
    for (const who of nobody) expect(await get({ ...who, segment: 'loyal' })).toMatchObject({ status: 404 });
    for (const about of [{ segment: 'none' }, { segment: 'offer:wrap' }, { offer: 'none' }, { offer: 'loyal' }])
      expect(await get({ ...customer(person), ...about })).toMatchObject({ status: 404 });
  });

  it('is a question without a person or without one subject', async () => {
    const bad = [
      { segment: 'loyal' },
      { namespace: 'customer', value: 'null', segment: 'loyal' },
      { namespace: 'shoe size', value: '44', segment: 'loyal' },
      { profile: 'prf_x', segment: 'loyal' },
      { ...customer('a'), profile: `prf_0n${'0'.repeat(26)}`, segment: 'loyal' },
      customer('a'),
      { ...customer('a'), segment: 'loyal', offer: 'wrap' },
      { ...customer('a'), segment: 'loyal', more: 'x' },
    ];
    for (const query of bad)
      expect(await get(query as Readonly<Record<string, string>>)).toMatchObject({ status: 400 });
    expect(await post({ ...customer('a'), rule: 'true', segment: 'loyal' })).toMatchObject({ status: 422 });
    expect(await post(customer('a'))).toMatchObject({ status: 422 });
  });

  it('is anything for somebody without a token, or about people of another space', async () => {
    const { person } = await browser();
    const path = '/v1/admin/profiles/explain?namespace=customer&value=x&segment=loyal';
    expect((await shop.send(path, { method: 'GET' })).status).toBe(401);
    expect((await get({ ...customer(person), segment: 'loyal' }, serverKey)).status).toBe(401);
    const token = `op_other.${randomBytes(32).toString('base64url')}`;
    const d1 = await shop.platform.miniflare.getD1Database('CONTROL', 'selvedge');
    await d1
      .prepare('INSERT INTO operator_token (space, name, hash, created_at, created_by) VALUES (?, ?, ?, ?, ?)')
      .bind('other', 'ada', sha256(token), Date.now(), 'test')
      .run();
    expect((await get({ ...customer(person), segment: 'loyal' }, token)).problem).toBe('notPublished');
    const put = (path: string, body: object) =>
      shop.send(`/v1/admin/${path}`, { method: 'PUT', headers: bearer(token), body });
    await put('segments/loyal', { name: 'loyal', purpose: 'personalization', public: true, rule: 'true' });
    await shop.send('/v1/admin/publish', { headers: bearer(token), body: {} });
    await shop.advance(shop.now() + 60_000);
    const { profile } = (await get({ ...customer(person), segment: 'loyal' })).explained;
    expect(profile).toMatch(/^prf_/);
    expect((await get({ ...customer(person), segment: 'loyal' }, token)).status).toBe(404);
    expect((await get({ profile, segment: 'loyal' }, token)).status).toBe(404);
  });
});
