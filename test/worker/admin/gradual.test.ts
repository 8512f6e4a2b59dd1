import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop, unique, type Visitor, viewed } from '../../support/platform.ts';
import { item, upload } from '../recommend/item-shop.ts';

interface Told {
  readonly sequence: number;
  readonly stable: number;
  readonly percent: number;
  readonly since: number | null;
  readonly token: string;
  readonly items: readonly { readonly sequence: number; readonly percent: number | null; readonly action?: string }[];
  readonly intact: boolean;
  readonly parts: Readonly<Record<string, string>>;
}

let shop: Shop;
let editor: string;

async function ask(method: string, path: string, body?: object, token = shop.platform.secrets.operatorToken) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await shop.send(`/v1/admin${path}`, { method, headers, ...(body ? { body } : {}) });
  return { ...answer, told: answer.body as unknown as Told };
}

const segment = (times: number) => ({
  name: 'Keen',
  purpose: 'personalization',
  public: true,
  rule: `xEvent[eventType = "product.viewed"].count() >= ${times}`,
});

async function publish(times: number, percent?: number): Promise<Told> {
  expect((await ask('PUT', '/segments/keen', segment(times))).status).toBeLessThan(300);
  const published = await ask('POST', '/publish', percent === undefined ? {} : { percent });
  expect(published.status, published.text).toBe(201);
  return published.told;
}

const keen = new WeakMap<Visitor, boolean>();
/** An answer tells what changed with it. */
function isKeen(visitor: Visitor, answer: Awaited<ReturnType<Visitor['interact']>>): boolean {
  const told = answer.body.memberships.find(({ segment: id }) => id === 'keen');
  if (told) keen.set(visitor, told.status !== 'exited');
  return keen.get(visitor) ?? false;
}

beforeAll(async () => {
  shop = await startShop();
  editor = (await ask('POST', '/operators', { name: 'editor', role: 'editor' })).told.token;
}, 120_000);
afterAll(() => shop.stop());

