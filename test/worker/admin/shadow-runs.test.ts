import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Space } from '../../../core/lib/ids.ts';
import { type Answer, event, type Shop, startShop, unique, viewed } from '../../support/platform.ts';
import { settled } from '../../support/settled.ts';

const PEOPLE = 240;
const SPACE = 'main' as Space;

interface Estimate {
  readonly sampled: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
interface Preview {
  readonly segment: string;
  readonly offer: string;
  readonly change: string;
  readonly before: Estimate;
  readonly after: Estimate;
  readonly enter: Estimate & { readonly examples?: readonly string[] };
  readonly leave: Estimate & { readonly examples?: readonly string[] };
  readonly stay: Estimate;
}
interface Freshness {
  readonly oldest: string | null;
  readonly stale: number;
  readonly pending: number;
  readonly cut: number;
  readonly seeding: boolean;
}
interface ShadowRun {
  readonly exact: boolean;
  readonly rows: number;
  readonly sequence: number | null;
  readonly population: Estimate;
  readonly freshness: Freshness;
  readonly changed: Readonly<Record<'added' | 'removed' | 'edited' | 'dependents', readonly string[]>>;
  readonly segments: readonly Preview[];
  readonly offers: readonly Preview[];
  readonly members: Estimate | null;
  readonly errors: readonly { readonly kind: string; readonly id: string; readonly code: string }[];
}
interface Sweep {
  readonly status: string;
  readonly sequence: number;
  readonly handled: number;
  readonly failed: number;
  readonly share: number;
}
interface Members {
  readonly count: number;
  readonly items: readonly { readonly profile: string; readonly since: string }[];
  readonly next: string | null;
}

let shop: Shop;
let d1: D1Database;
/** Customer number → what they did. */
const people = Array.from({ length: PEOPLE }, (_, number) => ({
  number,
  customer: `shadow-${number}`,
  views: number % 7,
  tier: ['gold', 'silver', null][number % 3] ?? null,
}));

beforeAll(async () => {
  shop = await startShop({ queueDelaySeconds: 0 });
  d1 = (await shop.platform.miniflare.getD1Database('CONTROL', 'selvedge')) as unknown as D1Database;
  await put('segments/browsers', { rule: views(3) });
  await put('segments/golden', { rule: 'loyaltyTier = "gold"' });
  await put('segments/golden-browsers', { rule: 'inSegment("golden") and inSegment("browsers")' });
  await put('offers/for-golden', { placements: ['plain'], content: 'x', eligibility: 'inSegment("golden")' }, 'offer');
  await operator('POST', '/publish', {});
  for (let from = 0; from < PEOPLE; from += 40) {
    const events = people.slice(from, from + 40).flatMap(({ customer, views: count, tier }) => {
      const identities = [{ namespace: 'customer', value: customer }];
      return [
        event('profile.updated', { attributes: { loyaltyTier: tier ?? 'none' } }, { identities }),
        ...Array.from({ length: count }, (_, item) => viewed(`p${item}`, { identities })),
      ];
    });
    const answer = await shop.server({ events });
    expect(answer.body.refused).toEqual([]);
  }
  await shop.visitor('eu').interact({ events: [viewed('a'), viewed('b'), viewed('c')] });
  await settled(shop.platform);
}, 300_000);
afterAll(() => shop.stop());

const views = (count: number) => `xEvent[eventType = "product.viewed"].count() >= ${count}`;

async function operator<T = ShadowRun>(
  method: string,
  path: string,
  body?: object,
  token = shop.platform.secrets.operatorToken,
): Promise<Answer<T>> {
  const call = { method, headers: { authorization: `Bearer ${token}` }, ...(body ? { body } : {}) };
  return (await shop.send(`/v1/admin${path}`, call)) as unknown as Answer<T>;
}

async function put(path: string, body: object, kind = 'segment'): Promise<void> {
  const whole = { name: path, ...(kind === 'segment' ? { purpose: 'personalization', public: false } : {}), ...body };
  const answer = await operator('PUT', `/${path}`, whole);
  expect([path, answer.status < 300, answer.text]).toEqual([path, true, answer.text]);
}

async function membersInIndex(segment: string): Promise<ReadonlySet<string>> {
  const { results } = await d1
    .prepare('SELECT pid FROM membership WHERE space = ? AND segment = ?')
    .bind(SPACE, segment)
    .all<{ pid: string }>();
  return new Set(results.map(({ pid }) => pid));
}

const without = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].filter((each) => !b.has(each)).sort();
const exactly = (value: number) => ({ sampled: value, value, low: value, high: value });
const count = (test: (person: (typeof people)[number]) => boolean) => people.filter(test).length;

