import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecideResponse, InteractResponse } from '../../../core/interaction/wire.ts';
import {
  type Answer,
  chosen,
  codes,
  cookieOf,
  event,
  type Shop,
  startShop,
  unique,
  type Visitor,
  viewed,
} from '../../support/platform.ts';
import { ORIGIN, type SourceName, WRITE_KEY } from '../../support/shop-config.ts';

let shop: Shop;
/** A server sees visitors of its own group only. */
const serverKeys: Partial<Record<SourceName, string>> = {};
beforeAll(async () => {
  shop = await startShop({ mintsPerMinute: 5 });
  const operator = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
  const made = await shop.send('/v1/admin/sources/strict/server-keys', { headers: operator, body: {} });
  await shop.send('/v1/admin/publish', { headers: operator, body: {} });
  Object.assign(serverKeys, { web: shop.serverKey, strict: (made.body as { readonly key?: string }).key });
});
afterAll(() => shop.stop());

type Sent = ReturnType<typeof event>;
const AGREED = { consent: { personalization: 'in', analytics: 'in' } };
const PLACEMENTS = ['hero', 'member', 'known', 'greeting', 'plain'];
/** As long as the SDK's ids, from which a visitor whose token was lost is known again. */
const long = <E extends Sent>(made: E): E => ({ ...made, id: `${made.id}-${'x'.repeat(20)}` });
const person = (who: string) => ({ namespace: 'customer', value: who });
const prove = (source: SourceName, who: string, more: object = {}) => shop.prove(who, { aud: source, ...more });
const places = async (id: string) => shop.inProfiles<{ id: string }>(`SELECT id FROM fact WHERE id = '${id}'`);
/** Of the last visit, as its log line has it. */
const logged = (name: string): number => {
  const visits = shop.log.map((line) => JSON.parse(line.slice(line.indexOf('{')))).filter((line) => name in line);
  return visits.at(-1)[name];
};

/** What a server can see of somebody afterwards. */
async function standing(ask: object, source: SourceName = 'web') {
  const { body } = await shop.decide({ ...ask, include: ['profile', 'recent'] }, serverKeys[source]);
  const { profile, recent, visitor } = body as DecideResponse;
  return {
    state: visitor.state,
    events: profile?.events ?? 0,
    attributes: profile?.attributes ?? {},
    kinds: (profile?.identities ?? []).map(({ namespace }) => namespace).sort(),
    recent: (recent ?? []).map(({ productId }) => productId),
  };
}

interface Story {
  readonly visitor: Visitor;
  readonly anna: string;
  readonly ben: string;
  readonly before: readonly Sent[];
  readonly after: readonly Sent[];
}