describe('a gradual publish', { timeout: 180_000 }, () => {
  it('gives some the new rules and the others the old ones, then more, then all, and nobody ever goes back', async () => {
    const before = await publish(3);
    const visitors = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const visitor = shop.visitor();
        const first = await visitor.interact({ events: [viewed()] });
        expect(first.body.sequence).toBe(before.sequence);
        expect(isKeen(visitor, first)).toBe(false);
        return visitor;
      }),
    );
    const seen = new Map<Visitor, number>();
    /** Everybody asks; each answer must fit the sequence that it names. Answers who has the candidate. */
    const round = async (candidate: number, stable: number): Promise<ReadonlySet<Visitor>> => {
      const has = new Set<Visitor>();
      for (const visitor of visitors) {
        const answer = await visitor.interact({ events: [event('page.viewed', { url: 'https://a.example/' })] });
        const { sequence } = answer.body;
        expect([candidate, stable]).toContain(sequence);
        expect(isKeen(visitor, answer)).toBe(sequence === candidate);
        expect(sequence).toBeGreaterThanOrEqual(seen.get(visitor) ?? 0);
        seen.set(visitor, sequence);
        if (sequence === candidate) has.add(visitor);
      }
      return has;
    };
    const some = await publish(1, 30);
    expect(some).toMatchObject({ percent: 30, stable: before.sequence });
    expect((await ask('GET', '/gradual')).told).toMatchObject({ percent: 30, since: some.sequence });
    const first = await round(some.sequence, before.sequence);
    expect(first.size).toBeGreaterThan(0);
    expect(first.size).toBeLessThan(visitors.length);

    // Nothing else goes live meanwhile, and nothing goes to fewer.
    expect((await ask('POST', '/publish', {})).status).toBe(409);
    expect((await ask('POST', '/gradual', { percent: 30 })).status).toBe(409);
    expect((await ask('POST', '/gradual', { percent: 101 })).status).toBe(422);
    expect((await ask('POST', '/gradual', { percent: 60 }, editor)).status).toBe(403);
    expect((await ask('DELETE', '/gradual', undefined, editor)).status).toBe(403);
    expect((await ask('GET', '/gradual', undefined, editor)).status).toBe(200);

    const more = (await ask('POST', '/gradual', { percent: 60 })).told;
    expect(more).toMatchObject({ percent: 60, stable: before.sequence });
    const second = await round(more.sequence, before.sequence);
    for (const visitor of first) expect(second).toContain(visitor);
    expect(second.size).toBeGreaterThan(first.size);

    // A stranger gets what most have; a server asks for one person by their own draw.
    const nobody = await shop.decide({ identity: { namespace: 'customer', value: unique('c') }, placements: ['hero'] });
    expect(nobody.body.sequence).toBe(before.sequence);

    const all = (await ask('POST', '/gradual', { percent: 100 })).told;
    expect(all).toMatchObject({ percent: 100, stable: all.sequence });
    expect((await round(all.sequence, all.sequence)).size).toBe(visitors.length);
    expect((await ask('POST', '/gradual', { percent: 100 })).status).toBe(409);
    expect((await ask('DELETE', '/gradual')).status).toBe(409);
    const { items } = (await ask('GET', '/sequences?limit=3')).told;
    expect(items.map(({ percent }) => percent)).toEqual([null, 60, 30]);
  });

  it('given up, everybody has the stable content again, under a new sequence', async () => {
    const before = await publish(2);
    const some = await publish(1, 50);
    const given = (await ask('DELETE', '/gradual')).told;
    expect(given.sequence).toBe(some.sequence + 1);
    expect(given.parts.program).toBe(before.parts.program);
    expect((await ask('GET', '/gradual')).told).toMatchObject({ percent: 100, sequence: given.sequence });
    const visitor = shop.visitor();
    const answer = await visitor.interact({ events: [viewed()] });
    expect(answer.body.sequence).toBe(given.sequence);
    expect(isKeen(visitor, answer)).toBe(false);
  });

  it('goes on when a job puts data: both sides get it, under sequences of their own, and nobody changes sides', async () => {
    const before = await publish(3);
    const some = await publish(1, 40);
    const visitors = Array.from({ length: 16 }, () => shop.visitor());
    const sequences = async () => {
      const seen: number[] = [];
      for (const visitor of visitors) seen.push((await visitor.interact({ events: [viewed()] })).body.sequence);
      return seen;
    };
    const first = await sequences();
    expect(new Set(first)).toEqual(new Set([before.sequence, some.sequence]));
    await upload(shop, [item('a1'), item('a2')]);
    const now = (await ask('GET', '/gradual')).told;
    expect(now).toMatchObject({ percent: 40, since: some.sequence, stable: some.sequence + 1 });
    expect(now.sequence).toBe(some.sequence + 2);
    expect(await sequences()).toEqual(
      first.map((sequence) => (sequence === some.sequence ? now.sequence : now.stable)),
    );
    const all = (await ask('POST', '/gradual', { percent: 100 })).told;
    expect(all.parts.catalogue).toBeDefined();
    expect(all.parts.program).toBe(some.parts.program);
  });

  it('stops for nobody: twenty publishes under traffic, each answer of one sequence, no visitor ever goes back', async () => {
    let publishing = true;
    const failures: string[] = [];
    let answers = 0;
    let slow = 0;
    const people = [unique('c'), unique('c'), unique('c')];
    /** Comes, signs in as one of three, looks around, signs out, and again: what somebody sees goes from profile to profile with them. */
    const visit = async (_: unknown, who: number): Promise<void> => {
      const visitor = shop.visitor();
      let last = 0;
      for (let i = 0; publishing; i++) {
        const person = people[(who + i) % people.length] ?? '';
        const body =
          i % 5 === 1
            ? { proof: await shop.prove(person), events: [event('signed.in')] }
            : { events: [i % 5 === 4 ? event('signed.out') : viewed()] };
        const answer = await visitor.interact({ ...body, placements: ['hero'] });
        answers++;
        if (answer.status !== 200) failures.push(`${answer.status} ${answer.text.slice(0, 100)}`);
        // A profile that is in the middle of a move may not answer in time; the page gets its fallbacks.
        else if (answer.body.degraded) slow++;
        else if (answer.body.sequence < last) failures.push(`${answer.body.sequence} after ${last}`);
        else last = answer.body.sequence;
      }
    };
    const traffic = Promise.all(Array.from({ length: 6 }, visit));
    for (let i = 0; i < 10; i++) {
      await publish(1 + (i % 3), 20 + i);
      const ended = i % 3 === 2 ? await ask('DELETE', '/gradual') : await ask('POST', '/gradual', { percent: 100 });
      expect(ended.status, ended.text).toBe(201);
    }
    publishing = false;
    await traffic;
    expect(failures).toEqual([]);
    expect(answers - slow).toBeGreaterThan(20);
    expect((await ask('GET', '/audit/verify')).told.intact).toBe(true);
  });
});
