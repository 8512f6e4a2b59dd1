import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AcceptedEvent, Identity } from '../../core/event/event.ts';
import { identityKey } from '../../core/identity/identity-key.ts';
import type { Instant, ProfileId } from '../../core/lib/ids.ts';
import type { JsonObject } from '../../core/lib/json.ts';
import { NECESSARY_MASK } from '../../core/policy/purposes.ts';
import { event, loginOf } from '../core/interaction/visit-fixture.ts';
import { Watch } from './interaction-strands-watch.ts';
import { type Published, publish as publishRules, type Rules } from './membership-model.ts';
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
import { profileAt, type StitchDevice, type StitchNode, StitchWorld } from './stitch-world.ts';

const RUNS = process.env.SELVEDGE_NIGHTLY ? 20_000 : 60;
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 4 * HOUR_MS : 120_000;
const seed = process.env.SELVEDGE_SEED;
const DAY_MS = 24 * HOUR_MS;

const PEOPLE: readonly { readonly identity: Identity; readonly at: ProfileId }[] = [
  { identity: { namespace: 'customer', value: 'sarah' }, at: profileAt(0, 1) },
  { identity: { namespace: 'customer', value: 'tom' }, at: profileAt(0, 2) },
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

/** Profiles of nobody known do not end here. */
function publish(rules: Rules, sequence: number): Published {
  const published = publishRules(rules, sequence);
  const { stitch } = published.ruleset;
  const policy = { ...stitch.policy, anonymousTtlMs: null };
  return { ...published, ruleset: { ...published.ruleset, stitch: { ...stitch, policy } } };
}

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
          let published = publish(texts[0], sequence);
          const world = new StitchWorld(published.ruleset, Math.max(start, START) as Instant);
          const devices = [0, 1].map((i) => world.device(deviceId(i), 10 + i));
          const watches = new Map<ProfileId, Watch>();
          const watch = (node: StitchNode): Watch => {
            const held = watches.get(node.id) ?? new Watch(node);
            watches.set(node.id, held);
            return held;
          };
          const compareAll = () => {
            for (const node of world.nodes.values()) watch(node).afterLink(world, published);
          };
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
              receivedAt: world.now,
            } as never;
          };

          for (const { passes, act, brings, repeats, fails, sleeps, drains, publishes } of steps) {
            world.now = (world.now + passes) as Instant;
            if (publishes && sequence < 4) published = publish(texts[sequence % 2] as Rules, ++sequence);
            world.ruleset = published.ruleset;
            if (sleeps === 'all') for (const node of world.nodes.values()) world.wake(node);
            await world.settle();
            compareAll();

            const events = brings.map(made);
            if (repeats && last) events.unshift(last);
            // What fails has stored nothing, and is sent again.
            const attempt = async (at: ProfileId, more: () => ReturnType<StitchWorld['visit']>) => {
              world.node(at).table.fails = fails;
              try {
                return await more();
              } catch (error) {
                if (!(error instanceof Error) || error.message !== 'disk full') throw error;
                return await more();
              } finally {
                world.node(at).table.fails = false;
              }
            };

            if (act.kind === 'visit' || act.kind === 'logout') {
              const device = devices[act.device] as StitchDevice;
              const { at } = device;
              if (act.kind === 'logout')
                events.push(event('signed.out', world.now, {}, { id: `n${++serial}` as never, receivedAt: world.now }));
              await attempt(at, () => world.visit(device.identity, device, { events }, device));
              if (act.kind === 'visit' && device.at === at) watch(world.node(at)).afterVisit(world, published);
            } else if (act.kind === 'server') {
              const { identity, at } = PEOPLE[act.person] as (typeof PEOPLE)[number];
              world.ask(identity, { kind: 'resolve', mint: at });
              await attempt(at, () =>
                world.visit(identity, { at, epoch: 1 }, { events, assertedState: 'recognised' }, null),
              );
              watch(world.node(at)).afterVisit(world, published);
            } else if (act.kind === 'login') {
              const { identity, at } = PEOPLE[act.person] as (typeof PEOPLE)[number];
              const device = devices[act.device] as StitchDevice;
              world.ask(identity, { kind: 'resolve', mint: at });
              if (!act.atOnce) world.faults = ['lost', 'lost', 'unanswered'];
              const hints = { [identityKey(device.identity)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
              const login = loginOf(identity, device.at);
              await attempt(at, () => world.visit(identity, { at, epoch: 1 }, { events, login, hints }, device));
            } else {
              for (const node of world.nodes.values()) {
                if (!watch(node).isKnown || published.ruleset.observed.length === 0) continue;
                await world.ring(node);
                watch(node).afterVisit(world, published);
              }
            }
            compareAll();
            last = events.at(-1) ?? last;
            if (act.kind === 'logout' || act.kind === 'login') last = null;
            if (sleeps === 'after') for (const node of world.nodes.values()) world.wake(node);
            if (drains)
              for (const node of world.nodes.values()) {
                await world.drain(node);
                compareAll();
              }
            for (const node of world.nodes.values()) {
              const ids = node.sent.map(({ id }) => id);
              expect(new Set(ids).size).toBe(ids.length);
              watch(node).checkSequence();
            }
          }
        },
      ),
      { numRuns: RUNS, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  },
  TIMEOUT_MS,
);
