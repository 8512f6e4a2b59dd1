import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../../core/event/event.ts';
import { decodeSnapshot } from '../../../core/interaction/snapshot.ts';
import type { Instant, SourceId } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { limit } from '../../../core/lib/limits.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import { encodeLog } from '../../../core/segment/runtime/log/encode-log.ts';
import { StitchWorld } from '../../property/stitch-world.ts';
import { segment } from '../ruleset/ruleset-fixture.ts';
import { DEVICE, event, NOW, rulesetOf, SOURCES } from './visit-fixture.ts';

const count = (type: string, n: number) => `xEvent[eventType = "${type}"].count() >= ${n}`;
const KEPT = { 'product.viewed': 90, 'profile.updated': 30, 'custom.*': 10 };
const kept = (days: Record<string, number> = KEPT, sequence = 1): LoadedRuleset =>
  rulesetOf(
    {
      ...SOURCES,
      setting: [{ id: 'retention', days }],
      segment: [
        segment('viewer', count('product.viewed', 1)),
        segment('buyer', count('order.placed', 1)),
        segment('stranger', `not ${count('product.viewed', 1)}`),
        segment('gold', 'tier = "gold"'),
      ],
      measure: [],
      offer: [],
    },
    sequence,
  );

function start(ruleset = kept()) {
  const world = new StitchWorld(ruleset, NOW);
  const device = world.device(DEVICE, 10);
  const happens = (type: string, data: AcceptedEvent['data'] = {}, more: Partial<AcceptedEvent> = {}) => ({
    ...event(type, world.now, data),
    receivedAt: world.now,
    ...more,
  });
  return {
    world,
    happens,
    node: () => world.node(device.at),
    strand: () => world.state(world.node(device.at))?.strands[0],
    visit: (...events: readonly AcceptedEvent[]) => world.visit(DEVICE, device, { events }, device),
    wait: (ms: number) => {
      world.now = (world.now + ms) as Instant;
    },
    /** What waits is sent, as by the alarm that was set for it. */
    ring: async () => {
      world.now = (world.now + limit('drainDelayMs')) as Instant;
      await world.ring(world.node(device.at));
    },
    types: () => [...world.node(device.at).table.facts.values()].map(({ type }) => type).sort(),
    members: () =>
      [...(world.state(world.node(device.at))?.memberships ?? [])].flatMap(([id, { member }]) => (member ? [id] : [])),
  };
}

