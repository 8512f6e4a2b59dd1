import { expect, it } from 'vitest';
import type { AcceptedEvent, Identity } from '../../../core/event/event.ts';
import { identityKey } from '../../../core/identity/identity-key.ts';
import { nextWake } from '../../../core/interaction/next-wake.ts';
import type { Instant, ProfileId } from '../../../core/lib/ids.ts';
import { MINUTE_MS } from '../../../core/lib/instant.ts';
import { type Fault, profileAt, type StitchDevice, StitchWorld } from '../../property/stitch-world.ts';
import { DEVICE, event, loginOf, NOW, rulesetOf, SARAH } from './visit-fixture.ts';

const HOME = profileAt(0, 1);
const TOM: Identity = { namespace: 'customer', value: 'tom' };

/** A device with one event that was answered to nobody, and its world. */
async function browsed(): Promise<{ world: StitchWorld; device: StitchDevice; first: AcceptedEvent }> {
  const world = new StitchWorld(rulesetOf(), NOW);
  const device = world.device(DEVICE, 10);
  const first = event('product.viewed', NOW, { productId: 'p1' });
  await world.visit(DEVICE, device, { events: [first] }, device);
  return { world, device, first };
}

async function signIn(
  world: StitchWorld,
  device: StitchDevice,
  person: Identity,
  events: readonly AcceptedEvent[],
  faults: readonly Fault[] = [],
) {
  world.now = (world.now + 1000) as Instant;
  world.faults = [...faults];
  const mint = person === SARAH ? HOME : profileAt(0, 2);
  const { owner, epoch } = world.ask(person, { kind: 'resolve', mint });
  const hints = { [identityKey(DEVICE)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
  const received = events.map((one) => ({ ...one, receivedAt: world.now }));
  const more = { events: received, login: loginOf(person, device.at), hints };
  return world.visit(person, { at: owner as ProfileId, epoch }, more, device);
}

/** `<profile>/<serial>` of each archived fact, by id. */
async function archived(world: StitchWorld): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, string[]> = {};
  for (const node of [...world.nodes.values()]) await world.drain(node);
  for (const { sent } of world.nodes.values())
    for (const { profile, facts } of sent)
      for (const { id, strand } of facts) found[id] = [...(found[id] ?? []), `${profile}/${strand}`];
  return found;
}

it('an event that is sent again with a proof stays with the device that had it, and is archived once', async () => {
  const { world, device, first } = await browsed();
  const proven = event('product.viewed', NOW, { productId: 'p2' });
  const answer = await signIn(world, device, SARAH, [first, proven]);
  expect(answer).toMatchObject({ accepted: 2, device: { at: HOME } });
  await world.settle();
  const state = world.state(world.node(HOME));
  const strands = state?.strands.map(({ identity, facts, recent }) => [
    identity.namespace,
    facts,
    recent.map((view) => view.productId),
  ]);
  expect(strands).toEqual([
    ['customer', 1, ['p2']],
    ['device', 1, ['p1']],
  ]);
  expect(state?.log.length).toBe(2);
  expect(await archived(world)).toEqual({ [first.id]: [`${device.born}/0`], [proven.id]: [`${HOME}/0`] });
});

it('an event that stayed with somebody else where the device was is theirs', async () => {
  const { world, device, first } = await browsed();
  await signIn(world, device, TOM, []);
  await world.settle();
  await signIn(world, device, SARAH, [first]);
  await world.settle();
  expect([...world.node(HOME).table.facts.keys()]).toEqual([]);
  expect([...world.node(profileAt(0, 2)).table.facts.values()].map(({ id }) => id)).toEqual([first.id]);
  expect(Object.keys(await archived(world))).toEqual([first.id]);
});

it('nothing is told of what came ahead of its device before that is here, also across a sleep', async () => {
  const { world, device, first } = await browsed();
  await signIn(world, device, SARAH, [first], ['lost', 'lost', 'lost', 'lost', 'lost', 'lost']);
  const home = world.node(HOME);
  world.wake(home);
  world.now = (world.now + MINUTE_MS) as Instant;
  expect(await archived(world)).toEqual({ [first.id]: [`${device.born}/0`] });
  await world.settle();
  expect(world.state(home)?.strands.filter(({ unsent }) => unsent)).toEqual([]);
  expect(await archived(world)).toEqual({ [first.id]: [`${device.born}/0`] });
});

it('what came ahead of a device that went elsewhere is told after a while, by the alarm', async () => {
  const { world, device } = await browsed();
  const proven = event('product.viewed', NOW);
  await signIn(
    world,
    device,
    SARAH,
    [proven],
    Array.from({ length: 30 }, () => 'lost' as const),
  );
  const home = world.node(HOME);
  const waits = () => world.state(home)?.strands.filter(({ unsent }) => unsent).length;
  expect(waits()).toBe(1);
  // Nobody answers for the device any more: its wish is given up.
  home.keeper.change(world.ruleset, (state) => {
    state.stitch = { ...state.stitch, intents: {}, operations: {}, lock: null };
    state.outbox.chunks = [];
  });
  const state = world.state(home);
  const wake = state && nextWake(state, world.ruleset);
  expect(wake).toBe(world.now + 2 * MINUTE_MS);
  await world.ring(home);
  expect(waits()).toBe(1);
  world.now = (wake ?? 0) as Instant;
  await world.ring(home);
  expect(waits()).toBe(0);
  expect((await archived(world))[proven.id]).toEqual([`${HOME}/0`]);
});
