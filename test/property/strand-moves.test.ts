import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../core/event/event.ts';
import { identityKey } from '../../core/identity/identity-key.ts';
import { membersOf } from '../../core/interaction/evaluate.ts';
import { deviceIdBytes, formatProfileId, jurisdictionOf, type ProfileId } from '../../core/lib/ids.ts';
import { mergedAttributes, mergedRecent } from '../../core/profile/merge.ts';
import { DEVICE, event, later, loginOf, NOW, profileOf, RULESET, SARAH } from '../core/interaction/visit-fixture.ts';
import { profileAt, StitchWorld } from './stitch-world.ts';

const runs = process.env.SELVEDGE_NIGHTLY ? 3000 : 60;

const made = fc
  .uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 100 }), fc.constantFrom('product.viewed', 'cart.added', 'search.performed')),
    { selector: ([at]) => at, minLength: 1, maxLength: 10 },
  )
  .map((list) =>
    list.map(([hours, type], i) =>
      event(
        type,
        later(-hours * 3_600_000),
        { productId: `p${i % 3}` },
        i === 0 ? { consent: { advertising: 'out' } } : {},
      ),
    ),
  );

async function joined(events: readonly AcceptedEvent[]) {
  const world = new StitchWorld(RULESET, NOW);
  const device = world.device(DEVICE, 10);
  // Where its value says, as at the door.
  device.at = device.born = formatProfileId(deviceIdBytes(DEVICE.value as never), 1, jurisdictionOf(device.born));
  world.births.set(identityKey(DEVICE), device.born);
  await world.visit(DEVICE, device, { events }, device);
  const found = world.ask(SARAH, { kind: 'resolve', mint: profileAt(0, 1) });
  const hints = { [identityKey(DEVICE)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
  const at = { at: found.owner as ProfileId, epoch: found.epoch };
  const answer = await world.visit(SARAH, at, { login: loginOf(SARAH, device.at), hints }, device);
  return { world, device, answer, person: world.node(at.at), giver: world.node(device.born) };
}

describe('a device that joins a person', () => {
  it('brings its history in the same answer: the person is then as if she had done it there', async () => {
    await fc.assert(
      fc.asyncProperty(made, async (events) => {
        const { world, device, person, giver } = await joined(events);
        const native = profileOf();
        native.visit({ events });
        const state = world.state(person);
        if (!state) throw new Error('nobody');
        const seen = (of: typeof state) => [
          [...membersOf(of)],
          mergedRecent(of.strands, 12),
          [...mergedAttributes(of.strands)],
          of.strands
            .filter(({ identity }) => identity.value === DEVICE.value)
            .map(({ consent, facts }) => [consent, facts]),
        ];
        expect(seen(state)).toEqual(seen(native.state));
        expect([device.at, device.epoch]).toEqual([person.id, 2]);
        expect(state.strands.find(({ identity }) => identity.value === DEVICE.value)).toMatchObject({
          epoch: 2,
          state: 'owned',
          claimant: SARAH,
          session: { person: SARAH },
        });
        await world.settle();
        const left = world.state(giver);
        expect(left).toMatchObject({ stitch: { state: 'forwarded', forward: person.id, lock: null } });
        expect([
          left?.log.length,
          left?.attributes.size,
          [...(left?.memberships ?? [])].filter(([, { member }]) => member),
        ]).toEqual([0, 0, []]);
      }),
      { numRuns: runs },
    );
  });

  it('takes its refusals to the person, who keeps them when the device has left', async () => {
    const { world, device, person } = await joined([
      event('product.viewed', NOW, {}, { consent: { advertising: 'out' } }),
    ]);
    await world.visit(DEVICE, device, { events: [event('signed.out', later(1))] }, device);
    await world.settle();
    expect(device.at).not.toBe(person.id);
    const strands = world.state(person)?.strands ?? [];
    expect(strands.find(({ identity }) => identity.value === SARAH.value)?.consent).toEqual({ advertising: 'out' });
    // To whoever has it next the refusal that was said on it is a refusal, too.
    const next = world.state(world.node(device.at))?.strands ?? [];
    expect(next.map(({ state, epoch, consent, facts }) => ({ state, epoch, consent, facts }))).toEqual([
      { state: 'owned', epoch: 3, consent: { advertising: 'out' }, facts: 0 },
    ]);
  });

  it('that leaves is told at the new place what it has sent already', async () => {
    const sent = event('product.viewed', NOW);
    const { world, device } = await joined([sent]);
    const during = event('product.viewed', later(1));
    await world.visit(DEVICE, device, { events: [during] }, device);
    await world.visit(DEVICE, device, { events: [event('signed.out', later(2))] }, device);
    await world.settle();
    const answer = await world.visit(
      DEVICE,
      device,
      { events: [sent, during, event('product.viewed', later(3))] },
      device,
    );
    expect([answer?.accepted, answer?.duplicates]).toEqual([1, [sent.id, during.id]]);
    expect(world.node(device.at).table.seen.size).toBeGreaterThan(1);
  });

  it('brings a history of several pages, also when the copy is cut off and nobody comes back', async () => {
    const history = Array.from({ length: 600 }, (_, i) =>
      event('product.viewed', later(-i), { productId: `p${i % 5}` }),
    );
    const world = new StitchWorld(RULESET, NOW);
    const device = world.device(DEVICE, 10);
    for (let i = 0; i < 600; i += 200) await world.visit(DEVICE, device, { events: history.slice(i, i + 200) }, device);
    const found = world.ask(SARAH, { kind: 'resolve', mint: profileAt(0, 1) });
    const hints = { [identityKey(DEVICE)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
    const at = { at: found.owner as ProfileId, epoch: found.epoch };
    // The device is taken, the directory hears of it, and the second page is lost.
    world.faults = ['none', 'none', 'lost'];
    await world.visit(SARAH, at, { login: loginOf(SARAH, device.at), hints }, device);
    const person = world.node(at.at);
    expect(person.table.facts.size).toBe(256);
    expect(world.state(person)?.log.length).toBe(0);
    world.wake(person);
    await world.settle();
    expect([person.table.facts.size, world.state(person)?.log.length]).toEqual([600, 600]);
    expect(world.state(person)?.strands.map(({ state, facts }) => [state, facts])).toEqual([
      ['owned', 0],
      ['owned', 600],
    ]);
    world.now = later(120_000);
    const giver = world.node(device.born);
    await world.ring(giver);
    expect(giver.table.facts.size).toBe(0);
  });

  it('is one strand with the person however often they sign in and out', async () => {
    const { world, device, person } = await joined([event('product.viewed', NOW)]);
    for (let round = 1; round <= 20; round++) {
      const at = later(round * 1000);
      world.now = at;
      await world.visit(DEVICE, device, { events: [event('signed.out', at)] }, device);
      await world.settle();
      await world.visit(DEVICE, device, { events: [event('product.viewed', at)] }, device);
      const hints = { [identityKey(DEVICE)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
      const home = { at: person.id, epoch: 1 };
      await world.visit(SARAH, home, { login: loginOf(SARAH, device.at), hints, now: world.now }, device);
      await world.settle();
      await world.ring(person);
    }
    const strands = world.state(person)?.strands ?? [];
    expect(strands.length).toBeLessThan(7);
    expect(strands.reduce((sum, { facts }) => sum + facts, 0)).toBe(person.table.facts.size);
  });

  it('leaves a place that is forgotten when no token can name it any more, unless it was born there', async () => {
    const { world, device, person } = await joined([event('product.viewed', NOW)]);
    const DAY = 86_400_000;
    world.now = later(1000);
    await world.visit(DEVICE, device, { events: [event('signed.out', later(1000))] }, device);
    await world.settle();
    const between = world.node(device.at);
    await world.visit(DEVICE, device, { events: [event('product.viewed', later(1001))] }, device);
    const hints = { [identityKey(DEVICE)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
    world.now = later(2000);
    const home = { at: person.id, epoch: 1 };
    await world.visit(SARAH, home, { login: loginOf(SARAH, device.at), hints, now: world.now }, device);
    await world.settle();
    expect([device.at, world.state(between)?.stitch.forward]).toEqual([person.id, person.id]);
    world.now = later(120_000);
    for (const node of [...world.nodes.values()]) await world.ring(node);
    expect(world.state(between)?.armedAt ?? 0).toBeGreaterThan(world.now + 30 * DAY);
    world.now = later(30 * DAY);
    await world.ring(between);
    expect(between.table.isEmpty).toBe(false);
    world.now = later(32 * DAY);
    for (const node of [...world.nodes.values()]) await world.ring(node);
    expect(between.table.isEmpty).toBe(true);
    expect(world.node(device.born).table.isEmpty).toBe(false);
    expect(person.table.isEmpty).toBe(false);
  });

  it.each([
    ['with a hint', true, false],
    ['without', false, false],
    ['with both in one place', false, true],
  ])('is not joined by a login that a sign-out has ended before it arrived, %s', async (_, hinted, returns) => {
    const world = new StitchWorld(RULESET, NOW);
    const device = world.device(DEVICE, 10);
    const person = world.ask(SARAH, { kind: 'resolve', mint: profileAt(0, 1) });
    const home = { at: person.owner as ProfileId, epoch: 1 };
    const visit = (at: number, type: string) =>
      world.visit(DEVICE, device, { events: [event(type, later(at), {}, { receivedAt: world.now })] }, device);
    const hints = () => ({ [identityKey(DEVICE)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } });
    const named = async (at: number) => {
      const events = [event('order.placed', later(at), {}, { sentBy: 'server', links: [SARAH, DEVICE] })];
      await world.visit(SARAH, home, { events, assertedState: 'recognised', ...(hinted && { hints: hints() }) }, null);
      await world.settle();
    };
    world.now = later(10_000);
    await visit(1000, 'product.viewed');
    if (returns) {
      await world.visit(SARAH, home, { login: loginOf(SARAH, device.at), hints: hints() }, device);
      world.now = later(11_000);
    }
    await visit(returns ? 11_000 : 5000, 'signed.out');
    await world.settle();
    await named(3000);
    const strandsOf = (at: ProfileId) =>
      (world.state(world.node(at))?.strands ?? [])
        .filter(({ state }) => state === 'owned')
        .map(({ identity }) => identity);
    const owner = world.ask(DEVICE, { kind: 'resolve', mint: null }).owner as ProfileId;
    expect(strandsOf(owner)).toEqual([DEVICE]);
    expect(strandsOf(home.at)).toEqual([SARAH]);
    // Whoever signs in now is joined as ever.
    await named(returns ? 12_000 : 6000);
    expect(strandsOf(home.at)).toEqual([SARAH, DEVICE]);
  });
});
