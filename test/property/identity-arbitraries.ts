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

const identity: fc.Arbitrary<Identity> = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant('crm'), fc.constantFrom('A', 'B', 'C')) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('loyalty'), fc.constantFrom('L', 'M')) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('email'), fc.constantFrom('a@x', 'b@x', 'c@x')) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('idfa'), fc.constantFrom('i', 'j', 'k', 'l')) },
    { weight: 5, arbitrary: fc.tuple(fc.constant('ecid'), fc.constantFrom('1', '2', '3', '4')) },
  )
  .map(([namespace, value]) => ({ namespace, value }));

const choice = fc.option(
  fc.record({ purpose: fc.constantFrom('ads', 'analytics'), choice: fc.constantFrom('in', 'out') }),
  { nil: null },
);

const shape = fc.record({
  // Two values of one namespace are refused at the door; that is tested by itself and would only waste events here.
  identities: fc.uniqueArray(identity, { minLength: 1, maxLength: 4, selector: ({ namespace }) => namespace }),
  kind: fc.constantFrom('record', 'record', 'record', 'record', 'record', 'merge', 'force', 'logout'),
  verified: fc.boolean(),
  choice,
  arm: fc.constantFrom(null, null, 'a', 'b'),
});

/** Events with distinct times, in the order of their times; `seq` is given on arrival. */
export const events: fc.Arbitrary<readonly StitchEvent[]> = fc
  .array(shape, { minLength: 1, maxLength: 14 })
  .map((shapes) =>
    shapes.map(({ identities, kind, verified, choice: said, arm }, index) => {
      const at = (index + 1) as Instant;
      return {
        id: `e${index + 1}`,
        kind: kind as StitchEvent['kind'],
        stamp: { at, seq: 0 },
        identities,
        verified,
        consent: said === null ? {} : { [said.purpose]: { choice: said.choice as 'in' | 'out', at } },
        assign: arm === null ? {} : { exp: arm },
      };
    }),
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
