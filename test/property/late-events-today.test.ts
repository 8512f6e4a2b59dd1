import { expect, it } from 'vitest';
import type { Identity } from '../../core/event/event.ts';
import type { ProfileId } from '../../core/lib/ids.ts';
import { countsHere } from '../../core/profile/strand.ts';
import { DEVICE, event, later, NOW, RULESET, SARAH } from '../core/interaction/visit-fixture.ts';
import { profileAt, StitchWorld } from './stitch-world.ts';

const TOM: Identity = { namespace: 'customer', value: 'tom' };
const BORN = new Map([
  [SARAH, profileAt(0, 1)],
  [TOM, profileAt(0, 2)],
]);
type Arrival = readonly [minute: number, who: Identity | null];

/** Where each event is in the end, by the minute in which it happened. */
async function placesAfter(arrivals: readonly Arrival[]): Promise<Readonly<Record<string, string>>> {
  const world = new StitchWorld(RULESET, NOW);
  const device = world.device(DEVICE, 10);
  world.now = later(3_600_000);
  for (const [minute, who] of arrivals) {
    const through = who ?? DEVICE;
    const found = world.ask(through, { kind: 'resolve', mint: BORN.get(through) ?? device.born });
    const links = who ? { links: [who, DEVICE] } : {};
    const one = event('product.viewed', later(minute * 60_000), {}, { sentBy: 'server', ...links });
    const brought = { events: [{ ...one, id: `m${minute}` as never }], assertedState: 'recognised' as const };
    await world.visit(through, { at: found.owner as ProfileId, epoch: found.epoch }, brought, null);
    await world.settle();
  }
  const places: Record<string, string> = {};
  for (const person of BORN.keys()) {
    const owner = world.ask(person, { kind: 'resolve', mint: null }).owner as ProfileId;
    const node = world.node(owner);
    const state = world.state(node);
    for (const { id, strand } of node.table.facts.values()) {
      const held = state?.strands[strand];
      if (held && countsHere(held)) places[id] = `${places[id] ?? ''}${person.value}`;
    }
  }
  return places;
}

/** What the replay engine puts with Sarah; objects keep no memory of who had a device when (docs/design/identity-objects.md). */
it.each<[string, readonly Arrival[], Readonly<Record<string, string>>]>([
  [
    'an event of the device goes to whoever has it when it comes',
    [
      [2, SARAH],
      [4, TOM],
      [5, null],
      [3, null],
    ],
    { m2: 'sarah', m3: 'tom', m4: 'tom', m5: 'tom' },
  ],
  [
    'a login that is older than the next one has nothing but itself',
    [
      [3, null],
      [4, TOM],
      [5, null],
      [2, SARAH],
    ],
    { m2: 'sarah', m3: 'tom', m4: 'tom', m5: 'tom' },
  ],
])('what comes late on a shared device: %s', async (_, arrivals, places) => {
  expect(await placesAfter(arrivals)).toEqual(places);
});

it('what comes late and names a person is theirs in every order, and nothing is lost or doubled', async () => {
  for (const arrivals of [
    [
      [4, TOM],
      [2, SARAH],
    ],
    [
      [2, SARAH],
      [4, TOM],
    ],
  ] as const) {
    expect(await placesAfter(arrivals)).toEqual({ m2: 'sarah', m4: 'tom' });
  }
});
