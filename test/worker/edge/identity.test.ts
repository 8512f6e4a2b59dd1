import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chosen, event, type Shop, startShop, unique, type Visitor, viewed } from '../../support/platform.ts';
import { headOf } from '../crash/disk.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

const login = async (visitor: Visitor, who: string, more: object = {}) =>
  visitor.interact({ proof: await shop.prove(who), events: [event('signed.in')], ...more });
const profileOf = async (visitor: Visitor) =>
  (await shop.decide({ visitor: visitor.token, include: ['profile', 'recent'] })).body;
const recentOf = async (visitor: Visitor) => (await profileOf(visitor)).recent?.map(({ productId }) => productId);
const person = (who: string) => ({ namespace: 'customer', value: who });
/** What the shop's server knows of somebody. */
const describePerson = (who: string, attributes: object) =>
  shop.server({ events: [event('profile.updated', { attributes }, { identities: [person(who)] })] });

/** Nobody is on the way between objects any more: an answer does not wait for the directory. */
const linksAtRest = () =>
  expect
    .poll(
      async () => {
        const snapshots: Buffer[] = [];
        for (const { page, bytes } of await shop.inProfiles<{ page: number; bytes: ArrayBuffer }>(
          'SELECT page, bytes FROM state ORDER BY page',
        )) {
          if (page === 0) snapshots.push(Buffer.from(bytes));
          else snapshots.push(Buffer.concat([snapshots.pop() as Buffer, Buffer.from(bytes)]));
        }
        return snapshots.map(headOf).flatMap(({ profile, stitch: { lock, operations, intents } }) => {
          const open = [...(lock ? [lock.operation] : []), ...Object.keys(operations), ...Object.keys(intents)];
          return open.map((work) => `${profile} ${work}`);
        });
      },
      { timeout: 20_000, interval: 100 },
    )
    .toEqual([]);

describe('a first visit whose answer was lost', () => {
  const long = () => `${unique('first')}-${'x'.repeat(20)}`;
  const home = { 'cf-connecting-ip': '203.0.113.7' };
  const places = async (id: string) => shop.inProfiles<{ id: string }>(`SELECT id FROM fact WHERE id = '${id}'`);

  it('comes again without a token and is the same visitor, not doubled, with more events or a proof beside it', async () => {
    const first = { ...viewed('p1'), id: long() };
    await shop.visitor().interact({ events: [first] }, home);
    const answer = await shop.visitor().interact({ events: [first, viewed('p2')] }, home);
    expect(answer.body).toMatchObject({ accepted: 1, duplicates: [first.id] });
    const who = unique('c');
    const proven = await shop.visitor().interact({ events: [first, viewed('p3')], proof: await shop.prove(who) }, home);
    expect(proven.body).toMatchObject({ accepted: 2, visitor: { state: 'authenticated' } });
    const profile = await shop.decide({ identity: { namespace: 'customer', value: who }, include: ['profile'] });
    expect(profile.body.profile?.events).toBe(3);
  });

  it('is somebody else with another agent, another address, or an id that many may use', async () => {
    const first = { ...viewed('p1'), id: long() };
    await shop.visitor().interact({ events: [first] }, home);
    await shop
      .visitor()
      .interact({ events: [first] }, { ...home, 'user-agent': 'Mozilla/5.0 (Macintosh) Version/18.0 Safari/605.1.15' });
    await shop.visitor().interact({ events: [first] }, { 'cf-connecting-ip': '203.0.113.9' });
    expect(await places(first.id)).toHaveLength(3);
    const short = { ...viewed('p1'), id: unique('e').slice(-19) };
    await shop.visitor().interact({ events: [short] }, home);
    await shop.visitor().interact({ events: [short] }, home);
    expect(await places(short.id)).toHaveLength(2);
  });
});

