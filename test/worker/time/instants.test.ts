import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecideResponse } from '../../../core/interaction/wire.ts';
import { type DrivenShop, startDriven } from '../../support/driven-shop.ts';
import { unique } from '../../support/platform.ts';

/** What time and publishing do to memberships through the real doors: nobody visits, and the clock is driven. */
const BERLIN = 'Europe/Berlin';
const START = Date.UTC(2030, 2, 4, 9, 17, 23, 456);
const DAY = 86_400_000;
const MINUTE = 60_000;
/** A queue delivers when it likes. */
const PATIENCE = { timeout: 20_000 };
const iso = (at: number) => new Date(at).toISOString();

let shop: DrivenShop;
let serverKey: string;
beforeAll(async () => {
  shop = await startDriven(START, { keep: true });
  const source = {
    name: 'Web',
    writeKeys: ['wk_main.webkey1234'],
    allowedOrigins: ['http://shop.test'],
    defaultConsent: { analytics: 'in', personalization: 'in' },
  };
  await shop.operator('PUT', 'sources/web', source);
  await shop.operator('PUT', 'settings/ruleset', { timeZone: BERLIN });
  await shop.operator('PUT', 'attributes/birthday', { name: 'Birthday', type: 'string', requires: 'recognised' });
  await segment('birthday', 'birthday.anniversary()');
  await segment(
    'remind-me',
    'xEvent[eventType = "custom.reminder.asked" and timestamp occurs >= 1 year before now] and not xEvent[eventType = "order.placed"]',
  );
  await segment('seen-today', 'xEvent[eventType = "custom.seen" and timestamp occurs today]');
  await segment('old-rule', 'xEvent[eventType = "custom.rule"].count() >= 1');
  ({ key: serverKey } = await shop.operator<{ readonly key: string }>('POST', 'sources/web/server-keys', {}));
  await shop.publish();
}, 60_000);
afterAll(() => shop.stop());

function segment(id: string, rule: string, observed = true): Promise<unknown> {
  return shop.operator('PUT', `segments/${id}`, { name: id, purpose: 'personalization', public: true, observed, rule });
}

const bearer = () => ({ authorization: `Bearer ${serverKey}` });
async function tell(person: string, type: string, data: object = {}): Promise<void> {
  const event = shop.event(type, data, { identities: [{ namespace: 'customer', value: person }] });
  const answer = await shop.send('/v1/collect', { headers: bearer(), body: { events: [event] } });
  expect(answer.body).toMatchObject({ accepted: 1, refused: [] });
}
async function memberships(person: string): Promise<DecideResponse> {
  const body = { identity: { namespace: 'customer', value: person } };
  return (await shop.send('/v1/decide', { headers: bearer(), body })).body as unknown as DecideResponse;
}
const of = async (person: string, id: string) =>
  (await memberships(person)).memberships.find(({ segment: each }) => each === id) ?? null;
const explained = (person: string, id: string) =>
  shop.operator<Record<string, unknown>>('GET', `profiles/explain?namespace=customer&value=${person}&segment=${id}`);
const hours = async (id: string) =>
  (await shop.rollup(id)).map(({ hour, entered, exited }) => `${hour} +${entered} -${exited}`);
/** Everything that waits has left. */
const settle = () => shop.advance(shop.now() + MINUTE);

describe('a timer a year away', () => {
  it('fires on the day after eviction, restart and another ruleset, for reminders and anniversaries', async () => {
    const person = unique('p');
    await tell(person, 'profile.updated', { attributes: { birthday: '1990-03-03' } });
    await tell(person, 'custom.reminder.asked');
    const askedAt = shop.now();
    const reminded = Date.UTC(2031, 2, 4, 9, 18, 23, 456);
    expect(reminded - askedAt).toBe(365 * DAY);
    // Berlin is an hour ahead in March.
    const birthday = Date.UTC(2031, 2, 2, 23);
    await settle();
    expect(await explained(person, 'birthday')).toMatchObject({ member: false, nextChange: iso(birthday) });
    expect(await explained(person, 'remind-me')).toMatchObject({ member: false, nextChange: iso(reminded) });
    const [armed, ...others] = Object.values(await shop.alarms());
    expect(others).toEqual([]);
    expect(armed).toBeGreaterThanOrEqual(birthday);
    expect(armed).toBeLessThan(birthday + MINUTE);

    await shop.evict();
    await segment('another', 'birthday = "never"');
    await shop.publish();
    await shop.restart();
    expect(Object.values(await shop.alarms())).toEqual([armed]);

    const rung = await shop.advance(reminded - 1);
    expect(rung[0]?.at).toBe(armed);
    expect(await explained(person, 'birthday')).toMatchObject({
      member: false,
      since: iso(birthday + DAY),
      cause: 'time',
    });
    await expect.poll(() => hours('birthday'), PATIENCE).toEqual(['2031-03-02T23 +1 -0', '2031-03-03T23 +0 -1']);
    expect(await of(person, 'remind-me')).toBeNull();
    const ringing = await shop.advance(reminded);
    expect(ringing.map(({ at }) => at)).toEqual([reminded]);
    expect(await of(person, 'remind-me')).toEqual({ segment: 'remind-me', status: 'entered', since: iso(reminded) });
    await expect.poll(() => hours('remind-me'), PATIENCE).toEqual(['2031-03-04T09 +1 -0']);
    // Nobody has visited since the first day, and the next birthday is armed.
    expect(await explained(person, 'birthday')).toMatchObject({ nextChange: iso(Date.UTC(2032, 2, 2, 23)) });
    expect(Object.values(await shop.alarms())[0]).toBeGreaterThanOrEqual(Date.UTC(2032, 2, 2, 23));
  });
});

