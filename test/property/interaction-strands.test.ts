import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AcceptedEvent, Identity } from '../../core/event/event.ts';
import type { Instant, ProfileId } from '../../core/lib/ids.ts';
import type { JsonObject } from '../../core/lib/json.ts';
import { NECESSARY_MASK } from '../../core/policy/purposes.ts';
import { event } from '../core/interaction/visit-fixture.ts';
import { type Device, type Node, profileAt, World } from './interaction-strands-world.ts';
import { MembershipModel, type ModelChange, publish, type Rules } from './membership-model.ts';
import {
  attributeValues,
  DECLARED,
  event as eventShape,
  HOUR_MS,
  measures,
  nowInstant,
  rule,
  START,
  timeZone,
} from './segment-engine-arbitraries.ts';
import { storable } from './segment-engine-harness.ts';

const RUNS = process.env.SELVEDGE_NIGHTLY ? 20_000 : 60;
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 4 * HOUR_MS : 120_000;
const seed = process.env.SELVEDGE_SEED;
const DAY_MS = 24 * HOUR_MS;

const PEOPLE: readonly { readonly identity: Identity; readonly at: ProfileId }[] = [
  { identity: { namespace: 'customer', value: 'sarah' }, at: profileAt(1) },
  { identity: { namespace: 'customer', value: 'tom' }, at: profileAt(2) },
];
const deviceId = (i: number): Identity => ({ namespace: 'device', value: `01900000-0000-7000-8000-00000000000${i}` });

const rules: fc.Arbitrary<Rules> = fc.record({
  segments: fc.record({ s0: rule([]), s1: rule([]), s2: rule([]) }),
  measures,
  timeZone,
});
const spans = fc.constantFrom(0, 1, HOUR_MS, 6 * HOUR_MS, DAY_MS, 2 * DAY_MS - 1, 7 * DAY_MS, 31 * DAY_MS);
/** Some are ahead of the clock: they count from their instant on. */
const ago = fc.oneof({ weight: 8, arbitrary: spans }, { weight: 1, arbitrary: fc.constantFrom(-1, -60_000, -300_000) });
const masks = fc.constantFrom(31, 31, 31, NECESSARY_MASK, NECESSARY_MASK | 2, NECESSARY_MASK | 4);

const brought = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(eventShape, ago, masks).map(([shape, ms, purposes]) => ({ ...shape, ms, purposes })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.record(attributeValues, { requiredKeys: [] }), ago).map(([values, ms]) => ({
      type: 'profile.updated',
      data: { attributes: storable({ attributes: DECLARED } as never, values as JsonObject) } as JsonObject,
      context: {},
      ms,
      purposes: 31,
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('personalization', 'analytics'), fc.constantFrom('in', 'out', 'pending'), ago)
      .map(([purpose, choice, ms]) => ({
        type: 'consent.updated',
        data: {},
        context: {},
        consent: { [purpose]: choice },
        ms,
        purposes: 31,
      })),
  },
);
type Brought = {
  readonly type: string;
  readonly ms: number;
  readonly data: JsonObject;
  readonly context: JsonObject;
  readonly purposes: number;
};

const step = fc.record({
  passes: spans,
  act: fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('visit' as const), device: fc.nat(1) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('login' as const),
        device: fc.nat(1),
        person: fc.nat(1),
        /** Otherwise the alarm does it, later. */
        atOnce: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('logout' as const), device: fc.nat(1) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('server' as const), person: fc.nat(1) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('alarm' as const) }) },
  ),
  brings: fc.array(brought as fc.Arbitrary<Brought>, { maxLength: 3 }),
  repeats: fc.boolean(),
  fails: fc.boolean(),
  sleeps: fc.constantFrom('nobody', 'all', 'all', 'after'),
  drains: fc.boolean(),
  publishes: fc.constantFrom(false, false, true),
});

const plain = (change: ModelChange, isLink: boolean): ModelChange => {
  const { segment, status, since, sequence } = change;
  // Which of the two it was is for another test.
  const cause = change.cause === 'consent' ? 'event' : change.cause;
  return { segment, status, since, sequence, cause: isLink && cause === 'event' ? 'link' : cause };
};
const bySegment = (changes: readonly ModelChange[]) =>
  [...changes].sort((a, b) => (a.segment < b.segment ? -1 : a.segment > b.segment ? 1 : 0));

/** What this profile has told since the last look is what the oracle says of the facts that belong to it. */
function compare(world: World, node: Node, isLink = false): void {
  const { published, now } = world;
  const state = node.keeper.state(published.ruleset);
  if (!state) return;
  const after = node.person();
  const { stored } = node;
  const model = new MembershipModel(published);
  if (stored) model.visit(stored.published, stored.at, null, stored.person);
  const expected = model.visit(published, now, stored?.person ?? null, after);
  const all = node.changes(published.ruleset);
  const found = all.slice(node.told);
  node.told = all.length;
  expect(bySegment(found.map((change) => plain(change, false)))).toEqual(
    bySegment(expected.map((change) => plain(change, isLink))),
  );
  for (const [segment, held] of state.memberships) expect(held.member).toBe(model.has(segment));
  for (const { segment } of expected) expect(state.memberships.has(segment)).toBe(model.has(segment));
  node.latest = { published, at: now, person: after };
  node.noteCommits(world.published.ruleset);
  node.applied = Math.max(node.applied, published.ruleset.sequence);
  expect(Object.fromEntries(state.attributes)).toEqual(after.attributes);
}

