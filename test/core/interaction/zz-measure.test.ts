import { it } from 'vitest';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { segment } from '../ruleset/ruleset-fixture.ts';
import { event, later, profileOf, rulesetOf, SOURCES } from './visit-fixture.ts';

it('catch up', () => {
  const segs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((d) =>
    segment(`max${d}`, `xEvent[eventType = "order.placed" and timestamp occurs <= ${d} days before now].max(n) >= 2`, {
      observed: true,
    }),
  );
  const rs = rulesetOf({ ...SOURCES, measure: [], offer: [], segment: segs });
  const p = profileOf(rs);
  const evs = Array.from({ length: 5000 }, (_, i) =>
    event('order.placed', later(-i * 100_000), { n: i === 5 ? 2 : 1 }),
  );
  p.visit({ events: evs.reverse() });
  const t = performance.now();
  p.sleep();
  p.visit({ now: later(20 * DAY_MS) });
  console.log(
    'ms',
    performance.now() - t,
    [...p.state.memberships].map(([s, m]) => `${s} ${m.member} ${new Date(m.since).toISOString()}`).join('\n'),
  );
});