describe('a calendar boundary', () => {
  it('is recorded exactly at local midnight for everybody, while their waking is spread over a minute', async () => {
    const people = Array.from({ length: 24 }, () => unique('p'));
    await Promise.all(people.map((person) => tell(person, 'custom.seen')));
    const seenAt = shop.now();
    await settle();
    const midnight = Date.UTC(2031, 2, 4, 23);
    const rung = await shop.advance(midnight + MINUTE - 1);
    expect(rung).toHaveLength(people.length);
    expect(rung.every(({ at }) => at >= midnight)).toBe(true);
    expect(new Set(rung.map(({ at }) => at)).size).toBeGreaterThan(people.length / 2);
    const [first, last] = [rung[0]?.at ?? 0, rung.at(-1)?.at ?? 0];
    expect(last - first).toBeGreaterThan(MINUTE / 2);
    for (const person of people)
      expect(await of(person, 'seen-today')).toEqual({ segment: 'seen-today', status: 'exited', since: iso(midnight) });
    await expect
      .poll(() => hours('seen-today'), PATIENCE)
      .toEqual([
        `${iso(seenAt).slice(0, 13)} +${people.length} -0`,
        `${iso(midnight).slice(0, 13)} +0 -${people.length}`,
      ]);
  });

  it('of a day of 23 hours comes an hour earlier by the clock of the world', async () => {
    await shop.advance(Date.UTC(2031, 2, 30, 9));
    const person = unique('p');
    await tell(person, 'custom.seen');
    expect(await explained(person, 'seen-today')).toMatchObject({
      member: true,
      nextChange: '2031-03-30T22:00:00.000Z',
    });
    await shop.advance(Date.UTC(2031, 2, 31, 9));
    expect(await explained(person, 'seen-today')).toMatchObject({ since: '2031-03-30T22:00:00.000Z', cause: 'time' });
  });
});

describe('a new ruleset', () => {
  it('reaches a profile at its next touch, with the cause publish, and never goes back', async () => {
    const person = unique('p');
    await tell(person, 'custom.rule');
    const before = shop.now();
    expect(await explained(person, 'old-rule')).toMatchObject({ member: true, since: iso(before), cause: 'event' });
    await settle();
    await segment('old-rule', 'xEvent[eventType = "custom.rule"].count() >= 2');
    await segment('new-rule', 'xEvent[eventType = "custom.rule"].count() = 1');
    const sequence = await shop.publish();
    // Nobody has told the profile yet: what is true now is known, and since when will be known at the next touch.
    expect(await explained(person, 'old-rule')).toMatchObject({ member: false, since: null, cause: null, sequence });
    await shop.advance(shop.now() + 3 * DAY);

    await tell(person, 'custom.other');
    const touched = shop.now();
    expect(await memberships(person)).toMatchObject({ sequence });
    expect(await of(person, 'old-rule')).toMatchObject({ status: 'exited', since: iso(touched) });
    expect(await of(person, 'new-rule')).toMatchObject({ status: 'entered', since: iso(touched) });
    expect(await explained(person, 'old-rule')).toMatchObject({ member: false, since: iso(touched), cause: 'publish' });
    expect(await explained(person, 'new-rule')).toMatchObject({ member: true, since: iso(touched), cause: 'publish' });

    await settle();
    await shop.evict();
    await shop.operator('POST', 'rollback', { sequence: sequence - 1 });
    await shop.advance(shop.now() + MINUTE);
    const back = await memberships(person);
    expect(back.sequence).toBe(sequence + 1);
    expect(await of(person, 'old-rule')).toMatchObject({ status: 'entered', since: iso(shop.now()) });
    expect(await explained(person, 'old-rule')).toMatchObject({
      member: true,
      cause: 'publish',
      since: iso(shop.now()),
    });
  });

  it('arms the alarm of a segment that is observed from now on at the next touch, also one that only reads', async () => {
    const person = unique('p');
    const rule = 'xEvent[eventType = "custom.watched" and timestamp occurs < 10 days before now]';
    await segment('watched', rule, false);
    await shop.publish();
    await tell(person, 'custom.watched');
    const ends = shop.now() + 10 * DAY;
    await settle();
    const before = Object.values(await shop.alarms());
    await segment('watched', rule, true);
    await shop.publish();
    expect(Object.values(await shop.alarms())).toEqual(before);
    await memberships(person);
    expect(Object.values(await shop.alarms())).toContain(ends);
    await expect.poll(async () => (await hours('watched')).length, PATIENCE).toBe(1);
    // The platform may ring late: what is recorded is the exact instant.
    await shop.jump(ends + 2 * 3_600_000);
    await shop.advance(shop.now());
    expect(await of(person, 'watched')).toMatchObject({ status: 'exited', since: iso(ends) });
    await expect.poll(() => hours('watched'), PATIENCE).toContain(`${iso(ends).slice(0, 13)} +0 -1`);
  });

  it('keeps what time had done before it came', async () => {
    const person = unique('p');
    await segment('brief', 'xEvent[eventType = "custom.brief" and timestamp occurs <= 1 hour before now]', false);
    await shop.publish();
    await tell(person, 'custom.brief');
    const told = shop.now();
    await shop.jump(told + DAY);
    await segment('unrelated', 'birthday = "x"');
    await shop.publish();
    await tell(person, 'custom.other');
    expect(await of(person, 'brief')).toMatchObject({ status: 'exited', since: iso(told + 3_600_001) });
    expect(await explained(person, 'brief')).toMatchObject({ cause: 'time' });
  });
});
