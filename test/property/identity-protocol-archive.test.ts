import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AcceptedEvent, Identity } from '../../core/event/event.ts';
import { identityKey } from '../../core/identity/identity-key.ts';
import { handleProfile } from '../../core/identity/protocol/handle-profile.ts';
import { archivedUnder, archiveKeysOf } from '../../core/interaction/archived-under.ts';
import type { EventId, Instant, ProfileId } from '../../core/lib/ids.ts';
import { MINUTE_MS } from '../../core/lib/instant.ts';
import { countsHere } from '../../core/profile/strand.ts';
import { archiveKeyName } from '../../worker/stores/archive-line.ts';
import { event, loginOf, NOW, rulesetOf, SPACE } from '../core/interaction/visit-fixture.ts';
import { type Fault, profileAt, type StitchDevice, type StitchNode, StitchWorld } from './stitch-world.ts';

const NIGHTLY = Boolean(process.env.SELVEDGE_NIGHTLY);
const RUNS = NIGHTLY ? 20_000 : 150;
const seed = process.env.SELVEDGE_SEED;

const STAY = rulesetOf();
const FOLLOW = rulesetOf(undefined, 1, { anonymousHistory: 'follow-device' });
const PEOPLE: readonly Identity[] = ['sarah', 'tom'].map((value) => ({ namespace: 'customer', value }));
const MAILS: readonly Identity[] = ['sarah', 'shared'].map((name) => ({
  namespace: 'email',
  value: `${name}@example.com`,
}));
const deviceId = (i: number): Identity => ({ namespace: 'device', value: `01900000-0000-7000-8000-00000000000${i}` });
const DEVICES = [0, 1];

