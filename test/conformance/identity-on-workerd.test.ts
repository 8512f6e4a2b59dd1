import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectWorld } from '../../cli/conformance-identity/object-world.ts';
import { playOnObjects } from '../../cli/conformance-identity/play-objects.ts';
import { vectorSchema } from '../../cli/conformance-identity/vector.schema.ts';
import { createObjectWorld } from '../conformance-identity/workerd-world.ts';

/** A few of each kind; `npm run conformance -- identity FILE` plays a whole file. */
const PLAYED = [
  'stay-shared-device',
  'stay-counters-divide',
  'stay-split-two-people-on-one-device',
  'stay-erase-first-person',
  'stay-window-limit',
  'displace-stay-merge-of-two-customers',
  'stay-suppressed-person-leaves-device-usable',
  'stay-anonymous-device-expires-and-person-keeps',
  'logout-then-other-person',
  'logout-names-device-only',
  'displace-claim-cannot-move-device',
  'displace-any-claim-moves-device',
  'displace-claimed-merge-moves-nothing',
  'trust-claimed-person-is-not-linked',
  'purpose-own-grant-lifts-copied-refusal',
  'purpose-refusal-binds-beyond-stay',
  'purpose-grant-while-recognised-does-not-follow-the-device',
];
const vectors = vectorSchema
  .array()
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, '../conformance-identity/own-vectors.json'), 'utf8')));

const namespaces = [
  { code: 'CRMID', type: 'PERSON', unique: true, priority: 1, limit: 1 },
  { code: 'ECID', type: 'COOKIE', priority: 2 },
];
const both = { CRMID: ['A'], ECID: ['1'] };
const device = { ECID: ['1'] };
const made = (id: string, more: object) =>
  vectorSchema.parse({ id, tier: 'protocol', config: { namespaces }, ...more });
const BETWEEN_OBJECTS = [
  made('every call is carried out, unheard, and comes again', {
    harness: { faults: ['retry-every-rpc', 'crash-after-every-write'] },
    steps: [
      { t: 1, id: 'a', ids: device },
      { t: 2, id: 'b', ids: { CRMID: ['A'] } },
      { t: 3, id: 'c', ids: both },
    ],
    expect: { profiles: [{ ids: ['CRMID:A', 'ECID:1'] }], eventCount: 3, locksHeld: 0, openOps: 0 },
  }),
  made('the coordinator dies before it decides', {
    harness: { faults: ['kill-coordinator-before-decide'] },
    steps: [
      { t: 1, id: 'a', ids: device },
      { t: 2, id: 'b', ids: { CRMID: ['A'] } },
      { t: 3, id: 'c', ids: both },
    ],
    expect: { profiles: [{ ids: ['CRMID:A', 'ECID:1'] }], eventCount: 3, locksHeld: 0, openOps: 0 },
  }),
  made('an old hint finds the way, and an object restored to before it lost its device cannot fork it', {
    steps: [
      { t: 1, id: 'a', ids: device },
      { t: 2, id: 'b', ids: both },
      { t: 3, id: 'c', ids: device, hint: 'profile-of:a' },
      { t: 4, id: 'd', ids: device, hint: 'profile-of:a' },
      { t: 5, id: 'r', op: 'restore', object: 'profile-of:a', to: 'before:b' },
      { t: 6, id: 'e', ids: device },
    ],
    expect: { profiles: [{ ids: ['CRMID:A', 'ECID:1'] }], eventCount: 5, hops: { d: { max: 2 } } },
  }),
];

let world: ObjectWorld;
beforeAll(async () => {
  world = await createObjectWorld();
});
afterAll(() => world?.stop());

test.each(
  [...vectors.filter(({ id }) => PLAYED.includes(id)), ...BETWEEN_OBJECTS].map((one) => [one.id, one] as const),
)('%s', async (_, vector) => {
  const { failures, unplayable } = await playOnObjects(vector, world);
  expect({ failures, unplayable }).toEqual({ failures: [], unplayable: [] });
});

test('every vector named here exists', () => {
  const ids = vectors.map(({ id }) => id);
  for (const id of PLAYED) expect(ids).toContain(id);
});
