import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../core/event/event.ts';
import { identityKey } from '../../core/identity/identity-key.ts';
import type { ProfileId } from '../../core/lib/ids.ts';
import { countsHere, latestViews } from '../../core/profile/strand.ts';
import { DEVICE, event, later, NOW, RULESET, SARAH } from '../core/interaction/visit-fixture.ts';
import { checkFresh } from './stitch-check.ts';
import { type Fault, profileAt, StitchWorld } from './stitch-world.ts';

const RUNS = process.env.SELVEDGE_NIGHTLY ? 5_000 : 60;
const TOM: Identity = { namespace: 'customer', value: 'tom' };
const BORN = new Map([
  [SARAH, profileAt(0, 1)],
  [TOM, profileAt(0, 2)],
]);

/** What happens on one device, by time: visits, and two people who are met there. */
const story = fc
  .record({
    before: fc.nat(2),
    between: fc.nat(3),
    after: fc.nat(2),
    sarahFirst: fc.boolean(),
    seed: fc.array(fc.nat(1000), { minLength: 10, maxLength: 10 }),
    settles: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
    faults: fc.array(
      fc.array(fc.constantFrom<Fault>('none', 'none', 'lost', 'unanswered', 'repeated'), { maxLength: 4 }),
      {
        minLength: 10,
        maxLength: 10,
      },
    ),
  })
  .map(({ before, between, after, sarahFirst, seed, ...rest }) => {
    const [first, second] = sarahFirst ? [SARAH, TOM] : [TOM, SARAH];
    const met: (Identity | null)[] = [
      ...Array<null>(before).fill(null),
      first,
      ...Array<null>(between).fill(null),
      second,
      ...Array<null>(after).fill(null),
    ];
    const handOver = before + 1 + between;
    const steps = met.map((who, n) => ({ who, n, owner: who ?? (n < handOver ? first : second) }));
    // Any order of arrival.
    const arrivals = steps.toSorted((a, b) => (seed[a.n] ?? 0) - (seed[b.n] ?? 0) || a.n - b.n);
    return { arrivals, ...rest };
  });

it('what happens on a shared device is, with all that it says, with whoever used it then, whatever the order of arrival', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ arrivals, settles, faults }) => {
      const world = new StitchWorld(RULESET, NOW);
      const device = world.device(DEVICE, 10);
      const sent = arrivals.map(({ who, n, owner }) => {
        const links = who ? { links: [who, DEVICE] } : {};
        const consent = n % 3 === 0 ? { consent: { advertising: n % 2 === 0 ? 'out' : 'in' } as const } : {};
        const type = n % 4 === 3 ? 'profile.updated' : 'product.viewed';
        const data = n % 4 === 3 ? { attributes: { city: `c${n}` } } : { productId: `p${n}` };
        return { who, owner, event: event(type, later(n * 60_000), data, { sentBy: 'server', ...links, ...consent }) };
      });
      world.now = later(3_600_000);
      for (const [place, { who, event: one }] of sent.entries()) {
        const through = who ?? DEVICE;
        const found = world.ask(through, { kind: 'resolve', mint: BORN.get(through) ?? device.born });
        const at = { at: found.owner as ProfileId, epoch: found.epoch };
        world.faults = [...(faults[place] ?? [])];
        const brought = { events: [{ ...one, receivedAt: world.now }], assertedState: 'recognised' as const };
        const answer = await world.visit(through, at, brought, null);
        if (!answer || answer.leftOver.length > 0) {
          await world.settle();
          const now = world.ask(through, { kind: 'resolve', mint: null });
          await world.visit(through, { at: now.owner as ProfileId, epoch: now.epoch }, brought, null);
        }
        if (settles[place]) await world.settle();
        world.now = (world.now + 1) as typeof world.now;
      }
      await world.settle();
      for (const node of [...world.nodes.values()]) await world.ring(node);
      await world.settle();
      for (const person of BORN.keys()) {
        const owner = world.ask(person, { kind: 'resolve', mint: null }).owner as ProfileId;
        const node = world.node(owner);
        const state = world.state(node);
        if (!state) throw new Error('nobody');
        const here = [...node.table.facts.values()].filter(({ strand }) => {
          const held = state.strands[strand];
          return held && countsHere(held);
        });
        const own = sent.filter(({ owner: whose }) => whose === person).map(({ event: one }) => one);
        expect(here.map(({ id }) => id).sort()).toEqual(own.map(({ id }) => id).sort());
        const views = own.filter(({ type }) => type === 'product.viewed');
        const seen = views.map(({ at, data }) => ({ productId: data.productId as string, at }));
        const counting = state.strands.filter(countsHere);
        expect(latestViews(counting.flatMap(({ recent }) => recent))).toEqual(latestViews(seen));
        const cities = own.filter(({ type }) => type === 'profile.updated').toSorted((a, b) => b.at - a.at);
        expect(state.attributes.get('city')).toEqual(
          (cities[0]?.data.attributes as { city?: string } | undefined)?.city,
        );
        const counted = new Map<number, number>();
        for (const { strand } of node.table.facts.values()) counted.set(strand, (counted.get(strand) ?? 0) + 1);
        for (const [number, { facts, leaving }] of state.strands.entries())
          if (!leaving) expect([number, facts]).toEqual([number, counted.get(number) ?? 0]);
        checkFresh(world, node, state);
      }
      const at = world.ask(DEVICE, { kind: 'resolve', mint: null }).owner;
      const last = sent.filter(({ who }) => who).toSorted((a, b) => b.event.at - a.event.at)[0]?.who as Identity;
      expect([identityKey(last), at]).toEqual([
        identityKey(last),
        world.ask(last, { kind: 'resolve', mint: null }).owner,
      ]);
    }),
    { numRuns: RUNS },
  );
});