describe('an anonymous visitor', () => {
  it('is the same profile when they come back', async () => {
    const visitor = shop.visitor();
    const first = await visitor.interact({ events: [viewed('p1')], placements: ['hero'] });
    expect([first.body.visitor, chosen(first)]).toEqual([
      { state: 'anonymous', isNew: true },
      { hero: 'noneEligible' },
    ]);
    const second = await visitor.interact({ events: [viewed('p2')], placements: ['hero'] });
    expect([second.body.visitor, chosen(second)]).toEqual([
      { state: 'anonymous', isNew: false },
      { hero: 'hero-viewer' },
    ]);
    expect(second.body.memberships).toEqual([{ segment: 'viewer', status: 'entered', since: expect.any(String) }]);
    const { profile, recent } = await profileOf(visitor);
    expect([profile?.events, recent?.map(({ productId }) => productId)]).toEqual([2, ['p2', 'p1']]);
  });

  it('cannot name another visitor: ids in a page are claims that link nothing', async () => {
    const victim = shop.visitor();
    await victim.interact({ events: [viewed('private')] });
    const device = (await profileOf(victim)).profile?.identities[0];
    expect(device?.namespace).toBe('device');
    const who = unique('c');
    await shop.server({ events: [viewed('bought', { identities: [person(who)] })] });
    const thief = shop.visitor();
    for (const identities of [[device], [person(who)], [device, person(who)]]) {
      const answer = await thief.interact({
        events: [viewed('mine', { identities, authState: 'authenticated' })],
        placements: ['member', 'known'],
      });
      expect([answer.body.visitor.state, chosen(answer)]).toEqual([
        'anonymous',
        { member: 'noneEligible', known: 'noneEligible' },
      ]);
    }
    expect(await recentOf(thief)).toEqual(['mine']);
    expect(await recentOf(victim)).toEqual(['private']);
    expect((await shop.decide({ identity: person(who), include: ['profile'] })).body.profile?.events).toBe(1);
  });

  it('is not greeted after a sign-out that signs nobody out', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('p1')] });
    const answer = await visitor.interact({ events: [event('signed.out'), viewed('p2')] });
    expect(answer.body).toMatchObject({ accepted: 2, visitor: { state: 'anonymous' } });
    expect(await recentOf(visitor)).toEqual(['p2', 'p1']);
  });
});

