import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chosen,
  codes,
  event,
  ORIGIN,
  order,
  type Shop,
  startShop,
  unique,
  viewed,
  WRITE_KEY,
} from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ mintsPerMinute: 5 });
});
afterAll(() => shop.stop());

const person = (value = unique('c')) => ({ namespace: 'customer', value });
const ALL = ['hero', 'tie', 'member', 'known', 'ads', 'timed', 'greeting', 'plain', 'empty', 'nope'];

describe('propositions', () => {
  it('stand in the order asked for, each with a reason, an id of its own and the content to show', async () => {
    const answer = await shop.visitor().interact({ events: [viewed()], placements: ALL });
    const { propositions } = answer.body;
    expect(propositions.map(({ placement }) => placement)).toEqual(ALL);
    expect(Object.fromEntries(propositions.map(({ placement, reason }) => [placement, reason]))).toEqual({
      hero: 'noneEligible',
      tie: 'eligible',
      member: 'noneEligible',
      known: 'noneEligible',
      ads: 'eligible',
      timed: 'eligible',
      greeting: 'noneEligible',
      plain: 'eligible',
      empty: 'noOffers',
      nope: 'unknownPlacement',
    });
    expect(new Set(propositions.map(({ id }) => id)).size).toBe(ALL.length);
    const of = (name: string) => propositions.find(({ placement }) => placement === name);
    expect(of('hero')).toMatchObject({ kind: 'html', offer: null, content: '<i>hero</i>' });
    const tie = of('tie')?.offer;
    expect(['tie-a', 'tie-b']).toContain(tie);
    expect(of('tie')).toMatchObject({ kind: 'html', content: `<p>${tie}</p>` });
    expect(of('empty')).toMatchObject({ kind: 'json', offer: null, content: { nothing: true } });
    expect(of('nope')).toMatchObject({ kind: null, offer: null, content: null });
  });

  it('take the highest priority, then by visitor, always the same, and leave out what is over or not yet', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed()] });
    const first = chosen(await visitor.interact({ placements: ['tie', 'timed'] }));
    expect(first.timed).toBe('timed-now');
    expect(['tie-a', 'tie-b']).toContain(first.tie);
    expect(chosen(await visitor.interact({ placements: ['timed', 'tie'] }))).toEqual(first);
  });

  it('say of every offer why it won or lost, to a server that asks', async () => {
    const who = person();
    await shop.server({ events: [viewed('p', { identities: [who] })] });
    const { body } = await shop.decide({
      identity: who,
      placements: ['timed', 'tie', 'member', 'hero', 'ads', 'empty'],
      include: ['trace'],
    });
    expect(Object.fromEntries((body.trace ?? []).map(({ offer, rejection }) => [offer, rejection]))).toEqual({
      'timed-over': 'over',
      'timed-later': 'notYet',
      'timed-now': null,
      'tie-a': expect.toBeOneOf([null, 'lowerPriority']),
      'tie-b': expect.toBeOneOf([null, 'lowerPriority']),
      'tie-low': 'lowerPriority',
      'member-only': 'authState',
      'hero-viewer': 'notInAudience',
      sponsored: null,
    });
  });

  it('name the consent that is missing', async () => {
    const who = person();
    await shop.server({
      events: [event('consent.updated', {}, { identities: [who], consent: { advertising: 'out' } })],
    });
    const { body } = await shop.decide({ identity: who, placements: ['ads'], include: ['trace'] });
    expect(body.trace).toEqual([{ placement: 'ads', offer: 'sponsored', rejection: 'consent' }]);
  });

  it('reflect the very event of the request', async () => {
    const visitor = shop.visitor('app');
    const left = await visitor.interact({ events: [event('cart.added', { productId: 'p1', quantity: 1 })] });
    expect(left.body.memberships).toContainEqual({ segment: 'leaver', status: 'entered', since: expect.any(String) });
    const bought = await visitor.interact({ events: [order()] });
    expect(bought.body.memberships).toEqual([{ segment: 'leaver', status: 'exited', since: expect.any(String) }]);
  });

  it('come with the memberships that the page may see, and all of them for a server', async () => {
    const visitor = shop.visitor();
    const page = await visitor.interact({ events: [viewed()] });
    expect(page.body.memberships.map(({ segment }) => segment)).toEqual(['retarget']);
    const server = await shop.decide({ visitor: visitor.token });
    expect(
      server.body.memberships
        .filter(({ status }) => status === 'entered')
        .map(({ segment }) => segment)
        .sort(),
    ).toEqual(['retarget', 'secret-viewer']);
  });

  it('are answered by collect never, and for one person only by a server’s interact', async () => {
    expect((await shop.visitor().collect({ events: [viewed()] })).body).not.toHaveProperty('propositions');
    expect(
      (
        await shop.send('/v1/collect', {
          headers: { authorization: `Bearer ${shop.serverKey}` },
          body: { events: [], placements: ['hero'] },
        })
      ).problem,
    ).toBe('invalid');
    const one = person();
    const both = {
      events: [viewed('p', { identities: [one] }), viewed('p', { identities: [person()] })],
      placements: ['hero'],
    };
    expect((await shop.server(both, '/v1/interact')).problem).toBe('invalid');
    const single = await shop.server(
      {
        events: [viewed('a', { identities: [one] }), viewed('b', { identities: [one] })],
        placements: ['hero', 'known'],
      },
      '/v1/interact',
    );
    expect(chosen(single)).toEqual({ hero: 'hero-viewer', known: 'known-only' });
  });

  it('are there also when the only event of a server was refused', async () => {
    const answer = await shop.server(
      {
        events: [viewed('p', { identities: [{ namespace: 'customer', value: 'null' }] })],
        placements: ['tie', 'hero'],
      },
      '/v1/interact',
    );
    expect([codes(answer), chosen(answer)]).toEqual([{ 0: 'blockedIdentity' }, { tie: 'tie-a', hero: 'noneEligible' }]);
  });
});