describe('events that are older than their type is kept', () => {
  it('are deleted when the alarm rings anyway, and nobody counts them any more', async () => {
    const { happens, visit, wait, ring, node, strand, types, members } = start();
    const views = [happens('product.viewed', { productId: 'p1' }), happens('product.viewed', { productId: 'p2' })];
    await visit(...views, happens('order.placed'), happens('profile.updated', { attributes: { tier: 'gold' } }));
    await ring();
    expect(members().sort()).toEqual(['buyer', 'gold', 'viewer']);
    wait(91 * DAY_MS);
    await visit(happens('custom.seen'));
    expect(types()).toHaveLength(5);
    const commits = node().table.commits;
    node().sent.length = 0;
    await ring();
    expect(types()).toEqual(['custom.seen', 'order.placed']);
    expect(members().sort()).toEqual(['buyer', 'stranger']);
    expect([strand()?.facts, strand()?.recent, strand()?.attributes]).toEqual([2, [], {}]);
    // Told in the same ring: deleted with one commit, sent, forgotten with another.
    const changes = node().sent.flatMap((message) => message.changes);
    expect(changes.map(({ segment: id, status, cause }) => `${id} ${status} ${cause}`).sort()).toEqual([
      'gold exited time',
      'stranger entered time',
      'viewer exited time',
    ]);
    expect(node().table.commits - commits).toBe(2);
  });

  it('leave a state that is as if they had never come', async () => {
    const [long, short] = [start(), start()];
    await long.visit(long.happens('product.viewed', { productId: 'p' }), long.happens('custom.seen'));
    for (const life of [long, short]) {
      await life.ring();
      life.wait(91 * DAY_MS);
      await life.visit(life.happens('order.placed', { orderId: 'o' }, { id: 'same-id' as AcceptedEvent['id'] }));
      await life.ring();
    }
    const [a, b] = [long, short].map(({ world, node }) => {
      const log = world.state(node())?.log;
      return log && encodeLog(log, (text) => new TextEncoder().encode(text));
    });
    expect(a).toEqual(b);
    expect(long.members()).toEqual(short.members());
  });

  it('are gone after a sleep too, and found again by no rebuild', async () => {
    const { world, happens, visit, wait, ring, node, members } = start();
    await visit(happens('product.viewed', { productId: 'p' }));
    await ring();
    wait(91 * DAY_MS);
    await visit(happens('order.placed'));
    await ring();
    const sweptAt = world.now;
    world.ruleset = kept(KEPT, 2);
    world.wake(node());
    await visit(happens('order.placed'));
    expect(members().sort()).toEqual(['buyer', 'stranger']);
    const bytes = node().table.store.load();
    const { program } = world.ruleset.engine;
    const decoded = bytes && decodeSnapshot(bytes, program, (part) => new TextDecoder().decode(part));
    expect(decoded?.ok && decoded.value.state.sweptAt).toBe(sweptAt);
  });

  it('are looked for once a day, and never by an alarm of their own', async () => {
    const { world, happens, visit, wait, ring, node, types } = start();
    await visit(happens('custom.a'));
    await ring();
    expect(world.state(node())?.armedAt).toBeNull();
    wait(10 * DAY_MS - 30_000);
    await visit(happens('order.placed'));
    await ring();
    expect(types()).toEqual(['custom.a', 'order.placed']);
    wait(DAY_MS - limit('drainDelayMs') - 1);
    await visit(happens('order.placed'));
    await ring();
    expect(types()).toEqual(['custom.a', 'order.placed', 'order.placed']);
    await visit(happens('order.placed'));
    await ring();
    expect(types()).toEqual(['order.placed', 'order.placed', 'order.placed']);
    expect(world.state(node())?.armedAt).toBeNull();
  });

  it('are deleted a thousand at a time: the next alarm goes on', async () => {
    const { happens, visit, wait, ring, types, strand, members } = start();
    const most = limit('sweptFacts');
    for (let i = 0; i < 5; i++)
      await visit(...Array.from({ length: most / 4 }, () => happens('product.viewed', { productId: 'p' })));
    await ring();
    wait(91 * DAY_MS);
    await visit(happens('order.placed'));
    await ring();
    expect([types().length, strand()?.facts]).toEqual([most / 4 + 1, most / 4 + 1]);
    expect(members()).toContain('viewer');
    await visit(happens('order.placed'));
    await ring();
    expect([types(), strand()?.facts]).toEqual([['order.placed', 'order.placed'], 2]);
    expect(members()).not.toContain('viewer');
  });

  it('of long ago, folded into days, go too', async () => {
    const { world, happens, visit, wait, ring, node, members } = start();
    const each = limit('fullEventsPerProfile') / 10;
    for (let hour = 0; hour < 12; hour++) {
      await visit(...Array.from({ length: each }, () => happens('product.viewed', { productId: `p${hour}` })));
      wait(3_600_000);
    }
    await ring();
    expect(world.state(node())?.log.folded).not.toBeNull();
    wait(91 * DAY_MS);
    // As many rings as it takes.
    for (let i = 0; i < 7; i++) {
      await visit(happens('order.placed'));
      await ring();
    }
    expect(node().table.facts.size).toBe(7);
    expect(world.state(node())?.log).toMatchObject({ length: 7, folded: null });
    expect(members().sort()).toEqual(['buyer', 'stranger']);
  });

  it('lie in the archive under names that are remembered, so that an erasure still finds their keys', async () => {
    const { world, happens, visit, wait, ring, node, strand } = start();
    await visit(happens('custom.seen'));
    await ring();
    wait(20 * DAY_MS);
    await ring();
    expect([strand()?.facts, strand()?.archived]).toEqual([0, [`${node().id}/0`]]);
    expect(world.state(node())?.strands).toHaveLength(1);
  });

  it('stay while they wait to be sent', async () => {
    const { world, happens, visit, wait, node } = start();
    await visit(happens('custom.seen'));
    wait(20 * DAY_MS);
    node().keeper.sweep(world.ruleset, world.now);
    expect(node().table.facts.size).toBe(1);
    await world.ring(node());
    expect(node().sent.flatMap((message) => message.facts)).toHaveLength(1);
  });

  it('are not taken in any more, also not when what is gone is sent again', async () => {
    const { happens, visit, wait, ring, world } = start();
    const seen = happens('custom.seen', {}, { source: 'till' as SourceId, sentBy: 'server' });
    expect((await visit(seen))?.accepted).toBe(1);
    await ring();
    wait(10 * DAY_MS);
    expect((await visit(seen))?.duplicates).toEqual([seen.id]);
    await ring();
    const again = await visit(seen, { ...happens('order.placed'), at: NOW });
    expect([again?.accepted, again?.refused.map(({ code }) => code)]).toEqual([1, ['tooOld']]);
    expect(world.now).toBeGreaterThan(NOW);
  });
});

it('where nothing is said, everything is kept and nothing is looked for', async () => {
  const { world, happens, visit, wait, ring, node, types } = start(kept({}));
  const of1970 = happens('product.viewed', { productId: 'p' }, { at: 0 as Instant });
  expect((await visit(of1970))?.accepted).toBe(1);
  wait(3_650 * DAY_MS);
  await visit(happens('order.placed'));
  await ring();
  expect(types()).toEqual(['order.placed', 'product.viewed']);
  expect(world.state(node())?.sweptAt).toBeNull();
});