describe('signing in with a proof', () => {
  it('joins device and person in that very request, with the history kept', async () => {
    const who = unique('sarah');
    await describePerson(who, { loyaltyTier: 'gold', firstName: 'Sarah' });
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('p1'), viewed('p2')] });
    const answer = await login(visitor, who, { placements: ['member', 'greeting', 'hero'] });
    expect(answer.body.visitor.state).toBe('authenticated');
    expect(chosen(answer)).toEqual({ member: 'member-only', greeting: 'greet-gold', hero: 'hero-viewer' });
    const { profile, recent } = await profileOf(visitor);
    expect(profile?.attributes).toEqual({ loyaltyTier: 'gold', firstName: 'Sarah' });
    expect(profile?.identities.map(({ namespace }) => namespace).sort()).toEqual(['customer', 'device']);
    expect([profile?.events, recent?.map(({ productId }) => productId)]).toEqual([4, ['p2', 'p1']]);
  });

  it('works in the first request of a device', async () => {
    const answer = await login(shop.visitor(), unique('first'), { placements: ['member'] });
    expect([answer.body.visitor, chosen(answer)]).toEqual([
      { state: 'authenticated', isNew: true },
      { member: 'member-only' },
    ]);
  });

  it('shows the same person on a second device, with what the first one saw', async () => {
    const who = unique('two');
    const [phone, laptop] = [shop.visitor(), shop.visitor()];
    await phone.interact({ events: [viewed('on-phone')] });
    await login(phone, who);
    await laptop.interact({ events: [viewed('on-laptop')] });
    const answer = await login(laptop, who, { placements: ['hero'] });
    expect(chosen(answer)).toEqual({ hero: 'hero-viewer' });
    expect([...((await recentOf(phone)) ?? [])].sort()).toEqual(['on-laptop', 'on-phone']);
    await phone.interact({ events: [viewed('later')] });
    expect((await recentOf(laptop))?.[0]).toBe('later');
  });

  it('repeated, changes nothing but the session', async () => {
    const who = unique('again');
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('p1')] });
    await login(visitor, who);
    const token = visitor.token;
    expect((await login(visitor, who)).body.visitor.state).toBe('authenticated');
    expect(visitor.token).toBe(token);
    expect((await profileOf(visitor)).profile?.events).toBe(3);
  });

  it('with a proof that has been used is refused, also where the person has moved meanwhile', async () => {
    const [who, crm] = [person(unique('moved')), { namespace: 'crm', value: unique('crm') }];
    // Known first, so the other one moves there.
    await shop.server({ events: [viewed('p1', { identities: [crm] })] });
    const proof = await shop.prove(who.value);
    const signIn = () => shop.visitor().interact({ proof, events: [event('signed.in')] });
    expect((await signIn()).body.visitor?.state).toBe('authenticated');
    const again = await signIn();
    expect([again.status, again.body]).toMatchObject([401, { errors: [{ pointer: '/proof', code: 'used' }] }]);
    const idOf = async (identity: typeof who) =>
      (await shop.decide({ identity, include: ['profile'] })).body.profile?.id;
    const before = await idOf(who);
    await shop.server({ events: [viewed('p2', { identities: [who, crm] })] });
    await expect.poll(() => idOf(who), { timeout: 15_000 }).toBe(await idOf(crm));
    expect(await idOf(who)).not.toBe(before);
    expect((await signIn()).problem).toBe('invalidProof');
  });

  it('of a second person on the same device does not show the first one’s history, and leaves it with the first', async () => {
    const [anna, ben] = [unique('anna'), unique('ben')];
    await describePerson(anna, { loyaltyTier: 'gold', firstName: 'Anna' });
    const shared = shop.visitor();
    await shared.interact({ events: [viewed('annas')] });
    await login(shared, anna);
    const answer = await login(shared, ben, { placements: ['greeting', 'member'], events: [viewed('bens')] });
    expect([answer.body.visitor.state, chosen(answer)]).toEqual([
      'authenticated',
      { greeting: 'noneEligible', member: 'member-only' },
    ]);
    const now = await profileOf(shared);
    expect([now.recent?.map(({ productId }) => productId), now.profile?.attributes]).toEqual([['bens'], {}]);
    const hers = await shop.decide({
      identity: person(anna),
      authState: 'authenticated',
      include: ['profile', 'recent'],
    });
    expect([hers.body.recent?.map(({ productId }) => productId), hers.body.profile?.attributes.firstName]).toEqual([
      ['annas'],
      'Anna',
    ]);
  });
});

