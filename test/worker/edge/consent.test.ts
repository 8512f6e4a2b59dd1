import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_PURPOSES_MASK, purposeBit } from '../../../core/policy/purposes.ts';
import { chosen, codes, cookieOf, event, order, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

const GPC = { 'sec-gpc': '1' };
/** Purposes stored with an event, by the event's id. */
async function purposesOf(id: string): Promise<number | undefined> {
  const rows = await shop.inProfiles<{ id: string; purposes: number }>('SELECT id, purposes FROM fact');
  return rows.find((row) => row.id === id)?.purposes;
}

describe('Sec-GPC', () => {
  it('removes advertising and sharing from what is stored, whatever was said, and nothing else', async () => {
    const [plain, controlled, insisting] = [
      viewed(),
      viewed(),
      viewed('p', { consent: { advertising: 'in', sharing: 'in' } }),
    ];
    const visitor = shop.visitor();
    await visitor.interact({ events: [plain] });
    await visitor.interact({ events: [controlled] }, GPC);
    await visitor.interact({ events: [insisting], consent: { advertising: 'in' } }, GPC);
    const denied = purposeBit('advertising') | purposeBit('sharing');
    expect(await purposesOf(plain.id)).toBe(ALL_PURPOSES_MASK);
    expect(await purposesOf(controlled.id)).toBe(ALL_PURPOSES_MASK & ~denied);
    expect(await purposesOf(insisting.id)).toBe(ALL_PURPOSES_MASK & ~denied);
  });

  it('keeps the visitor out of advertising segments and offers, also those consented to before', async () => {
    const visitor = shop.visitor();
    const controlled = await visitor.interact({ events: [viewed()], placements: ['ads', 'plain'] }, GPC);
    expect([controlled.body.memberships.map(({ segment }) => segment), chosen(controlled)]).toEqual([
      [],
      { ads: 'noneEligible', plain: 'for-all' },
    ]);
    const plain = await visitor.interact({
      events: [viewed('p', { consent: { advertising: 'in' } })],
      placements: ['ads'],
    });
    expect([plain.body.memberships.map(({ segment }) => segment).sort(), chosen(plain)]).toEqual([
      ['retarget', 'viewer'],
      { ads: 'sponsored' },
    ]);
    expect(chosen(await visitor.interact({ placements: ['ads'] }, GPC))).toEqual({ ads: 'noneEligible' });
  });

  it('holds for somebody about whom nothing is known', async () => {
    expect(chosen(await shop.visitor().interact({ placements: ['ads'] }, GPC))).toEqual({ ads: 'noneEligible' });
    expect(chosen(await shop.visitor().interact({ placements: ['ads'] }))).toEqual({ ads: 'sponsored' });
  });

  it('is not heard in any other value', async () => {
    const seen = viewed();
    await shop.visitor().interact({ events: [seen] }, { 'sec-gpc': '0' });
    expect(await purposesOf(seen.id)).toBe(ALL_PURPOSES_MASK);
  });
});

describe('consent', () => {
  const OUT = { analytics: 'out', personalization: 'out', advertising: 'out', sharing: 'out' };

  it('refused for every purpose refuses the event, and stores what the contract needs', async () => {
    const answer = await shop
      .visitor('app')
      .interact({ consent: OUT, events: [viewed(), event('consent.updated'), event('signed.in'), order()] });
    expect([answer.body.accepted, codes(answer)]).toEqual([3, { 0: 'noConsent' }]);
  });

  it('pending is no consent', async () => {
    const answer = await shop.visitor('strict').interact({ consent: { analytics: 'pending' }, events: [viewed()] });
    expect(codes(answer)).toEqual({ 0: 'noConsent' });
  });

  it('missing where the source has no default refuses, and makes no profile', async () => {
    const before = await shop.inProfiles('SELECT page FROM state');
    const answer = await shop.visitor('strict').interact({ events: [viewed()], placements: ['plain', 'tie'] });
    expect([codes(answer), chosen(answer)]).toEqual([{ 0: 'noConsent' }, { plain: 'noneEligible', tie: 'tie-a' }]);
    expect(await shop.inProfiles('SELECT page FROM state')).toEqual(before);
  });

  it('for one purpose stores the event for that purpose only', async () => {
    const seen = viewed();
    const answer = await shop
      .visitor('strict')
      .interact({ events: [viewed('p0'), { ...seen, consent: { analytics: 'in' } }], placements: ['plain'] });
    expect([answer.body.accepted, codes(answer), chosen(answer)]).toEqual([
      1,
      { 0: 'noConsent' },
      { plain: 'noneEligible' },
    ]);
    expect(await purposesOf(seen.id)).toBe(purposeBit('necessary') | purposeBit('analytics'));
  });

  it('given is remembered by the profile for events that say nothing', async () => {
    const visitor = shop.visitor('strict');
    await visitor.interact({ consent: { personalization: 'in' }, events: [event('consent.updated')] });
    expect(chosen(await visitor.interact({ placements: ['plain'] }))).toEqual({ plain: 'for-all' });
  });

  it('withdrawn ends the segments of that purpose in the same answer, and refuses what comes after', async () => {
    const visitor = shop.visitor();
    const entered = await visitor.interact({ events: [viewed('a'), viewed('b')], placements: ['hero', 'tie'] });
    expect(chosen(entered)).toEqual({ hero: 'hero-viewer', tie: expect.stringMatching(/^tie-[ab]$/) });
    const out = await visitor.interact({
      consent: { personalization: 'out' },
      events: [event('consent.updated')],
      placements: ['hero', 'plain', 'tie'],
    });
    expect(out.body.memberships).toContainEqual({ segment: 'viewer', status: 'exited', since: expect.any(String) });
    expect(out.body.memberships.map(({ segment }) => segment)).not.toContain('retarget');
    expect(chosen(out)).toEqual({ hero: 'noneEligible', plain: 'noneEligible', tie: chosen(entered).tie });
    const seen = viewed('c');
    await visitor.interact({ events: [seen] });
    expect(((await purposesOf(seen.id)) ?? 0) & purposeBit('personalization')).toBe(0);
    const back = await visitor.interact({
      consent: { personalization: 'in' },
      events: [event('consent.updated')],
      placements: ['hero'],
    });
    expect(chosen(back)).toEqual({ hero: 'hero-viewer' });
  });

  it('withdrawn for everything ends the id in its cookie, and the browser stays nobody until it agrees to something', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('a'), viewed('b')] });
    const goodbye = { consent: OUT, events: [event('consent.updated')] };
    const id = visitor.token;
    const out = await visitor.interact(goodbye);
    expect([out.body.accepted, cookieOf(out), out.headers.get('set-cookie')]).toEqual([
      1,
      'out',
      expect.stringContaining('HttpOnly'),
    ]);
    // The answer was lost: it goes again under the id, which ends again.
    visitor.token = id;
    expect(cookieOf(await visitor.interact(goodbye))).toBe('out');
    const profiles = await shop.inProfiles('SELECT page FROM state');
    const nobody = await visitor.interact({ events: [event('signed.in')], placements: ['hero', 'ads'] });
    expect([codes(nobody), chosen(nobody), cookieOf(nobody)]).toEqual([
      { 0: 'noConsent' },
      { hero: 'noneEligible', ads: 'noneEligible' },
      null,
    ]);
    expect(await shop.inProfiles('SELECT page FROM state')).toEqual(profiles);
    const seen = viewed('c');
    const back = await visitor.interact({ consent: { analytics: 'in' }, events: [seen] });
    expect([back.body.accepted, back.body.visitor?.isNew, cookieOf(back)]).toEqual([
      1,
      true,
      expect.stringMatching(/^.{40,}$/),
    ]);
    expect(cookieOf(back)).not.toBe(id);
  });

  it('withdrawn where the token is the page itself has keeps it, to be taken back', async () => {
    const visitor = shop.visitor('app');
    await visitor.interact({ consent: OUT, events: [event('consent.updated')] });
    expect(codes(await visitor.interact({ events: [viewed('d')] }))).toEqual({ 0: 'noConsent' });
    const back = await visitor.interact({
      consent: { personalization: 'in', analytics: 'in' },
      events: [event('consent.updated'), viewed('e')],
    });
    expect(back.body.accepted).toBe(2);
  });

  it('withdrawn after signing in holds for what the device did before, and on her other devices', async () => {
    const who = unique('withdraw');
    const [phone, laptop] = [shop.visitor(), shop.visitor()];
    await phone.interact({ events: [viewed('a'), viewed('b')] });
    await laptop.interact({ events: [viewed('c')] });
    await phone.interact({ proof: await shop.prove(who), events: [event('signed.in')] });
    await laptop.interact({ proof: await shop.prove(who), events: [event('signed.in')] });
    const out = await phone.interact({
      consent: { personalization: 'out' },
      events: [event('consent.updated')],
      placements: ['hero'],
    });
    expect([
      out.body.memberships.filter(({ status }) => status === 'exited').map(({ segment }) => segment),
      chosen(out),
    ]).toEqual([['viewer'], { hero: 'noneEligible' }]);
    expect(chosen(await laptop.interact({ events: [viewed('d')], placements: ['hero', 'plain'] }))).toEqual({
      hero: 'noneEligible',
      plain: 'noneEligible',
    });
  });

  it('refused on a device before signing in is not weakened by the link', async () => {
    const who = unique('refusal');
    const visitor = shop.visitor();
    const refusal = event('consent.updated', {}, { consent: { personalization: 'out' }, id: `zz-${unique('c')}` });
    // Later, and first in the order of keys in which the history travels: the choice for another purpose.
    const other = event('consent.updated', {}, { consent: { sharing: 'in' }, id: `aa-${unique('c')}` });
    await visitor.interact({ events: [viewed('a'), viewed('b'), refusal, other] });
    const answer = await visitor.interact({
      proof: await shop.prove(who),
      events: [event('signed.in')],
      placements: ['hero', 'plain'],
    });
    expect(chosen(answer)).toEqual({ hero: 'noneEligible', plain: 'noneEligible' });
  });

  it('in an unknown purpose or choice is refused', async () => {
    expect((await shop.visitor().interact({ consent: { everything: 'in' }, events: [] })).problem).toBe('invalid');
    expect(
      codes(await shop.visitor().interact({ events: [viewed('p', { consent: { analytics: 'maybe' } })] })),
    ).toEqual({ 0: 'invalid' });
  });
});
