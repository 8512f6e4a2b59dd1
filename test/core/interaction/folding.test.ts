import { expect, it, vi } from 'vitest';
import type { LimitName } from '../../../core/lib/limits.ts';
import { segment } from '../ruleset/ruleset-fixture.ts';
import { event, later, NOW, profileOf, rulesetOf, SOURCES } from './visit-fixture.ts';

const KEPT = 16;
vi.mock('../../../core/lib/limits.ts', async (original) => {
  const real = await original<typeof import('../../../core/lib/limits.ts')>();
  return { ...real, limit: (name: LimitName) => (name === 'fullEventsPerProfile' ? KEPT : real.limit(name)) };
});

const HOUR_MS = 3_600_000;
const count = (n: number) => `xEvent[eventType = "product.viewed"].count() >= ${n}`;
const ruleset = (sequence: number, counts: readonly number[]) =>
  rulesetOf(
    { ...SOURCES, measure: [], offer: [], segment: counts.map((n) => segment(`seen-${n}`, count(n))) },
    sequence,
  );
const members = (profile: ReturnType<typeof profileOf>) =>
  [...profile.state.memberships].flatMap(([id, { member }]) => (member ? [id] : [])).sort();

it('events beyond the limit are folded into days: they count on, through sleep, and after a publish that asks something else', () => {
  const profile = profileOf(ruleset(1, [40, 61]));
  for (let hour = 0; hour < 60; hour++) {
    const now = later(hour * HOUR_MS);
    profile.visit({ now, events: [event('product.viewed', now, { productId: `p${hour}` })] });
    if (hour % 7 === 0) profile.sleep();
  }
  expect(profile.state.log.length).toBeLessThanOrEqual(KEPT + KEPT / 8);
  expect(members(profile)).toEqual(['seen-40']);
  // Late, and older than all that is kept in full.
  profile.visit({ now: later(61 * HOUR_MS), events: [event('product.viewed', NOW - HOUR_MS)] });
  expect(members(profile)).toEqual(['seen-40', 'seen-61']);

  const other = ruleset(2, [50, 62]);
  const withOrders = rulesetOf(
    {
      ...SOURCES,
      measure: [],
      offer: [],
      segment: [50, 62].map((n) => segment(`seen-${n}`, `${count(n)} and not xEvent[eventType = "order.placed"]`)),
    },
    3,
  );
  profile.sleep(other);
  profile.visit({ now: later(62 * HOUR_MS) });
  expect(members(profile)).toEqual(['seen-50']);
  profile.publish(withOrders);
  profile.visit({ now: later(63 * HOUR_MS) });
  expect(members(profile)).toEqual(['seen-50']);
  expect(profile.state.log.length).toBeLessThanOrEqual(KEPT + KEPT / 8);
});
