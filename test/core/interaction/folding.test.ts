import { expect, it } from 'vitest';
import { limit } from '../../../core/lib/limits.ts';
import { segment } from '../ruleset/ruleset-fixture.ts';
import { event, later, NOW, profileOf, rulesetOf, SOURCES } from './visit-fixture.ts';

const KEPT = limit('fullEventsPerProfile');
/** Events of a visit: 60 visits reach beyond the limit and what the log may hold above it. */
const EACH = KEPT / 50;
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
  const profile = profileOf(ruleset(1, [40 * EACH, 60 * EACH + 1]));
  for (let hour = 0; hour < 60; hour++) {
    const now = later(hour * HOUR_MS);
    profile.visit({
      now,
      events: Array.from({ length: EACH }, () => event('product.viewed', now, { productId: `p${hour}` })),
    });
    if (hour % 7 === 0) profile.sleep();
  }
  expect(profile.state.log.length).toBeLessThanOrEqual(KEPT + KEPT / 8);
  expect(members(profile)).toEqual([`seen-${40 * EACH}`]);
  // Late, and older than all that is kept in full.
  profile.visit({ now: later(61 * HOUR_MS), events: [event('product.viewed', NOW - HOUR_MS)] });
  expect(members(profile)).toEqual([`seen-${40 * EACH}`, `seen-${60 * EACH + 1}`]);

  const other = ruleset(2, [50 * EACH, 60 * EACH + 2]);
  const withOrders = rulesetOf(
    {
      ...SOURCES,
      measure: [],
      offer: [],
      segment: [50 * EACH, 60 * EACH + 2].map((n) =>
        segment(`seen-${n}`, `${count(n)} and not xEvent[eventType = "order.placed"]`),
      ),
    },
    3,
  );
  profile.sleep(other);
  profile.visit({ now: later(62 * HOUR_MS) });
  expect(members(profile)).toEqual([`seen-${50 * EACH}`]);
  profile.publish(withOrders);
  profile.visit({ now: later(63 * HOUR_MS) });
  expect(members(profile)).toEqual([`seen-${50 * EACH}`]);
  expect(profile.state.log.length).toBeLessThanOrEqual(KEPT + KEPT / 8);
});
