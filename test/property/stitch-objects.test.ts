import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AcceptedEvent, Identity } from '../../core/event/event.ts';
import { identityKey } from '../../core/identity/identity-key.ts';
import type { Instant, ProfileId } from '../../core/lib/ids.ts';
import { countsHere } from '../../core/profile/strand.ts';
import { event, loginOf, NOW, rulesetOf } from '../core/interaction/visit-fixture.ts';
import { checkFresh } from './stitch-check.ts';
import { type Fault, profileAt, type StitchNode, StitchWorld } from './stitch-world.ts';

const RUNS = process.env.SELVEDGE_NIGHTLY ? 20_000 : 100;
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 4 * 3_600_000 : 120_000;
const seed = process.env.SELVEDGE_SEED;

const STAY = rulesetOf();
const FOLLOW = rulesetOf(undefined, 1, { anonymousHistory: 'follow-device' });
const PEOPLE: readonly { readonly identity: Identity; readonly born: ProfileId }[] = [
  { identity: { namespace: 'customer', value: 'sarah' }, born: profileAt(0, 1) },
  { identity: { namespace: 'customer', value: 'tom' }, born: profileAt(0, 2) },
];
const MAILS: readonly Identity[] = [
  { namespace: 'email', value: 'sarah@example.com' },
  { namespace: 'email', value: 'shared@example.com' },
];
const deviceId = (i: number): Identity => ({ namespace: 'device', value: `01900000-0000-7000-8000-00000000000${i}` });

const step = fc.record({
  passes: fc.constantFrom(0, 1, 20, 900, 20_000),
  act: fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('visit' as const), device: fc.nat(2) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('login' as const), device: fc.nat(2), person: fc.nat(1) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('logout' as const), device: fc.nat(2) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('server' as const),
        person: fc.nat(1),
        mail: fc.option(fc.nat(1), { nil: null }),
        device: fc.option(fc.nat(2), { nil: null }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('alarms' as const) }) },
  ),
  brings: fc.nat(2),
  repeats: fc.boolean(),
  faults: fc.array(fc.constantFrom<Fault>('none', 'none', 'lost', 'unanswered', 'repeated'), { maxLength: 6 }),
  crashes: fc.constantFrom('nobody', 'nobody', 'one', 'all'),
  settles: fc.boolean(),
});