describe.each<[SourceName, object]>([
  ['web', {}],
  ['strict', AGREED],
])('one request that signs in, to source %s', (source, agreed) => {
  const signIn = async (visitor: Visitor, who: string, events: readonly Sent[], more: object = {}) =>
    visitor.interact({ ...agreed, proof: await prove(source, who), events, ...more });

  async function story(
    prepare: (visitor: Visitor, anna: string, ben: string) => Promise<unknown>,
    before: readonly Sent[],
  ) {
    const [anna, ben] = [unique('anna'), unique('ben')];
    for (const [who, attributes] of [
      [anna, { loyaltyTier: 'gold', firstName: 'Anna' }],
      [ben, { loyaltyTier: 'gold', firstName: 'Ben' }],
    ] as const)
      await shop.server({ events: [event('profile.updated', { attributes }, { identities: [person(who)] })] });
    const visitor = shop.visitor(source);
    await prepare(visitor, anna, ben);
    const after = [event('signed.in'), viewed('after')];
    return { visitor, anna, ben, before, after } satisfies Story;
  }
  /** The two requests that a page would have to make without `proofFrom`. */
  async function inTwo({ visitor, ben, before, after }: Story) {
    const first = await visitor.interact({ ...agreed, events: before });
    const second = await signIn(visitor, ben, after, { placements: PLACEMENTS });
    return {
      accepted: first.body.accepted + second.body.accepted,
      refused: [...first.body.refused, ...second.body.refused].map(({ code }) => code),
      state: second.body.visitor.state,
      chosen: chosen(second),
    };
  }
  async function inOne({ visitor, ben, before, after }: Story) {
    const events = [...before, ...after];
    const { body } = await signIn(visitor, ben, events, { proofFrom: after[0]?.id, placements: PLACEMENTS });
    return {
      accepted: body.accepted,
      refused: body.refused.map(({ code }) => code),
      state: body.visitor.state,
      chosen: chosen({ body }),
    };
  }

  it.each<[string, (visitor: Visitor, anna: string, ben: string) => Promise<unknown>, () => readonly Sent[]]>([
    ['nobody ever', async () => undefined, () => [viewed('b1'), viewed('b2')]],
    [
      'somebody without a name',
      (visitor) => visitor.interact({ ...agreed, events: [viewed('old')] }),
      () => [viewed('b1')],
    ],
    ['another person', (visitor, anna) => signIn(visitor, anna, [viewed('hers')]), () => [viewed('b1'), viewed('b2')]],
    ['the same person', (visitor, _, ben) => signIn(visitor, ben, [viewed('his')]), () => [viewed('b1')]],
    [
      'another person, who signs out on the way',
      (visitor, anna) => signIn(visitor, anna, [viewed('hers')]),
      () => [viewed('b1'), event('signed.out'), viewed('b2')],
    ],
    [
      'somebody who withdraws their consent',
      (visitor) => visitor.interact({ ...agreed, events: [viewed('old')] }),
      () => [event('consent.updated', {}, { consent: { personalization: 'out', analytics: 'out' } }), viewed('b1')],
    ],
  ])('does what two requests do, after %s', async (_, prepare, tracked) => {
    const [one, two] = [await story(prepare, tracked()), await story(prepare, tracked())];
    expect(await inOne(one)).toEqual(await inTwo(two));
    for (const ask of [(told: Story) => told.anna, (told: Story) => told.ben])
      expect(await standing({ identity: person(ask(one)) })).toEqual(await standing({ identity: person(ask(two)) }));
    expect(await standing({ visitor: one.visitor.token }, source)).toEqual(
      await standing({ visitor: two.visitor.token }, source),
    );
  });

  it('leaves what was tracked before it with the one who was there, and answers the one who is there now', async () => {
    const told = await story((visitor, anna) => signIn(visitor, anna, [viewed('hers')]), [viewed('hers-too')]);
    const answer = await inOne(told);
    expect(answer).toMatchObject({ accepted: 3, refused: [], state: 'authenticated' });
    expect(answer.chosen).toMatchObject({ member: 'member-only', greeting: 'greet-gold', hero: 'noneEligible' });
    expect((await standing({ identity: person(told.anna) })).recent.sort()).toEqual(['hers', 'hers-too']);
    expect((await standing({ identity: person(told.ben) })).recent).toEqual(['after']);
  });

  it('counts everything in what it answers, and tells what has changed for the person', async () => {
    const visitor = shop.visitor(source);
    const [before, begin, after] = [viewed('p1'), event('signed.in'), viewed('p2')];
    const answer = await signIn(visitor, unique('c'), [before, begin, after], {
      proofFrom: begin.id,
      placements: ['hero'],
    });
    expect([answer.body.accepted, answer.body.visitor]).toEqual([
      3,
      expect.objectContaining({ state: 'authenticated', isNew: true }),
    ]);
    expect(chosen(answer)).toEqual({ hero: 'hero-viewer' });
    expect(answer.body.memberships.find(({ segment }) => segment === 'viewer')?.status).toBe('entered');
    expect((await standing({ visitor: visitor.token }, source)).recent).toEqual(['p2', 'p1']);
  });

  it('tells what changed before it, when it is the same person', async () => {
    const [visitor, who] = [shop.visitor(source), unique('c')];
    await signIn(visitor, who, [viewed('p1')]);
    const after = event('signed.in');
    const answer = await signIn(visitor, who, [viewed('p2'), after], { proofFrom: after.id });
    expect(answer.body.memberships.map(({ segment, status }) => `${segment} ${status}`)).toEqual(['viewer entered']);
  });

  it('calls the profile once when nothing was tracked before', async () => {
    const hops = async (more: (first: string) => object) => {
      const [visitor, who, begin] = [shop.visitor(source), unique('c'), event('signed.in')];
      await signIn(visitor, who, [viewed('p1')]);
      await signIn(visitor, who, [begin, viewed('p2')], more(begin.id));
      return logged('hops');
    };
    expect(await hops((proofFrom) => ({ proofFrom }))).toBe(await hops(() => ({})));
  });

  it('accounts for every event at its place in the request', async () => {
    const visitor = shop.visitor(source);
    const [known, begin] = [viewed('p0'), event('signed.in')];
    await visitor.interact({ ...agreed, events: [known] });
    const bad = () => event('no.such');
    const answer = await signIn(visitor, unique('c'), [bad(), known, viewed('p1'), bad(), begin, bad(), known], {
      proofFrom: begin.id,
    });
    expect([answer.body.accepted, answer.body.duplicates]).toEqual([2, [known.id, known.id]]);
    expect(codes(answer)).toEqual({ 0: 'unknownType', 3: 'unknownType', 5: 'unknownType' });
    expect((await standing({ visitor: visitor.token }, source)).events).toBe(3);
  });

  it('begins where it says, also when that event itself is refused', async () => {
    const [visitor, who, begin] = [shop.visitor(source), unique('c'), event('no.such')];
    const answer = await signIn(visitor, who, [viewed('p1'), begin, viewed('p2')], { proofFrom: begin.id });
    expect([answer.body.accepted, codes(answer)]).toEqual([2, { 1: 'unknownType' }]);
    expect((await standing({ identity: person(who) })).recent).toEqual(['p2', 'p1']);
  });

  it('sent again because its answer was lost changes nothing, with and without the token', async () => {
    for (const known of [true, false]) {
      const [visitor, who, begin] = [shop.visitor(source), unique('c'), event('signed.in')];
      if (known) await visitor.interact({ ...agreed, events: [viewed('old')] });
      const { token } = visitor;
      const events = [long(viewed('p1')), viewed('p2'), begin, viewed('p3')];
      const body = { ...agreed, proof: await prove(source, who), proofFrom: begin.id, events, placements: ['member'] };
      const first = await visitor.interact(body);
      visitor.token = token;
      const again = await visitor.interact(body);
      expect([first.body.accepted, again.body.accepted, again.body.visitor.state]).toEqual([4, 0, 'authenticated']);
      expect([[...again.body.duplicates].sort(), chosen(again)]).toEqual([
        events.map(({ id }) => id).sort(),
        { member: 'member-only' },
      ]);
      const { events: count, recent } = await standing({ identity: person(who) });
      expect([count, recent]).toEqual(known ? [5, ['p3', 'p2', 'p1', 'old']] : [4, ['p3', 'p2', 'p1']]);
    }
  });

  it('sent again after another person was there stays where it was', async () => {
    const [visitor, anna, ben, begin] = [shop.visitor(source), unique('anna'), unique('ben'), event('signed.in')];
    await signIn(visitor, anna, [viewed('hers')]);
    const { token } = visitor;
    const events = [viewed('hers-too'), begin, viewed('his')];
    const body = { ...agreed, proof: await prove(source, ben), proofFrom: begin.id, events };
    await visitor.interact(body);
    visitor.token = token;
    expect((await visitor.interact(body)).body).toMatchObject({ accepted: 0, refused: [] });
    expect(await standing({ identity: person(anna) })).toMatchObject({ events: 2, recent: ['hers-too', 'hers'] });
    expect(await standing({ identity: person(ben) })).toMatchObject({ events: 2, recent: ['his'] });
  });

  describe('with a proof that is refused', () => {
    it.each<[string, (who: string) => Promise<string>]>([
      ['expired', (who) => prove(source, who, { iat: 1_700_000_000, exp: 1_700_000_060 })],
      ['otherDevice', (who) => prove(source, who, { dev: 'somebody-else' })],
      ['malformed', async () => 'a.b.c'],
    ])('as %s stores nothing of it', async (code, proofOf) => {
      const [visitor, begin] = [shop.visitor(source), event('signed.in')];
      const events = [viewed('p1'), begin];
      const proof = await proofOf(unique('c'));
      const answer = await visitor.interact({ ...agreed, proof, proofFrom: begin.id, events });
      expect([answer.status, (answer as Answer).body.errors?.[0]?.code, visitor.token]).toEqual([401, code, '']);
      for (const { id } of events) expect(await places(id)).toEqual([]);
    });

    describe('as used', () => {
      async function refused() {
        const proof = await prove(source, unique('c'));
        const used = await shop.visitor(source).interact({ ...agreed, proof, events: [event('signed.in')] });
        expect(used.body.visitor.state).toBe('authenticated');
        const visitor = shop.visitor(source);
        const [p1, p2, begin, p3] = [viewed('p1'), viewed('p2'), event('signed.in'), viewed('p3')];
        const events = [p1, p2, begin, p3];
        const answer = await visitor.interact({ ...agreed, proof, proofFrom: begin.id, events });
        expect([answer.status, (answer as Answer).body.errors?.[0]?.code]).toEqual([401, 'used']);
        return { visitor, answer, events, begin };
      }
      // Without the token they would be somebody else over there.
      const elsewhere = { 'cf-connecting-ip': '203.0.113.77' };

      it('gives a new visitor their token: sent again without it, nothing is in two profiles', async () => {
        const { visitor, answer, events } = await refused();
        expect(cookieOf(answer) ?? answer.body.visitor.token).toBe(visitor.token);
        expect(visitor.token).not.toBe('');
        expect(answer.body.visitor).toMatchObject({ state: 'anonymous', isNew: true });
        const again = await visitor.interact({ ...agreed, events }, elsewhere);
        expect(again.body).toMatchObject({ accepted: 2, refused: [], visitor: { state: 'anonymous' } });
        expect([...again.body.duplicates].sort()).toEqual([events[0]?.id, events[1]?.id].sort());
        for (const { id } of events) expect(await places(id)).toHaveLength(1);
        expect(await standing({ visitor: visitor.token }, source)).toMatchObject({
          events: 4,
          recent: ['p3', 'p2', 'p1'],
        });
      });

      it('is mended by another proof', async () => {
        const { visitor, events, begin } = await refused();
        const who = unique('c');
        const proof = await prove(source, who);
        const again = await visitor.interact({ ...agreed, proof, proofFrom: begin.id, events }, elsewhere);
        expect(again.body).toMatchObject({ accepted: 2, refused: [], visitor: { state: 'authenticated' } });
        expect(await standing({ identity: person(who) })).toMatchObject({ events: 4, recent: ['p3', 'p2', 'p1'] });
      });
    });
  });

  it.each<[string, string, (proof: string) => object]>([
    ['an event that is not there', 'unknownEvent', (proof) => ({ proof, proofFrom: 'nowhere' })],
    ['an event without a proof', 'withoutProof', () => ({ proofFrom: 'nowhere' })],
  ])('that names %s is refused, and nothing of it is stored', async (_, code, more) => {
    const [visitor, seen] = [shop.visitor(source), viewed('p1')];
    const answer = (await visitor.interact({
      ...agreed,
      ...more(await prove(source, unique('c'))),
      events: [seen],
    })) as Answer;
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [{ pointer: '/proofFrom', code, detail: expect.any(String) }],
    ]);
    expect(await places(seen.id)).toEqual([]);
  });

  it('works on collect, for a page that is left', async () => {
    const [visitor, anna, ben, begin] = [shop.visitor(source), unique('anna'), unique('ben'), event('signed.in')];
    await signIn(visitor, anna, [viewed('hers')]);
    const proof = await prove(source, ben);
    const events = [viewed('hers-too'), begin, viewed('his')];
    const answer = await visitor.collect({ ...agreed, proof, proofFrom: begin.id, events });
    expect(answer.body).toMatchObject({ accepted: 3, visitor: { state: 'authenticated' } });
    expect((await standing({ identity: person(anna) })).recent).toEqual(['hers-too', 'hers']);
    expect((await standing({ identity: person(ben) })).recent).toEqual(['his']);
  });
});