describe('signing out', () => {
  async function signedIn(
    more: object = { loyaltyTier: 'gold', firstName: 'Sarah' },
  ): Promise<{ readonly visitor: Visitor; readonly who: string; readonly before: string }> {
    const who = unique('out');
    await describePerson(who, more);
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('hers-1'), viewed('hers-2')] });
    await login(visitor, who);
    return { visitor, who, before: visitor.token };
  }

  it('greets nobody, in that answer and after it', async () => {
    const { visitor, who, before } = await signedIn();
    const placements = ['hero', 'member', 'known', 'greeting'];
    const out = await visitor.interact({ events: [event('signed.out')], placements });
    const nothing = { hero: 'noneEligible', member: 'noneEligible', known: 'noneEligible', greeting: 'noneEligible' };
    expect([out.body.visitor.state, chosen(out), out.body.memberships]).toEqual(['loggedOut', nothing, []]);
    expect(visitor.token).not.toBe(before);
    const seen = await shop.decide({ visitor: visitor.token, placements, include: ['profile', 'recent', 'trace'] });
    expect([seen.body.visitor.state, chosen(seen), seen.body.recent]).toEqual(['loggedOut', nothing, []]);
    expect([seen.body.profile?.attributes ?? {}, seen.body.profile?.events ?? 0]).toEqual([{}, 0]);
    expect(seen.text).not.toContain(who);
    const next = await visitor.interact({ events: [viewed('next')], placements });
    expect([next.body.visitor.state, chosen(next), await recentOf(visitor)]).toEqual(['loggedOut', nothing, ['next']]);
    expect(
      (await shop.decide({ identity: person(who), include: ['recent'] })).body.recent?.map(
        ({ productId }) => productId,
      ),
    ).toEqual(['hers-2', 'hers-1']);
  });

  it('in the middle of a batch: what comes after it belongs to whoever comes next', async () => {
    const { visitor, who } = await signedIn();
    const out = await visitor.interact({
      events: [viewed('hers-3'), event('signed.out'), viewed('next-1'), viewed('next-2')],
      placements: ['hero', 'greeting'],
    });
    expect(out.body).toMatchObject({ accepted: 4, refused: [], visitor: { state: 'loggedOut' } });
    expect(chosen(out)).toEqual({ hero: 'hero-viewer', greeting: 'noneEligible' });
    expect(await recentOf(visitor)).toEqual(['next-2', 'next-1']);
    expect((await shop.decide({ identity: person(who), include: ['recent'] })).body.recent?.[0]?.productId).toBe(
      'hers-3',
    );
  });

  it('an old token is followed to the new profile and healed, by a visit as by a mere question', async () => {
    for (const ask of [{ events: [viewed('next')] }, { placements: ['greeting'] }]) {
      const { visitor, before } = await signedIn();
      await visitor.interact({ events: [event('signed.out')] });
      const after = visitor.token;
      visitor.token = before;
      const replayed = await visitor.interact({ ...ask, placements: ['greeting', 'known'] });
      expect([replayed.body.visitor.state, chosen(replayed)]).toEqual([
        'loggedOut',
        { greeting: 'noneEligible', known: 'noneEligible' },
      ]);
      // Signed again for the same place; only its time may differ.
      expect(visitor.token.slice(0, 12)).toBe(after.slice(0, 12));
      expect(visitor.token).not.toBe(before);
    }
  });

  it('a batch sent again because its answer was lost is not doubled', async () => {
    const { visitor, who, before } = await signedIn();
    const batch = { events: [viewed('hers-3'), event('signed.out'), viewed('next-1'), viewed('next-2')] };
    await visitor.interact(batch);
    visitor.token = before;
    const again = await visitor.interact(batch);
    expect([again.body.accepted, [...again.body.duplicates].sort()]).toEqual([
      0,
      batch.events.map(({ id }) => id).sort(),
    ]);
    expect(await recentOf(visitor)).toEqual(['next-2', 'next-1']);
    expect((await profileOf(visitor)).profile?.events).toBe(2);
    expect((await shop.decide({ identity: person(who), include: ['profile'] })).body.profile?.events).toBe(6);
  });

  it('and in again is the same person, without what the one between did', async () => {
    const { visitor, who } = await signedIn();
    await visitor.interact({ events: [event('signed.out')] });
    const back = await login(visitor, who, { placements: ['greeting'] });
    expect([back.body.visitor.state, chosen(back)]).toEqual(['authenticated', { greeting: 'greet-gold' }]);
    expect(await recentOf(visitor)).toEqual(['hers-2', 'hers-1']);
    const later = await visitor.interact({ events: [viewed('hers-3')], placements: ['member'] });
    expect(chosen(later)).toEqual({ member: 'member-only' });
    expect((await recentOf(visitor))?.[0]).toBe('hers-3');
  });

  it('does not let the next one use what she consented to', async () => {
    const who = unique('consent');
    const visitor = shop.visitor('strict');
    const proof = await shop.prove(who, { aud: 'strict' });
    const agreed = await visitor.interact({
      proof,
      consent: { personalization: 'in', analytics: 'in' },
      events: [event('consent.updated')],
      placements: ['plain'],
    });
    expect(chosen(agreed)).toEqual({ plain: 'for-all' });
    const out = await visitor.interact({ events: [event('signed.out')], placements: ['plain'] });
    expect([out.body.visitor.state, chosen(out)]).toEqual(['loggedOut', { plain: 'noneEligible' }]);
    expect((await visitor.interact({ events: [viewed('c')] })).body.refused[0]?.code).toBe('noConsent');
  });
});