it(
  'memberships follow the facts of each person, whoever comes, goes, moves, withdraws or publishes, and whatever fails or sleeps',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(rules, rules),
        nowInstant,
        fc.array(step, { minLength: 1, maxLength: 14, size: 'max' }),
        async (texts, start, steps) => {
          let sequence = 1;
          const world = new World(publish(texts[0], sequence), Math.max(start, START) as Instant);
          for (const { identity, at } of PEOPLE) world.persons.set(at, identity);
          const devices = [0, 1].map((i): Device => ({ identity: deviceId(i), at: profileAt(10 + i), epoch: 1 }));
          /** Devices on their way, by the profile that asked. */
          const waiting: { readonly device: Device; readonly to: ProfileId }[] = [];
          const taken = new Set<number>();
          let serial = 0;
          let last: AcceptedEvent | null = null;

          const made = ({ type, ms, data, context, purposes, ...more }: Brought): AcceptedEvent => {
            let at = world.now - ms;
            // The newest of two at one instant depends on the order of arrival, and of strands.
            const isChoice = type === 'profile.updated' || type === 'consent.updated';
            while (isChoice && taken.has(at)) at--;
            if (isChoice) taken.add(at);
            return {
              ...event(type, at, data, { ...more, context, purposes }),
              id: `n${++serial}`,
              source: 'web',
            } as never;
          };

          const arrive = async (node: Node) => {
            for (const one of waiting.filter(({ to }) => to === node.id)) {
              waiting.splice(waiting.indexOf(one), 1);
              const from = one.device.at;
              world.moved(one.device, from, node.id);
              const { strands } = node.keeper.state(world.published.ruleset) as NonNullable<
                ReturnType<Node['keeper']['state']>
              >;
              const strand = strands.findLast(({ identity }) => identity.value === one.device.identity.value);
              one.device.at = node.id;
              one.device.epoch = strand?.epoch ?? 0;
              const giver = world.node(from);
              if (giver.latest !== null) compare(world, giver, true);
            }
          };

          for (const { passes, act, brings, repeats, fails, sleeps, drains, publishes } of steps) {
            world.now = (world.now + passes) as Instant;
            if (publishes && sequence < 4) world.published = publish(texts[sequence % 2] as Rules, ++sequence);
            if (sleeps === 'all') for (const node of world.nodes.values()) node.sleep();
            for (const node of world.nodes.values()) {
              // A wish that was left over is the alarm's.
              if (!waiting.some(({ to }) => to === node.id)) continue;
              await world.finishLinks(node);
              await arrive(node);
              compare(world, node, true);
            }

            const events = brings.map(made);
            if (repeats && last) events.unshift(last);
            const attempt = (node: Node, more: Parameters<World['visit']>[1]) => {
              node.table.fails = fails;
              try {
                return world.visit(node, more);
              } catch (error) {
                if (!(error instanceof Error) || error.message !== 'disk full') throw error;
                return world.visit(node, more);
              } finally {
                node.table.fails = false;
              }
            };

            if (act.kind === 'visit' || act.kind === 'logout') {
              const device = devices[act.device] as Device;
              const node = world.node(device.at);
              const ref = { identity: device.identity, epoch: device.epoch };
              if (act.kind === 'logout')
                events.push(event('signed.out', world.now, {}, { id: `n${++serial}` as never }));
              const done = attempt(node, { through: ref, device: ref, events, afterSignOut: world.mint() });
              if (events.length > 0) node.strand(device.identity);
              if (done.answer.device) {
                if (done.answer.device.at !== node.id) node.strand(device.identity).isOwned = false;
                device.at = done.answer.device.at;
                device.epoch = done.answer.device.epoch;
              }
              compare(world, node);
            } else if (act.kind === 'server') {
              const { identity, at } = PEOPLE[act.person] as (typeof PEOPLE)[number];
              const node = world.node(at);
              const done = attempt(node, { through: { identity, epoch: 1 }, device: null, events });
              if (done.dirty) node.strand(identity);
              compare(world, node);
            } else if (act.kind === 'login') {
              const { identity, at } = PEOPLE[act.person] as (typeof PEOPLE)[number];
              const device = devices[act.device] as Device;
              const node = world.node(at);
              const done = attempt(node, {
                through: { identity, epoch: 1 },
                device: { identity: device.identity, epoch: device.epoch },
                events,
                login: { person: identity, deviceAt: device.at },
              });
              node.strand(identity);
              compare(world, node);
              if (done.link) {
                waiting.push({ device, to: at });
                if (act.atOnce) {
                  await world.fetch(node, done.link);
                  await arrive(node);
                  compare(world, node, true);
                }
              }
            } else {
              for (const node of world.nodes.values()) {
                const state = node.keeper.state(world.published.ruleset);
                if (!state || node.latest === null || world.published.ruleset.observed.length === 0) continue;
                await world.drain(node, true);
                compare(world, node);
              }
            }
            last = events.at(-1) ?? last;
            if (last?.type === 'signed.out') last = null;
            if (sleeps === 'after') for (const node of world.nodes.values()) node.sleep();
            if (drains)
              for (const node of world.nodes.values()) {
                await world.drain(node, false);
                node.noteCommits(world.published.ruleset);
              }
            for (const node of world.nodes.values()) {
              const ids = node.sent.map(({ id }) => id);
              expect(new Set(ids).size).toBe(ids.length);
              if (node.latest !== null && node.applied > 0) expect(node.keeper.appliedSequence()).toBe(node.applied);
            }
          }
        },
      ),
      { numRuns: RUNS, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  },
  TIMEOUT_MS,
);