it('a server that acts for a visitor may say it too', async () => {
  const [visitor, anna, ben, begin] = [shop.visitor(), unique('anna'), unique('ben'), event('signed.in')];
  await visitor.interact({ proof: await shop.prove(anna), events: [viewed('hers')] });
  const answer: Answer<InteractResponse> = await shop.server(
    {
      visitor: visitor.token,
      proof: await shop.prove(ben),
      proofFrom: begin.id,
      events: [viewed('hers-too'), begin, viewed('his')],
      placements: ['member'],
    },
    '/v1/interact',
  );
  expect([answer.body.accepted, chosen(answer)]).toEqual([3, { member: 'member-only' }]);
  expect((await standing({ identity: person(anna) })).recent).toEqual(['hers-too', 'hers']);
  expect((await standing({ identity: person(ben) })).recent).toEqual(['his']);
});

it('a visitor whom a link brought from another site was there before', async () => {
  const here = shop.visitor('second');
  await here.interact({ events: [viewed('over-there')] });
  const { body } = await shop.send(`/v1/visitor/link?key=${WRITE_KEY.second}`, {
    headers: { origin: ORIGIN.second, cookie: `__Host-sv=${here.token}` },
    body: { target: ORIGIN.web },
  });
  const [visitor, who] = [shop.visitor('web'), unique('c')];
  const [before, begin] = [viewed('before'), event('signed.in')];
  const answer = await visitor.interact({
    visitorLink: (body as { readonly param?: string }).param,
    proof: await shop.prove(who),
    proofFrom: begin.id,
    events: [before, begin],
  });
  expect(answer.body).toMatchObject({ accepted: 2, visitor: { state: 'authenticated', isNew: false } });
  expect((await standing({ identity: person(who) })).recent).toEqual(['before', 'over-there']);
});