const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('visit' as const), device: fc.nat(1), twice: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('login' as const),
      device: fc.nat(1),
      person: fc.nat(1),
      twice: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('logout' as const), device: fc.nat(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('server' as const),
      person: fc.nat(1),
      mail: fc.nat(1),
      named: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('split' as const), person: fc.nat(1), mail: fc.nat(1), named: fc.nat(3) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('erase' as const), person: fc.nat(1), mail: fc.nat(1), named: fc.nat(3) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('drain' as const), which: fc.nat(5) }) },
);
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;
const step = fc.record({
  act,
  passes: fc.constantFrom(1, 20, 900, 20_000),
  faults: fc.array(fc.constantFrom<Fault>('none', 'none', 'lost', 'unanswered', 'repeated'), { maxLength: 5 }),
  crashes: fc.constantFrom(false, false, true),
  settles: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Found here: a sign-out that is stored in the write that joins what its device leaves with what it has left before. */
const FOUND: [boolean, Step[]] = [
  false,
  [
    ...[0, 1].map((i): Act => ({ kind: 'login', device: i, person: i, twice: false })),
    { kind: 'erase', person: 0, mail: 0, named: 0 } as const,
    ...[0, 1, 2].flatMap((): Act[] => [
      { kind: 'logout', device: 0 },
      { kind: 'login', device: 0, person: 0, twice: false },
    ]),
    { kind: 'logout', device: 0 } as const,
  ].map((act) => ({ act, passes: 1, faults: [], crashes: false, settles: false })),
];

/** The ids that a server, or an operator, names. */
function namesOf({ person, mail, named }: { readonly person: number; readonly mail: number; readonly named: number }) {
  const [customer, address] = [PEOPLE[person] as Identity, MAILS[mail] as Identity];
  return named === 0 ? [customer] : named === 1 ? [address] : [customer, address];
}

it(
  'whoever has a fact knows every name that it was ever archived under, and nobody else has destroyed it',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(step, { minLength: 2, maxLength: 18, size: 'max' }),
        async (follows, steps) => {
          const world = new StitchWorld(follows ? FOLLOW : STAY, NOW);
          const devices = DEVICES.map((i) => world.device(deviceId(i), 10 + i));
          const births = new Map([...PEOPLE, ...MAILS].map((one, i) => [identityKey(one), profileAt(0, i + 1)]));
          let serial = 0;
          const made = (type: string, more: Partial<AcceptedEvent> = {}): AcceptedEvent => ({
            ...event(type, world.now, {}, more),
            id: `n${String(++serial).padStart(4, '0')}` as EventId,
            receivedAt: world.now,
          });
          const homeOf = (identity: Identity) => {
            const mint = births.get(identityKey(identity)) ?? null;
            const found = world.ask(identity, { kind: 'resolve', mint });
            return { at: found.owner as ProfileId, epoch: found.epoch };
          };
          const last = new Map<number, AcceptedEvent>();
          // The door of this world forgets the fence of an erasure, which refuses repetitions.
          let isErased = false;
          for (const { act, passes, faults, crashes, settles } of steps) {
            world.now = (world.now + passes) as Instant;
            world.faults = [...faults];
            if (act.kind === 'visit' || act.kind === 'logout') {
              const device = devices[act.device] as StitchDevice;
              const again = act.kind === 'visit' && act.twice && !isErased ? last.get(act.device) : undefined;
              const sent = made(act.kind === 'visit' ? 'product.viewed' : 'signed.out');
              const events = again ? [{ ...again, receivedAt: world.now }, sent] : [sent];
              await world.visit(device.identity, device, { events }, device);
              if (act.kind === 'visit') last.set(act.device, sent);
            } else if (act.kind === 'login') {
              const device = devices[act.device] as StitchDevice;
              const person = PEOPLE[act.person] as Identity;
              const again = act.twice && !isErased ? last.get(act.device) : undefined;
              // What is repeated with a proof is only told apart where the device comes: no other login overtakes this one.
              if (again) await world.settle();
              world.now = (world.now + 1) as Instant;
              world.faults = [...faults];
              const hints = { [identityKey(device.identity)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
              const more = {
                events: [...(again ? [{ ...again, receivedAt: world.now }] : []), made('signed.in')],
                login: loginOf(person, device.at),
                hints,
              };
              await world.visit(person, homeOf(person), more, device);
              if (again) await world.settle();
            } else if (act.kind === 'server') {
              const links = namesOf(act);
              const through = links[0] as Identity;
              const sent = made('order.placed', { sentBy: 'server', ...(links.length > 1 && { links }) });
              await world.visit(through, homeOf(through), { events: [sent], assertedState: 'recognised' }, null);
            } else if (act.kind === 'split' || act.kind === 'erase') {
              await operate(world, act.kind, namesOf(act), homeOf, `o${++serial}`);
              isErased ||= act.kind === 'erase';
            } else {
              const nodes = [...world.nodes.values()];
              if (nodes.length > 0) await world.ring(nodes[act.which % nodes.length] as StitchNode);
            }
            if (crashes) for (const node of world.nodes.values()) world.wake(node);
            if (settles) await world.settle();
          }
          await world.settle();
          // What waited for a device that went elsewhere waits no longer.
          world.now = (world.now + 10 * MINUTE_MS) as Instant;
          for (const node of [...world.nodes.values()]) await world.drain(node);
          expect(wrongNames(world)).toEqual([]);
        },
      ),
      { numRuns: RUNS, examples: [FOUND], ...(seed !== undefined && { seed: Number(seed) }) },
    );
  },
  NIGHTLY ? 4 * 3_600_000 : 120_000,
);

it('what a device has sent before it left is not stored again where it arrives', async () => {
  const world = new StitchWorld(STAY, NOW);
  const device = world.device(deviceId(0), 10);
  const [sarah] = PEOPLE as [Identity];
  const sent = event('product.viewed', world.now);
  await world.visit(device.identity, device, { events: [sent] }, device);
  const found = world.ask(sarah, { kind: 'resolve', mint: profileAt(0, 1) });
  const hints = { [identityKey(device.identity)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
  const login = { login: loginOf(sarah, device.at), hints };
  await world.visit(sarah, { at: found.owner as ProfileId, epoch: found.epoch }, login, device);
  await world.settle();
  // Where the device goes has heard of it, and nobody knows that: its ids of before are not there yet.
  world.faults = ['unanswered'];
  await world.visit(device.identity, device, { events: [event('signed.out', world.now)] }, device);
  // By the old place, which knows them, it finds the new one.
  await world.visit(device.identity, device, { events: [event('product.viewed', world.now)] }, device);
  const again = await world.visit(device.identity, device, { events: [sent] }, device);
  expect(again).toMatchObject({ accepted: 0, leftOver: [sent.id] });
  await world.settle();
  const after = await world.visit(device.identity, device, { events: [sent] }, device);
  expect(after).toMatchObject({ accepted: 0, duplicates: [sent.id] });
  for (const node of [...world.nodes.values()]) await world.drain(node);
  expect(wrongNames(world)).toEqual([]);
});

async function operate(
  world: StitchWorld,
  kind: 'split' | 'erase',
  identities: readonly Identity[],
  homeOf: (identity: Identity) => { readonly at: ProfileId },
  event: string,
): Promise<void> {
  const { at } = homeOf(identities[0] as Identity);
  const stamp = { at: world.now, seq: Number.MAX_SAFE_INTEGER };
  const keys = [identities[0] as Identity].map(identityKey);
  const wish = { kind: 'split', event, keys, links: [], stamp, verified: true, hints: {} } as const;
  const message =
    kind === 'split'
      ? ({ kind: 'wish', wish } as const)
      : ({ kind: 'erase', request: event, at: world.now, suppress: false } as const);
  const { keeper, driver } = world.node(at);
  keeper.handle(world.ruleset, { space: SPACE, profile: at }, (node, context) => handleProfile(node, message, context));
  if (keeper.hasOpenWork()) await driver.drive(world.ruleset);
}

/** Facts that live under a name which their strand does not know, or which an erasure elsewhere has destroyed; and facts of the erased whose names nobody knows. */
function wrongNames(world: StitchWorld): readonly string[] {
  const names = new Map<string, Set<string>>();
  for (const node of world.nodes.values()) {
    for (const message of node.sent) {
      for (const fact of message.facts) {
        const held = names.get(fact.id) ?? new Set();
        names.set(fact.id, held.add(archiveKeyName({ profile: message.profile, ...fact })));
      }
    }
  }
  const wrong: string[] = [];
  for (const [id, under] of names) if (under.size > 1) wrong.push(`${id} was archived as ${[...under].join(' and ')}`);
  const live = new Map<string, ProfileId>();
  const destroyed = new Map<string, ProfileId>();
  for (const node of world.nodes.values()) {
    const state = world.state(node);
    if (state?.stitch.state === 'erased') for (const name of archiveKeysOf(state)) destroyed.set(name, node.id);
  }
  for (const node of world.nodes.values()) {
    const state = world.state(node);
    for (const fact of state ? node.table.facts.values() : []) {
      const strand = state?.strands[fact.strand];
      if (!strand || !countsHere(strand)) continue;
      const other = live.get(fact.id);
      if (other) wrong.push(`${fact.id} lives at ${other} and at ${node.id}`);
      live.set(fact.id, node.id);
      if (!names.has(fact.id) && destroyed.size === 0) wrong.push(`${fact.id} at ${node.id} was never archived`);
      const known = archivedUnder(strand, node.id);
      for (const name of names.get(fact.id) ?? []) {
        if (!known.includes(name))
          wrong.push(`${fact.id} at ${node.id} lies under ${name}, and only ${known} are known`);
        const by = destroyed.get(name);
        if (by) wrong.push(`${fact.id} lives, and ${by} has destroyed ${name}`);
      }
    }
  }
  for (const [id, under] of names) {
    if (live.has(id)) continue;
    for (const name of under) if (!destroyed.has(name)) wrong.push(`${id} is erased, and ${name} opens it`);
  }
  return wrong;
}