describe('asking with a server key', () => {
  it('finds a person by identity and a visitor by token, and writes nothing', async () => {
    const who = unique('asked');
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('p1')] });
    await login(visitor, who);
    await linksAtRest();
    const before = [await shop.objects('PROFILE'), await shop.objects('DIRECTORY')];
    for (const ask of [{ identity: person(who) }, { identity: person(`  ${who} `) }, { visitor: visitor.token }]) {
      const seen = await shop.decide({ ...ask, placements: ['hero'], include: ['profile', 'recent'] });
      expect([seen.status, seen.body.profile?.events, seen.body.recent?.length]).toEqual([200, 2, 1]);
    }
    expect([await shop.objects('PROFILE'), await shop.objects('DIRECTORY')]).toEqual(before);
  });

  it.each([
    ['a customer whom nobody knows', { identity: { namespace: 'customer', value: unique('nobody') } }],
    ['an anonymous id that nobody used', { identity: { namespace: 'anonymous', value: unique('nobody') } }],
    ['nobody at all', {}],
  ])('about %s makes no object and answers as for a stranger', async (_, ask) => {
    const before = await shop.inProfiles('SELECT page FROM state');
    const seen = await shop.decide({ ...ask, placements: ['hero', 'member', 'empty'], include: ['recent', 'profile'] });
    expect([seen.status, chosen(seen)]).toEqual([
      200,
      { hero: 'noneEligible', member: 'noneEligible', empty: 'noOffers' },
    ]);
    expect(seen.body.recent).toEqual([]);
    expect(await shop.inProfiles('SELECT page FROM state')).toEqual(before);
  });

  it('does not show personal attributes of somebody who is only recognised', async () => {
    const who = unique('shy');
    await describePerson(who, { loyaltyTier: 'gold', firstName: 'Shy', undeclared: 'x' });
    const ask = (authState?: 'authenticated' | 'recognised' | 'anonymous') =>
      shop.decide({
        identity: person(who),
        ...(authState ? { authState } : {}),
        placements: ['greeting', 'member'],
        include: ['profile'],
      });
    const recognised = await ask();
    expect([recognised.body.profile?.attributes, chosen(recognised)]).toEqual([
      { loyaltyTier: 'gold' },
      { greeting: 'greet-gold', member: 'noneEligible' },
    ]);
    const proven = await ask('authenticated');
    expect([proven.body.profile?.attributes.firstName, chosen(proven).member]).toEqual(['Shy', 'member-only']);
    expect((await ask('anonymous')).body.profile?.attributes).toEqual({});
  });

  it('cannot raise the state of a visitor by saying so', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('p1')] });
    const seen = await shop.decide({ visitor: visitor.token, authState: 'authenticated', placements: ['member'] });
    expect([seen.body.visitor.state, chosen(seen)]).toEqual(['anonymous', { member: 'noneEligible' }]);
  });

  it('sees one person under one anonymous id of a client, without a directory', async () => {
    const identity = { namespace: 'anonymous', value: unique('client') };
    const before = await shop.objects('DIRECTORY');
    await shop.server({ events: [viewed('p1', { identities: [identity] })] });
    expect((await shop.decide({ identity, include: ['profile'] })).body.profile?.events).toBe(1);
    expect(await shop.objects('DIRECTORY')).toBe(before);
  });
});