it('a preview stores nothing of either', async () => {
  const operator = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
  const link = await shop.send('/v1/admin/previews', { headers: operator, body: { offers: { plain: 'for-all' } } });
  const begin = event('signed.in');
  const events = [viewed('p1'), begin];
  const { token: preview } = link.body as { readonly token?: string };
  const answer = await shop
    .visitor()
    .interact({ preview, proof: await shop.prove(unique('c')), proofFrom: begin.id, events, placements: ['plain'] });
  expect([answer.body.preview, answer.body.accepted, chosen(answer)]).toEqual(['shown', 0, { plain: 'for-all' }]);
  for (const { id } of events) expect(await places(id)).toEqual([]);
});

it('a new visitor of an address that brings too many is asked for all of it again', async () => {
  const from = { 'cf-connecting-ip': '2001:db8::5160' };
  const signIn = async () => {
    const begin = event('signed.in');
    const body = { proof: await shop.prove(unique('c')), proofFrom: begin.id, events: [viewed('p1'), begin] };
    return shop.visitor().interact({ ...body, placements: ['plain'] }, from);
  };
  const answers = await Promise.all(Array.from({ length: 20 }, signIn));
  const limited = answers.filter((answer) => chosen(answer).plain === 'limited');
  expect(limited).not.toHaveLength(0);
  for (const answer of limited) {
    expect(codes(answer)).toEqual({ 0: 'unavailable', 1: 'unavailable' });
    expect(cookieOf(answer)).toBeNull();
  }
});

it('a robot stores nothing of either', async () => {
  const begin = event('signed.in');
  const events = [viewed('p1'), begin];
  const answer = await shop
    .visitor()
    .interact(
      { proof: await shop.prove(unique('c')), proofFrom: begin.id, events },
      { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
    );
  expect([answer.body.accepted, codes(answer)]).toEqual([0, { 0: 'automated', 1: 'automated' }]);
});
