import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../../core/event/event.ts';
import { identityKey } from '../../../core/identity/identity-key.ts';
import type { Instant, ProfileId } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { profileAt, StitchWorld } from '../../property/stitch-world.ts';
import { DEVICE, event, loginOf, NOW, rulesetOf, SARAH } from './visit-fixture.ts';

const TTL = 30 * DAY_MS;
const EXPIRING = rulesetOf(undefined, 1, { anonymousTtlMs: TTL });

function start() {
  const world = new StitchWorld(EXPIRING, NOW);
  const device = world.device(DEVICE, 10);
  const view = (): AcceptedEvent => ({ ...event('product.viewed', world.now), receivedAt: world.now });
  const visit = (...events: readonly AcceptedEvent[]) => world.visit(DEVICE, device, { events }, device);
  const wait = (ms: number) => {
    world.now = (world.now + ms) as Instant;
  };
  return { world, device, view, visit, wait, node: () => world.node(device.at) };
}

describe('an anonymous profile that nobody visits', () => {
  it('is gone when its time is over, without a trace, and everybody who counts has heard of it', async () => {
    const { world, view, visit, wait, node } = start();
    await visit(view(), view());
    wait(TTL - 1);
    await world.ring(node());
    expect(node().table.isEmpty).toBe(false);
    wait(1);
    await world.ring(node());
    expect([node().table.isEmpty, node().table.facts.size]).toEqual([true, 0]);
    const changes = node().sent.flatMap((message) => message.changes);
    expect(changes.at(-1)).toMatchObject({ status: 'exited', cause: 'erase' });
    const members = new Map(changes.map(({ segment, status }) => [segment, status]));
    expect([...members.values()]).not.toContain('entered');
    expect(world.directories.size).toBe(0);
    // Who comes back is born anew, at the same place.
    expect((await visit(view()))?.accepted).toBe(1);
  });

  it('lives on when somebody came since the alarm was set, also with an event of long ago', async () => {
    const { world, view, visit, wait, node } = start();
    await visit(view());
    wait(TTL - DAY_MS);
    await visit({ ...view(), at: NOW });
    wait(DAY_MS);
    await world.ring(node());
    expect(node().table.facts.size).toBe(2);
  });

  it('that was handed over asks its directory first, and leaves a tombstone', async () => {
    const { world, device, view, visit, wait } = start();
    await visit(view());
    const found = world.ask(SARAH, { kind: 'resolve', mint: profileAt(0, 1) });
    const hints = { [identityKey(DEVICE)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
    const home = { at: found.owner as ProfileId, epoch: found.epoch };
    await world.visit(SARAH, home, { login: loginOf(SARAH, device.at), hints }, device);
    await visit({ ...event('signed.out', world.now), receivedAt: world.now });
    await world.settle();
    await visit(view());
    const left = world.node(device.at);
    expect(left.id).not.toBe(home.at);
    wait(TTL);
    await world.ring(left);
    await world.settle();
    await world.ring(world.node(home.at));
    expect([world.state(left)?.stitch.state, left.table.facts.size]).toEqual(['erased', 0]);
    expect(world.state(world.node(home.at))?.strands.filter(({ state }) => state === 'closed')).toHaveLength(1);
    expect((await visit(view()))?.accepted).toBe(1);
    expect(device.at).not.toBe(left.id);
  });
});