it(
  'every accepted event is in exactly one live profile, counted once, whatever moves, fails, repeats or crashes on the way',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(step, { minLength: 1, maxLength: 16, size: 'max' }),
        async (follows, steps) => {
          const world = new StitchWorld(follows ? FOLLOW : STAY, NOW);
          const devices = [0, 1, 2].map((i) => world.device(deviceId(i), 10 + i));
          const accepted = new Map<string, AcceptedEvent>();
          const sentBy = new Map<number, AcceptedEvent>();
          let serial = 0;
          const made = (type: string, more: Partial<AcceptedEvent> = {}): AcceptedEvent => ({
            ...event(type, world.now, type === 'product.viewed' ? { productId: `p${serial % 3}` } : {}, more),
            id: `n${String(++serial).padStart(4, '0')}` as never,
            receivedAt: world.now,
          });
          for (const { passes, act, brings, repeats, faults, crashes, settles } of steps) {
            world.now = (world.now + passes) as Instant;
            world.faults = [...faults];
            const events = Array.from({ length: brings }, () => made('product.viewed'));
            const note = (all: readonly AcceptedEvent[], answer: Awaited<ReturnType<StitchWorld['visit']>>) => {
              if (!answer) return;
              const not = new Set([...answer.leftOver, ...answer.refused.map(({ id }) => id)]);
              for (const each of all) if (!not.has(each.id)) accepted.set(each.id, each);
            };
            if (act.kind === 'alarms') for (const node of world.nodes.values()) await world.ring(node);
            else if (act.kind === 'server') {
              const { identity, born } = PEOPLE[act.person] as (typeof PEOPLE)[number];
              const found = world.ask(identity, { kind: 'resolve', mint: born });
              const others = [
                act.mail === null ? null : MAILS[act.mail],
                act.device === null ? null : deviceId(act.device),
              ];
              const links = [identity, ...others.filter((other) => other !== null && other !== undefined)];
              const all = [
                made('order.placed', { sentBy: 'server', source: 'till' as never, ...(links.length > 1 && { links }) }),
              ];
              const at = { at: found.owner as ProfileId, epoch: found.epoch };
              note(all, await world.visit(identity, at, { events: all, assertedState: 'recognised' }, null));
            } else {
              const device = devices[act.device] as (typeof devices)[number];
              const last = sentBy.get(act.device);
              const isProven = act.kind === 'login' && repeats && last !== undefined;
              if (repeats && last) {
                // What is repeated with a proof is only told apart where the device comes: no other login overtakes this one.
                if (isProven) await world.settle();
                world.faults = [...faults];
                // Nobody signs in, and nothing is received again, at the very instant of what was before.
                world.now = (world.now + 1) as Instant;
                events.unshift({ ...last, receivedAt: world.now });
              }
              if (act.kind === 'logout') events.push(made('signed.out'));
              if (act.kind === 'login') {
                const { identity, born } = PEOPLE[act.person] as (typeof PEOPLE)[number];
                const found = world.ask(identity, { kind: 'resolve', mint: born });
                const hint = { owner: device.at, epoch: device.epoch, erasedAt: -1 };
                const at = { at: found.owner as ProfileId, epoch: found.epoch };
                const hints = { [identityKey(device.identity)]: hint };
                // Also what was stored where the device is, which the person has not heard of yet.
                const more = { events, login: loginOf(identity, device.at), hints };
                note(events, await world.visit(identity, at, more, device));
              } else note(events, await world.visit(device.identity, device, { events }, device));
              if (isProven) await world.settle();
              const newest = events.at(-1);
              // What came with a proof is repeated with it.
              if (newest && newest.type !== 'signed.out' && act.kind === 'visit') sentBy.set(act.device, newest);
            }
            const all = [...world.nodes.values()];
            if (crashes === 'all') for (const node of all) world.wake(node);
            if (crashes === 'one' && all.length > 0) world.wake(all[serial % all.length] as StitchNode);
            if (settles) await world.settle();
          }
          await world.settle();
          for (const node of [...world.nodes.values()]) await world.ring(node);
          await world.settle();
          checkAll(world, accepted);
        },
      ),
      { numRuns: RUNS, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  },
  TIMEOUT_MS,
);

function checkAll(world: StitchWorld, accepted: ReadonlyMap<string, AcceptedEvent>): void {
  const places = new Map<string, ProfileId[]>();
  const owners = new Map<string, ProfileId[]>();
  for (const node of world.nodes.values()) {
    const state = world.state(node);
    if (!state) continue;
    const counted = new Map<number, number>();
    for (const fact of node.table.facts.values()) {
      counted.set(fact.strand, (counted.get(fact.strand) ?? 0) + 1);
      const strand = state.strands[fact.strand];
      if (strand && countsHere(strand)) places.set(fact.id, [...(places.get(fact.id) ?? []), node.id]);
    }
    for (const [number, strand] of state.strands.entries()) {
      // Rows that wait to be deleted are not counted one by one.
      if (strand.leaving) continue;
      expect(strand.facts, `${node.id} ${number}`).toBe(counted.get(number) ?? 0);
      expect(strand.state).not.toBe('incoming');
      if (strand.state === 'owned') {
        const key = identityKey(strand.identity);
        owners.set(key, [...(owners.get(key) ?? []), node.id]);
        const said = world.ask(strand.identity, { kind: 'resolve', mint: null });
        expect([said.owner, said.epoch], key).toEqual([node.id, strand.epoch]);
      }
    }
    if (state.stitch.state === 'forwarded') expect(state.strands.some(countsHere)).toBe(false);
    checkFresh(world, node, state);
  }
  for (const [id] of accepted) expect(places.get(id)?.length ?? 0, `event ${id}`).toBe(1);
  for (const [id, at] of places) expect([id, at.length, accepted.has(id)]).toEqual([id, 1, true]);
  for (const [key, at] of owners) expect([key, at.length]).toEqual([key, 1]);
}