describe('what creates nothing', () => {
  const counts = async () => [await shop.objects('PROFILE'), await shop.objects('DIRECTORY')];
  const placements = ['plain', 'tie', 'nope'];

  it.each([
    ['Googlebot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
    [
      'a headless browser',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36',
    ],
    ['curl', 'curl/8.5.0'],
    ['a library', 'python-requests/2.32'],
    ['a preview of a link', 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'],
    ['an empty user agent', ''],
  ])('%s gets fallbacks with reason bot', async (_, agent) => {
    const before = await counts();
    const answer = await shop
      .visitor()
      .interact({ events: [viewed(), { bad: 1 }], placements }, { 'user-agent': agent });
    expect([answer.status, chosen(answer), codes(answer)]).toEqual([
      200,
      { plain: 'bot', tie: 'bot', nope: 'unknownPlacement' },
      { 0: 'automated', 1: 'invalid' },
    ]);
    expect([answer.headers.get('set-cookie'), answer.body.visitor.isNew]).toEqual([null, false]);
    expect(await counts()).toEqual(before);
  });

  it('no user agent at all is a bot', async () => {
    const before = await counts();
    const body = await withoutAgent(JSON.stringify({ events: [viewed()], placements: ['plain'] }));
    expect(JSON.parse(body)).toMatchObject({
      accepted: 0,
      refused: [{ code: 'automated' }],
      propositions: [{ reason: 'bot' }],
    });
    expect(await counts()).toEqual(before);
  });

  it('a server is no bot, whatever its agent', async () => {
    const answer = await shop.send('/v1/collect', {
      headers: { authorization: `Bearer ${shop.serverKey}`, 'user-agent': 'curl/8' },
      body: { events: [viewed('p', { identities: [person()] })] },
    });
    expect(answer.body.accepted).toBe(1);
  });

  it.each([
    ['sec-purpose', 'prefetch'],
    ['sec-purpose', 'prefetch;prerender'],
    ['purpose', 'prefetch'],
    ['x-moz', 'prefetch'],
  ])('a page that is only fetched ahead (%s: %s) gets fallbacks with reason prefetch', async (name, value) => {
    const before = await counts();
    const answer = await shop.visitor().interact({ events: [viewed()], placements }, { [name]: value });
    expect([chosen(answer), codes(answer), answer.headers.get('set-cookie')]).toEqual([
      { plain: 'prefetch', tie: 'prefetch', nope: 'unknownPlacement' },
      { 0: 'automated' },
      null,
    ]);
    expect(await counts()).toEqual(before);
  });

  it('placements without a token and without events are decided for a stranger', async () => {
    const before = await counts();
    const answer = await shop.visitor().interact({ placements });
    expect([chosen(answer), answer.headers.get('set-cookie')]).toEqual([
      { plain: 'for-all', tie: 'tie-a', nope: 'unknownPlacement' },
      null,
    ]);
    expect(answer.body.visitor).toEqual({ state: 'anonymous', isNew: false });
    expect(await counts()).toEqual(before);
  });

  it('requests whose every event was refused', async () => {
    const before = await counts();
    const answer = await shop.visitor().interact({ events: [event('nope.nope'), { id: 1 }], placements: ['plain'] });
    expect([codes(answer), answer.headers.get('set-cookie')]).toEqual([{ 0: 'unknownType', 1: 'invalid' }, null]);
    expect(await counts()).toEqual(before);
  });

  it('a server that names nobody', async () => {
    const before = await counts();
    expect(codes(await shop.server({ events: [viewed(), viewed()] }))).toEqual({ 0: 'noIdentity', 1: 'noIdentity' });
    expect(await counts()).toEqual(before);
  });
});

describe('a flood of requests without a token', () => {
  it('from one address makes a bounded number of objects; the rest is answered statelessly with reason limited', async () => {
    const before = await shop.objects('PROFILE');
    const address = `2001:db8::${randomBytes(2).toString('hex')}`;
    const flood = Array.from({ length: 60 }, () =>
      shop.send(`/v1/interact?key=${WRITE_KEY.web}`, {
        headers: { origin: ORIGIN.web, 'cf-connecting-ip': address },
        body: { events: [viewed()], placements: ['plain'] },
      }),
    );
    const answers = await Promise.all(flood);
    const limited = answers.filter((answer) => chosen(answer).plain === 'limited');
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(limited.length).toBe(55);
    for (const answer of limited)
      expect([codes(answer), answer.headers.get('set-cookie')]).toEqual([{ 0: 'unavailable' }, null]);
    expect((await shop.objects('PROFILE')) - before).toBe(5);
  });

  it('does not lock out visitors who have a token, nor other addresses', async () => {
    const address = `2001:db8::${randomBytes(2).toString('hex')}`;
    const known = shop.visitor();
    const from = { 'cf-connecting-ip': address };
    expect((await known.interact({ events: [viewed()] }, from)).body.visitor.isNew).toBe(true);
    for (let i = 0; i < 6; i++) await shop.visitor().interact({ events: [viewed()] }, from);
    expect((await known.interact({ events: [viewed()] }, from)).body.accepted).toBe(1);
    expect((await shop.visitor().interact({ events: [viewed()] }, from)).body.accepted).toBe(0);
    expect((await shop.visitor().interact({ events: [viewed()] })).body.accepted).toBe(1);
  });
});

function withoutAgent(body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${shop.platform.url}/v1/interact?key=${WRITE_KEY.web}`,
      { method: 'POST', headers: { origin: ORIGIN.web } },
      (incoming) => {
        let text = '';
        incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
        incoming.on('end', () => resolve(text));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