async function swept(): Promise<Sweep> {
  for (;;) {
    const { body } = await operator<Sweep>('GET', '/sweep');
    if (body.status === 'done') return body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function tokenOf(role: string): Promise<string> {
  const made = await operator<{ token: string }>('POST', '/operators', { name: unique(role).toLowerCase(), role });
  expect(made.status).toBe(201);
  return made.body.token;
}

describe('a shadow run', () => {
  it('says who would enter and leave, and publish and sweep make exactly that true', async () => {
    const gold = await membersInIndex('golden');
    const browsers = await membersInIndex('browsers');
    const both = await membersInIndex('golden-browsers');
    expect([gold.size, browsers.size]).toEqual([
      count(({ tier }) => tier === 'gold'),
      count(({ views: seen }) => seen >= 3),
    ]);
    await put('segments/golden', { rule: `loyaltyTier = "silver" or (loyaltyTier = "gold" and ${views(4)})` });
    const run = await operator('POST', '/shadow-runs', { examples: 20 });
    expect(run.status).toBe(200);
    const { segments, offers, changed, exact, rows, freshness } = run.body;
    expect({ exact, rows, ...freshness }).toMatchObject({ exact: true, stale: 0, pending: 0, cut: 0, seeding: false });
    expect(rows).toBe(PEOPLE + 1);
    expect(changed).toEqual({ added: [], removed: [], edited: ['golden'], dependents: ['golden-browsers'] });
    expect(segments.map(({ segment, change }) => [segment, change])).toEqual([
      ['golden', 'edited'],
      ['golden-browsers', 'dependent'],
    ]);
    const was = ({ tier }: (typeof people)[number]) => tier === 'gold';
    const is = ({ tier, views: seen }: (typeof people)[number]) => tier === 'silver' || (tier === 'gold' && seen >= 4);
    const [golden, dependent] = segments;
    expect(golden).toMatchObject({
      before: exactly(count(was)),
      after: exactly(count(is)),
      enter: exactly(count((person) => is(person) && !was(person))),
      leave: exactly(count((person) => was(person) && !is(person))),
      stay: exactly(count((person) => is(person) && was(person))),
    });
    expect(offers).toMatchObject([{ offer: 'for-golden', change: 'dependent', after: exactly(count(is)) }]);

    const { body: live } = await operator<{ sequence: number }>('POST', '/publish', {});
    await operator('POST', '/sweep', { ratePerSecond: 1000 });
    expect(await swept()).toMatchObject({ sequence: live.sequence, handled: PEOPLE, failed: 0, share: 1 });
    await settled(shop.platform);
    const after = await membersInIndex('golden');
    expect(without(after, gold)).toHaveLength(golden?.enter.value ?? -1);
    expect(without(gold, after)).toHaveLength(golden?.leave.value ?? -1);
    for (const profile of golden?.enter.examples ?? []) expect(without(after, gold)).toContain(profile);
    for (const profile of golden?.leave.examples ?? []) expect(without(gold, after)).toContain(profile);
    const bothAfter = await membersInIndex('golden-browsers');
    expect(without(bothAfter, both)).toHaveLength(dependent?.enter.value ?? -1);
    expect(without(both, bothAfter)).toHaveLength(dependent?.leave.value ?? -1);
    // Nothing is left to be said.
    const again = await operator('POST', '/shadow-runs');
    expect(again.body).toMatchObject({ sequence: live.sequence, segments: [], offers: [], rows: PEOPLE + 1 });
  }, 240_000);

  it('knows new and removed segments, fields that no live rule reads, and what an offer without a rule reaches', async () => {
    await put('segments/first-item', {
      rule: 'xEvent[eventType = "product.viewed" and productId = "p1"].count() >= 1',
    });
    await put('offers/for-golden', { placements: ['plain'], content: 'x' }, 'offer');
    const run = await operator('POST', '/shadow-runs', { offers: 'all' });
    expect(run.body.changed.added).toEqual(['first-item']);
    expect(run.body.segments).toMatchObject([
      { segment: 'first-item', change: 'added', before: exactly(0), after: exactly(count(({ views: n }) => n >= 2)) },
    ]);
    const reach = new Map(run.body.offers.map((each) => [each.offer, each]));
    expect(reach.get('for-golden')).toMatchObject({ change: 'edited', after: exactly(PEOPLE + 1), leave: exactly(0) });
    expect(reach.get('for-all')).toMatchObject({ change: 'none', after: exactly(PEOPLE + 1) });
    expect(reach.size).toBeGreaterThan(10);
    await operator('DELETE', '/segments/first-item');
  });

  it('refuses drafts that would not be published, and change sets that are not there', async () => {
    await put('segments/broken', { rule: 'inSegment("nowhere")' });
    const bad = await operator('POST', '/shadow-runs');
    expect([bad.status, bad.problem]).toEqual([422, 'draftInvalid']);
    expect(bad.body.errors.map(({ id }) => id)).toContain('broken');
    await operator('DELETE', '/segments/broken');
    expect((await operator('POST', '/shadow-runs', { candidate: { changeSet: 'nothing' } })).problem).toBe('notFound');
    expect((await operator('POST', '/shadow-runs', { examples: 1000 })).problem).toBe('invalid');
    expect((await operator('POST', '/shadow-runs', { candidate: 'live' })).problem).toBe('invalid');
  });

  it('names profiles to those who may see them, and counts for those who may not', async () => {
    await put('segments/golden', { rule: 'loyaltyTier = "gold"' });
    const seen = async (role: string) => operator('POST', '/shadow-runs', {}, await tokenOf(role));
    const [viewer, analyst, editor] = [await seen('viewer'), await seen('analyst'), await seen('editor')];
    expect(viewer.problem).toBe('forbidden');
    const [told, named] = [analyst, editor].map(({ body }) =>
      body.segments.find(({ segment }) => segment === 'golden'),
    );
    expect(told?.enter.value).toBeGreaterThan(0);
    expect(told?.enter.value).toBe(named?.enter.value);
    expect(analyst.text).not.toContain('prf_');
    expect(named?.enter.examples).toHaveLength(5);
    expect((await operator('POST', '/shadow-runs', {}, 'op_main.nobody')).status).toBe(401);
  });
});

describe('an estimate', () => {
  it('counts a rule that is nowhere stored, with its interval and freshness', async () => {
    const answer = await operator('POST', '/segments/estimate', { rule: views(5) });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ exact: true, members: exactly(count(({ views: n }) => n >= 5)) });
    expect(answer.body.freshness.oldest).not.toBeNull();
    const tree = await operator('POST', '/segments/estimate', { rule: { op: 'inSegment', segment: 'golden' } });
    expect(tree.body.members).toEqual(exactly(count(({ tier }) => tier === 'gold')));
    // In the place of the segment that it would replace.
    const replaced = await operator('POST', '/segments/estimate', { rule: 'loyaltyTier = "silver"', id: 'golden' });
    expect(replaced.body.members).toEqual(exactly(count(({ tier }) => tier === 'silver')));
  });

  it('is refused for what is no rule', async () => {
    const bad = await operator('POST', '/segments/estimate', { rule: 'loyaltyTeir = "gold"' });
    expect([bad.status, bad.problem]).toEqual([422, 'invalid']);
    expect((await operator('POST', '/segments/estimate', { rule: 'and and' })).problem).toBe('invalid');
    expect((await operator('POST', '/segments/estimate', {}, await tokenOf('viewer'))).problem).toBe('forbidden');
  });

  it('does not single people out for roles that may not see personal data', async () => {
    const rule = 'firstName = "Ada"';
    const analyst = await operator('POST', '/segments/estimate', { rule }, await tokenOf('analyst'));
    expect([analyst.status, analyst.body.members]).toEqual([200, null]);
    expect((await operator('POST', '/segments/estimate', { rule })).body.members).toEqual(exactly(0));
  });
});