/** What the replay engine puts elsewhere: known differences, bounded (docs/design/identity-objects.md). Whoever changes them changes this. */
describe('a login that comes late', () => {
  const ANN: Identity = { namespace: 'customer', value: 'ann' };
  const people = new Map([...BORN, [ANN, profileAt(0, 3)]]);

  async function placesOf(arrivals: readonly (readonly [minute: number, who: Identity | null])[]) {
    const world = new StitchWorld(RULESET, NOW);
    const device = world.device(DEVICE, 10);
    world.now = later(3_600_000);
    for (const [minute, who] of arrivals) {
      const through = who ?? DEVICE;
      const found = world.ask(through, { kind: 'resolve', mint: people.get(through) ?? device.born });
      const links = who ? { links: [who, DEVICE] } : {};
      const one = event('product.viewed', later(minute * 60_000), {}, { sentBy: 'server', ...links });
      const brought = { events: [{ ...one, id: `m${minute}` as never }], assertedState: 'recognised' as const };
      await world.visit(through, { at: found.owner as ProfileId, epoch: found.epoch }, brought, null);
      await world.settle();
    }
    const places: Record<string, string> = {};
    for (const [person] of people) {
      const owner = world.ask(person, { kind: 'resolve', mint: null }).owner as ProfileId | null;
      const node = owner && world.node(owner);
      const state = node && world.state(node);
      if (!node || !state) continue;
      for (const { id, strand } of node.table.facts.values()) {
        const held = state.strands[strand];
        if (held && countsHere(held)) places[id] = person.value;
      }
    }
    return places;
  }

  it('moves nothing of a use that others have ended already', async () => {
    // By time the visit at 3 is Ann's; the two who came between her and now had their say before she was heard of.
    const places = await placesOf([
      [3, null],
      [4, TOM],
      [6, SARAH],
      [2, ANN],
    ]);
    expect(places).toEqual({ m2: 'ann', m3: 'tom', m4: 'tom', m6: 'sarah' });
  });

  it('between two sightings of one person is not believed', async () => {
    const places = await placesOf([
      [2, SARAH],
      [5, null],
      [8, SARAH],
      [4, TOM],
    ]);
    expect(places).toEqual({ m2: 'sarah', m5: 'sarah', m8: 'sarah', m4: 'tom' });
  });
});
