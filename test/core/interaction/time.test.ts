import { describe, expect, it } from 'vitest';
import { mustArm, nextWake } from '../../../core/interaction/next-wake.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/lib/instant.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import { segment } from '../ruleset/ruleset-fixture.ts';
import { event, later, NOW, profileOf, rulesetOf, SOURCES, type TestProfile } from './visit-fixture.ts';

const RULES = {
  week: 'xEvent[eventType = "product.viewed" and timestamp occurs <= 7 days before now].count() >= 1',
  year: 'exists E from xEvent where E.eventType = "order.placed" and E.timestamp occurs > 1 year before now',
  birthday: 'anniversary(birthday)',
};

function rulesetWith(observed: readonly (keyof typeof RULES)[], sequence = 1, timeZone = 'UTC'): LoadedRuleset {
  const segments = (Object.keys(RULES) as (keyof typeof RULES)[]).map((id) =>
    segment(id, RULES[id], { observed: observed.includes(id) }),
  );
  const birthday = {
    id: 'birthday',
    name: 'b',
    type: 'instant',
    labels: [],
    public: false,
    requires: 'recognised',
  } as const;
  return rulesetOf(
    {
      ...SOURCES,
      setting: [{ id: 'ruleset', timeZone }],
      attribute: [birthday],
      measure: [],
      segment: segments,
      offer: [],
    },
    sequence,
  );
}

/** Sends what waits, so that only time is left to wake for. */
function drain(profile: TestProfile): void {
  profile.state.outbox.chunks = [];
}
const changesOf = (profile: TestProfile) => profile.state.outbox.chunks.flatMap(({ changes }) => changes);
const week = later(7 * DAY_MS + 1);

describe('a profile wakes for what is observed', () => {
  it('at the instant of the flip, and for nothing else', () => {
    const observed = rulesetWith(['week']);
    const profile = profileOf(observed);
    profile.visit({ events: [event('product.viewed', NOW), event('order.placed', NOW)] });
    expect(nextWake(profile.state, observed)).toBe(later(15_000));
    drain(profile);
    expect(nextWake(profile.state, observed)).toBe(week);
    const nobody = rulesetWith([]);
    const other = profileOf(nobody);
    other.visit({ events: [event('product.viewed', NOW)] });
    drain(other);
    expect(nextWake(other.state, nobody)).toBeNull();
  });

  it('and records it with its instant, cause and evidence, however late it wakes', () => {
    const profile = profileOf(rulesetWith(['week']));
    const view = event('product.viewed', NOW);
    profile.visit({ events: [view] });
    expect(changesOf(profile)).toEqual([
      {
        segment: 'week',
        status: 'entered',
        since: NOW,
        cause: 'event',
        sequence: 1,
        evidence: { events: [view.id], attributes: [] },
      },
    ]);
    drain(profile);
    profile.sleep();
    profile.visit({ now: later(20 * DAY_MS) });
    expect(changesOf(profile)).toMatchObject([{ segment: 'week', status: 'exited', since: week, cause: 'time' }]);
  });

  it('a year later, through sleep and another ruleset', () => {
    const year = rulesetWith(['year']);
    const profile = profileOf(year);
    profile.visit({ events: [event('order.placed', NOW)] });
    drain(profile);
    const flip = Date.UTC(2027, 10, 22, 10) + 1;
    profile.sleep();
    profile.visit({ now: later(DAY_MS) });
    expect(nextWake(profile.state, year)).toBe(flip);
    const next = rulesetWith(['year', 'week'], 2);
    profile.sleep(next);
    profile.visit({ now: later(100 * DAY_MS) });
    expect(nextWake(profile.state, next)).toBe(flip);
    profile.sleep();
    profile.visit({ now: flip as Instant });
    expect(changesOf(profile)).toMatchObject([{ segment: 'year', status: 'entered', since: flip, cause: 'time' }]);
  });

  it('on an anniversary, at midnight of the zone and not all in the same second', () => {
    const ruleset = rulesetWith(['birthday'], 1, 'Europe/Berlin');
    const profile = profileOf(ruleset);
    const birthday = { birthday: '1990-05-04' };
    profile.visit({ events: [event('profile.updated', NOW, { attributes: birthday })] });
    drain(profile);
    const midnight = Date.UTC(2027, 4, 3, 22);
    const wake = nextWake(profile.state, ruleset) ?? 0;
    expect(wake).toBeGreaterThanOrEqual(midnight);
    expect(wake).toBeLessThan(midnight + MINUTE_MS);
    profile.visit({ now: wake as Instant });
    expect(changesOf(profile)).toMatchObject([
      { segment: 'birthday', status: 'entered', since: midnight, cause: 'time' },
    ]);
  });
});

describe('the alarm is set', () => {
  const armed = (armedAt: number | null, evaluatedAt: Instant = NOW) => {
    const { state } = profileOf();
    return mustArm(Object.assign(state, { armedAt, evaluatedAt }), later(DAY_MS));
  };

  it('where none is, or a later one, or one that should have rung long ago', () => {
    expect([armed(null), armed(later(DAY_MS + 1)), armed(NOW - 3 * MINUTE_MS)]).toEqual([true, true, true]);
  });

  it('not where one rings earlier, or is late by a little', () => {
    expect([armed(later(1)), armed(later(DAY_MS)), armed(NOW - 1000)]).toEqual([false, false, false]);
    expect(mustArm(profileOf().state, null)).toBe(false);
  });
});