describe('members', () => {
  it('are listed in pages, counted, and the reading is in the audit', async () => {
    const all = await membersInIndex('retarget');
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const path = `/segments/retarget/members?limit=100${next ? `&after=${next}` : ''}`;
      const page: Answer<Members> = await operator<Members>('GET', path);
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map(({ profile }) => profile));
      next = page.body.next;
      expect(page.body.count).toBeGreaterThanOrEqual(all.size);
    }
    expect(seen).toEqual([...all].sort());
    const audit = await operator<{ items: readonly { action: string; kind: string; subject: string }[] }>(
      'GET',
      '/audit',
    );
    expect(audit.body.items[0]).toMatchObject({ action: 'viewed', kind: 'segment', subject: 'retarget' });
  });

  it('are nobody of a segment that is not there, and not for everybody', async () => {
    expect((await operator('GET', '/segments/nothing/members')).problem).toBe('notFound');
    expect((await operator('GET', '/segments/retarget/members?after=x')).problem).toBe('badRequest');
    for (const role of ['viewer', 'analyst'])
      expect((await operator('GET', '/segments/retarget/members', undefined, await tokenOf(role))).problem).toBe(
        'forbidden',
      );
  });
});

describe('somebody who is erased', () => {
  it('is gone from the sample at once', async () => {
    const before = await operator('POST', '/segments/estimate', { rule: 'true' });
    const erased = await operator<{ finishedAt: string | null }>('POST', '/people/erase', {
      namespace: 'customer',
      value: people[3]?.customer,
      reason: 'asked for it',
    });
    expect([erased.status, erased.body.finishedAt !== null]).toEqual([200, true]);
    const left = async () => {
      for (const id of await shop.platform.miniflare.listDurableObjectIds('SAMPLE', 'selvedge')) {
        const storage = await shop.platform.miniflare.unsafeGetDurableObjectStorage('selvedge', 'SampleObject', { id });
        const rows = await storage.exec<{ n: number }>('SELECT count(*) AS n FROM member WHERE taken_at IS NOT NULL');
        if ((rows[0]?.n ?? 0) > 100) return rows[0]?.n;
      }
      return null;
    };
    expect(await left()).toBe(PEOPLE - 1);
    const after = await operator('POST', '/segments/estimate', { rule: 'true' });
    expect([after.body.rows, after.body.exact]).toEqual([before.body.rows - 1, true]);
  });
});
