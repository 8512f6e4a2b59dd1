import { describe, expect, test } from 'vitest';
import { insertEvent, type Log, removeStrand } from '../../../core/segment/runtime/log/log.ts';
import { createResident, type Resident } from '../../../core/segment/runtime/resident.ts';
import {
  ADVERTISING,
  createRandom,
  DAY,
  engine,
  expectedMembers,
  HOUR,
  logOf,
  measures,
  program,
  randomAttributes,
  randomEvent,
  randomWorld,
  START,
  subjectOf,
  type World,
} from './profile-fixture.ts';

const members = (resident: Resident) => [...resident.members].map((member) => member === 1);
const byName = (flags: readonly boolean[]) => program.segments.filter((_, i) => flags[i]).map(({ id }) => id);

function fresh(world: World, now: number): Resident {
  return createResident(engine, logOf(world.events), subjectOf(world), now);
}

describe('from scratch', () => {
  test.each(Array.from({ length: 24 }, (_, seed) => seed))('agrees with the oracle, seed %i', (seed) => {
    const random = createRandom(seed);
    const world = randomWorld(random, random.pick([0, 3, 12, 40]));
    if (seed % 3 === 0) world.withdrawn[1] = ADVERTISING;
    for (const now of [START, START - random.below(9 * 24) * HOUR, START + random.below(20) * DAY + 1]) {
      expect(byName(members(fresh(world, now)))).toEqual(byName(expectedMembers(world, now)));
    }
  });
});

describe('resident', () => {
  test.each(Array.from({ length: 24 }, (_, seed) => seed + 1000))(
    'is as one from scratch after anything, seed %i',
    (seed) => {
      const random = createRandom(seed);
      const world = randomWorld(random, random.pick([0, 5, 30]));
      let now = START;
      let log: Log = logOf(world.events);
      let resident = createResident(engine, log, subjectOf(world), now);
      const state = members(resident);
      const onFlip = (segment: number, member: boolean, at: number) => {
        expect(state[segment]).toBe(!member);
        expect(at).toBeLessThanOrEqual(now);
        state[segment] = member;
      };
      const rebuild = () => {
        resident = createResident(engine, log, subjectOf(world), now);
        state.splice(0, state.length, ...members(resident));
      };
      for (let step = 0; step < 40; step++) {
        const draw = random.below(20);
        if (draw < 9) {
          now += random.pick([0, 1, HOUR, 5 * HOUR, DAY]);
          resident.advance(now, onFlip);
          const size = random.pick([1, 1, 2, 5]);
          let isLate = false;
          for (let i = 0; i < size; i++) {
            const event = randomEvent(random, now + random.pick([0, 0, 0, 1, 60_000]));
            world.events.push(event);
            const row = insertEvent(log, event);
            if (row < 0) continue;
            isLate ||= row < log.length - 1;
            if (!isLate) resident.added(row, size === 1 ? onFlip : null);
          }
          if (isLate) rebuild();
          else resident.settle(onFlip);
        } else if (draw < 13) {
          now += random.below(3 * 24) * HOUR + random.pick([0, 1, 999]);
          resident.advance(now, onFlip, random.pick([10_000, 2]));
        } else if (draw < 16) {
          world.attributes = randomAttributes(random);
          resident.attributesChanged(['tier', 'points', 'favourite', 'nobody asks'], onFlip);
        } else if (draw === 16) {
          world.score = random.unit();
          resident.advance(now, onFlip);
        } else if (draw === 17) {
          world.withdrawn[random.below(3)] = random.pick([0, ADVERTISING]);
          rebuild();
        } else if (draw === 18) {
          const strand = random.below(3);
          world.events = world.events.filter((event) => event.strand !== strand);
          removeStrand(log, strand);
          rebuild();
        } else {
          const late = randomEvent(random, now - random.below(100) * HOUR);
          world.events.push(late);
          insertEvent(log, late);
          rebuild();
        }
        expect(byName(state)).toEqual(byName(members(resident)));
        const again = fresh(world, now);
        expect(byName(members(resident))).toEqual(byName(members(again)));
        expect(resident.value(measures.favourite as number)).toEqual(again.value(measures.favourite as number));
        expect(resident.until).toBeGreaterThan(now);
      }
      log = logOf(world.events);
      expect(byName(members(resident))).toEqual(byName(expectedMembers(world, now)));
    },
  );

  test.each(Array.from({ length: 12 }, (_, seed) => seed + 2000))('flips at the exact instant, seed %i', (seed) => {
    const random = createRandom(seed);
    const world = randomWorld(random, 25);
    const resident = fresh(world, START);
    const end = START + 9 * DAY;
    const flips: { segment: number; member: boolean; at: number }[] = [];
    const any = resident.nextFlip(null, end, 10_000);
    const observed = program.segments.map((_, i) => i).filter((i) => i % 4 === seed % 4);
    const some = resident.nextFlip(observed, end, 10_000);
    const before = members(resident);
    resident.advance(end, (segment, member, at) => flips.push({ segment, member, at }));
    expect(any).toEqual(flips[0] ? { at: flips[0].at, exact: true } : null);
    const first = flips.find(({ segment }) => observed.includes(segment));
    expect(some).toEqual(first ? { at: first.at, exact: true } : null);
    const state = [...before];
    for (const { segment, member, at } of flips.slice(0, 12)) {
      const earlier = expectedMembers(world, at - 1);
      const then = expectedMembers(world, at);
      expect([program.segments[segment]?.id, earlier[segment], then[segment]]).toEqual([
        program.segments[segment]?.id,
        !member,
        member,
      ]);
      state[segment] = member;
    }
    // No flip is missed: so many as the oracle sees from hour to hour at least.
    let last = expectedMembers(world, START);
    let changes = 0;
    for (let at = START; at <= START + 2 * DAY; at += 4 * HOUR) {
      const now = expectedMembers(world, at);
      changes += now.filter((member, i) => member !== last[i]).length;
      last = now;
    }
    expect(flips.filter(({ at }) => at <= START + 2 * DAY).length).toBeGreaterThanOrEqual(changes);
  });

  test('nextFlip gives up after so many deadlines, and says so', () => {
    const world = randomWorld(createRandom(5), 40);
    const resident = fresh(world, START);
    expect(resident.nextFlip(null, START + 90 * DAY, 0)).toEqual({ at: resident.until, exact: false });
    expect(resident.nextFlip(null, START, 100)).toBeNull();
  });

  test('evidence names the events and attributes that decided', () => {
    const event = (id: string, type: string, hours: number, data = {}) => ({
      ...{ id, type, at: START - hours * HOUR, source: 'web', strand: 0, purposes: 31, context: {}, data },
    });
    const events = [
      event('e1', 'cart.added', 60),
      event('e2', 'order.placed', 50, { price: 10 }),
      event('e3', 'order.placed', 30, { price: 10 }),
      event('e4', 'cart.added', 20),
    ];
    const world: World = { events, attributes: { tier: 'gold', points: 150 }, withdrawn: {}, score: 0 };
    const resident = fresh(world, START);
    const of = (id: string) => resident.evidence(program.segments.findIndex((segment) => segment.id === id));
    expect(of('abandoned')).toEqual({ events: ['e4'], attributes: [] });
    expect(of('loyal')).toEqual({ events: [], attributes: ['points', 'tier'] });
    expect(of('ever').events).toEqual(['e3', 'e2']);
  });
});
