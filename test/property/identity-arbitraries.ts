import fc from 'fast-check';
import type { Identity } from '../../core/event/event.ts';
import { compileNamespaces } from '../../core/identity/compiled-namespaces.ts';
import type { NamespaceRule } from '../../core/identity/namespace-set.ts';
import type { StitchEvent } from '../../core/identity/replay/stitch-event.ts';
import type { StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import type { Instant } from '../../core/lib/ids.ts';

/** A small world, so that people meet on devices often: two unique namespaces, two with limits, one free. */
const base = { limit: null, windowMs: null, normalise: 'none', pattern: null, linkTrust: 'claimed' } as const;
const NAMESPACES: readonly NamespaceRule[] = [
  { ...base, code: 'crm', type: 'person', unique: true, priority: 1 },
  { ...base, code: 'loyalty', type: 'person', unique: true, priority: 2 },
  { ...base, code: 'email', type: 'email', unique: false, priority: 3, limit: 2 },
  { ...base, code: 'idfa', type: 'device', unique: false, priority: 4, limit: 3, windowMs: 6 },
  { ...base, code: 'ecid', type: 'cookie', unique: false, priority: 5 },
];

export const rules: fc.Arbitrary<StitchRules> = fc
  .record({
    maxIdentities: fc.constantFrom(3, 4, 6, 50),
    maxMerges: fc.constantFrom(1, 256, 256, 256),
    anonymousHistory: fc.constantFrom('stay', 'follow-device'),
    displace: fc.constantFrom('authenticated', 'any'),
  })
  .map(({ maxIdentities, maxMerges, anonymousHistory, displace }) => ({
    namespaces: compileNamespaces({ namespaces: NAMESPACES, blocked: [] }),
    maxIdentities,
    maxIdentitiesPerEvent: 4,
    maxMerges,
    policy: {
      anonymousHistory,
      displace,
      maxClockSkewMs: 300_000,
      anonymousTtlMs: null,
      anonymousNamespaces: null,
      identityTtlMs: null,
    },
  }));

/** Of each namespace, how often an event names it, and its values. */
type World = readonly (readonly [namespace: string, weight: number, values: readonly string[]])[];

function identityOf(world: World): fc.Arbitrary<Identity> {
  const kinds = world.map(([namespace, weight, values]) => ({
    weight,
    arbitrary: fc.constantFrom(...values).map((value) => ({ namespace, value })),
  }));
  return fc.oneof(...kinds);
}

const choice = fc.option(
  fc.record({ purpose: fc.constantFrom('ads', 'analytics'), choice: fc.constantFrom('in', 'out') }),
  { nil: null },
);

function eventsOf(world: World, atLeast: number, gaps: readonly number[]): fc.Arbitrary<readonly StitchEvent[]> {
  const shape = fc.record({
    // Two values of one namespace are refused at the door; that is tested by itself and would only waste events here.
    identities: fc.uniqueArray(identityOf(world), {
      minLength: atLeast,
      maxLength: 4,
      selector: ({ namespace }) => namespace,
    }),
    kind: fc.constantFrom('record', 'record', 'record', 'record', 'record', 'merge', 'force', 'logout'),
    verified: fc.boolean(),
    choice,
    arm: fc.constantFrom(null, null, 'a', 'b'),
    gap: fc.constantFrom(...gaps),
  });
  return fc.array(shape, { minLength: 1, maxLength: 14 }).map((shapes) => {
    let time = 0;
    return shapes.map(({ identities, kind, verified, choice: said, arm, gap }, index) => {
      time += gap;
      const at = time as Instant;
      return {
        id: `e${index + 1}`,
        kind: kind as StitchEvent['kind'],
        stamp: { at, seq: 0 },
        identities,
        verified,
        consent: said === null ? {} : { [said.purpose]: { choice: said.choice as 'in' | 'out', at } },
        assign: arm === null ? {} : { exp: arm },
      };
    });
  });
}

/** Events with distinct times, in the order of their times; `seq` is given on arrival. */
export const events = eventsOf(
  [
    ['crm', 4, ['A', 'B', 'C']],
    ['loyalty', 1, ['L', 'M']],
    ['email', 2, ['a@x', 'b@x', 'c@x']],
    ['idfa', 2, ['i', 'j', 'k', 'l']],
    ['ecid', 5, ['1', '2', '3', '4']],
  ],
  1,
  [1],
);

/** The same where most events name devices, some a while apart, so that the limit with a window is often reached. */
export const eventsOfManyDevices = eventsOf(
  [
    ['crm', 1, ['A', 'B']],
    ['loyalty', 1, ['L', 'M']],
    ['email', 1, ['a@x']],
    ['idfa', 5, ['i', 'j', 'k', 'l', 'm']],
    ['ecid', 4, ['1', '2']],
  ],
  2,
  [1, 1, 1, 2, 4],
);

/** The same events as they arrive: another order, some of them twice. */
export function arrival(
  given: readonly StitchEvent[],
  keys: readonly number[],
  repeats: readonly number[],
): StitchEvent[] {
  const shuffled = given
    .map((event, index) => ({ event, key: keys[index % keys.length] ?? 0, index }))
    .sort((a, b) => a.key - b.key || a.index - b.index)
    .map(({ event }) => event);
  for (const place of repeats) {
    const event = shuffled[place % shuffled.length];
    if (event) shuffled.splice((place * 7) % (shuffled.length + 1), 0, event);
  }
  return shuffled.map((event, index) => ({ ...event, stamp: { at: event.stamp.at, seq: index + 1 } }));
}
