import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER, ORIGIN, type Shop, startShop, type Visitor, viewed, WRITE_KEY } from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

interface Linked {
  readonly param: string;
  readonly expiresAt: string;
}

/** The page of a visitor of source `web` asks for a link. */
async function linkTo(target: string, visitor: Visitor | null, headers: Readonly<Record<string, string>> = {}) {
  const cookie = visitor ? { cookie: `__Host-sv=${visitor.token}` } : {};
  const answer = await shop.send(`/v1/visitor/link?key=${WRITE_KEY.web}`, {
    headers: { origin: ORIGIN.web, ...cookie, ...headers },
    body: { target },
  });
  return { ...answer, link: answer.body as unknown as Linked };
}

async function seen(): Promise<Visitor> {
  const visitor = shop.visitor('web');
  await visitor.interact({ events: [viewed()] });
  return visitor;
}

/** One digit of the device is another. The very last digit of all holds fewer bits than others, so it may be none. */
const altered = (signed: string) => `${signed.slice(0, 30)}${signed[30] === 'A' ? 'B' : 'A'}${signed.slice(31)}`;

const profileOf = async ({ token }: Visitor) =>
  (await shop.decide({ visitor: token, include: ['profile'] })).body.profile?.id;

describe('a link to another site of the group', () => {
  it('takes the visitor along', async () => {
    const here = await seen();
    const { status, link, headers } = await linkTo(ORIGIN.second, here);
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, ORIGIN.web]);
    expect(Date.parse(link.expiresAt) - Date.now()).toBeLessThanOrEqual(60_000);
    const there = shop.visitor('second');
    const arrived = await there.interact({ visitorLink: link.param, events: [viewed()] });
    expect(arrived.body).toMatchObject({ accepted: 1, visitor: { isNew: false } });
    expect(there.token).not.toBe('');
    expect(await profileOf(there)).toBe(await profileOf(here));
    // From now on the site knows them by its own cookie.
    expect((await there.interact({ events: [viewed()] })).body.visitor.isNew).toBe(false);
  });

  it('never replaces a visitor whom the other site knows', async () => {
    const { link } = await linkTo(ORIGIN.second, await seen());
    const there = shop.visitor('second');
    await there.interact({ events: [viewed()] });
    const before = await profileOf(there);
    await there.interact({ visitorLink: link.param, events: [viewed()] });
    expect(await profileOf(there)).toBe(before);
  });

  it.each<[string, (param: string) => object, Readonly<Record<string, string>>]>([
    ['in another browser', (param) => ({ visitorLink: param }), { 'user-agent': `${BROWSER} Other` }],
    ['altered', (param) => ({ visitorLink: altered(param) }), {}],
    ['that is none', () => ({ visitorLink: 'nonsense' }), {}],
  ])('is nothing %s: the visitor is new', async (_, body, headers) => {
    const { link } = await linkTo(ORIGIN.second, await seen());
    const answer = await shop.visitor('second').interact({ ...body(link.param), events: [viewed()] }, headers);
    expect(answer.body).toMatchObject({ accepted: 1, visitor: { isNew: true } });
  });

  it('is nothing at a site that it was not made for', async () => {
    const here = await seen();
    const { link } = await linkTo(ORIGIN.web, here);
    const answer = await shop.visitor('second').interact({ visitorLink: link.param, events: [viewed()] });
    expect(answer.body.visitor.isNew).toBe(true);
  });

  it.each([
    ['a site of another group', ORIGIN.app],
    ['a site that is none of ours', 'https://evil.test'],
    ['no origin', 'javascript:alert(1)'],
  ])('is refused for %s', async (_, target) => {
    const answer = await linkTo(target, await seen());
    expect([answer.status, answer.problem]).toEqual([403, 'originNotAllowed']);
    expect(answer.text).not.toContain('param');
  });

  it('is refused to somebody who is nobody yet, to a forged token, to a server, and without a target', async () => {
    expect((await linkTo(ORIGIN.second, null)).problem).toBe('invalidVisitor');
    const forged = await seen();
    forged.token = altered(forged.token);
    expect((await linkTo(ORIGIN.second, forged)).problem).toBe('invalidVisitor');
    const bearer = { authorization: `Bearer ${shop.serverKey}` };
    const server = await shop.send('/v1/visitor/link', { headers: bearer, body: { target: ORIGIN.second } });
    expect(server.problem).toBe('keyKindNotAllowed');
    expect((await linkTo(ORIGIN.second, await seen(), { origin: ORIGIN.app })).problem).toBe('originNotAllowed');
    const headers = { origin: ORIGIN.web };
    expect((await shop.send(`/v1/visitor/link?key=${WRITE_KEY.web}`, { headers, body: {} })).problem).toBe('invalid');
  });
});
