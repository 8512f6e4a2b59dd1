import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AcceptedEvent, Identity } from '../../core/event/event.ts';
import { DEVICE, event, later, NOW, profileOf, ref, rulesetOf } from '../core/interaction/visit-fixture.ts';
import { offer, placement, sources } from '../core/ruleset/ruleset-fixture.ts';

/**
 * Whole visits, as the object runs them, of a person with two devices: offers are decided, seen, clicked, dismissed and bought in any order, with sleep in between. Whoever looks at all that was
 * shown, and at all that the devices told, never finds an offer above one of its caps, nor one that something the person did rules out.
 */
const [HOUR, DAY] = [3_600_000, 86_400_000];
const OTHER: Identity = { namespace: 'device', value: '01900000-0000-7000-8000-000000000001' };
const DEVICES = [DEVICE, OTHER];

const RULESET = rulesetOf(
  sources({
    placement: [
      placement({ count: 2, caps: [{ count: 5, of: 'decision', within: { last: 'PT5H' } }] }),
      placement({ id: 'side' }),
    ],
    offer: [
      offer({
        id: 'a',
        placements: ['hero', 'side'],
        caps: [
          { count: 2, of: 'impression', within: { last: 'P1D' } },
          { count: 6, of: 'decision', within: { this: 'day' } },
        ],
      }),
      offer({
        id: 'b',
        placements: ['hero', 'side'],
        item: 'sw',
        caps: [
          { count: 2, of: 'click' },
          { count: 1, of: 'impression', in: 'placement' },
        ],
        suppressAfter: [{ event: 'order.placed', ownItem: true }],
      }),
      offer({ id: 'c', placements: ['hero', 'side'], caps: [{ count: 4, of: 'decision' }], coolDown: 'P7D' }),
    ],
  }),
);

const tells = fc.oneof(
  fc.record({
    type: fc.constantFrom('proposition.displayed', 'proposition.clicked', 'proposition.dismissed'),
    placement: fc.constantFrom('hero', 'side'),
    offer: fc.constantFrom('a', 'b', 'c'),
  }),
  fc.record({ type: fc.constant('order.placed'), productId: fc.constantFrom('sw', 'other') }),
);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant('visit' as const),
      device: fc.nat(1),
      told: fc.array(tells, { maxLength: 2 }),
      asked: fc.uniqueArray(fc.constantFrom('hero', 'side'), { maxLength: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constant('wait' as const),
      ms: fc.constantFrom(1, HOUR, 5 * HOUR - 1, DAY - 1, DAY, 7 * DAY),
    }),
  },
  fc.record({ is: fc.constant('sleep' as const) }),
);

it('no offer is above a cap, and nothing that was ruled out comes back, in any order of visits of a person', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
      const profile = profileOf(RULESET);
      for (const device of DEVICES) {
        profile.open(device);
        // Of who has never done anything, nothing is stored.
        profile.visit({ through: ref(device), device: ref(device), events: [event('page.viewed', NOW, { url: '/' })] });
      }
      const decided: { readonly offer: string; readonly placement: string; readonly at: number }[] = [];
      const told: AcceptedEvent[] = [];
      let at = 1;
      let request = 0;
      for (const each of steps) {
        if (each.is === 'wait') at += each.ms;
        else if (each.is === 'sleep') profile.sleep();
        else {
          at++;
          const events = each.told.map((one) => {
            const { type } = one;
            if ('productId' in one)
              return event(type, later(at), { orderId: 'o', items: [{ productId: one.productId, quantity: 1 }] });
            return event(type, later(at), { proposition: 'p', placement: one.placement, offer: one.offer });
          });
          told.push(...events);
          const from = ref(DEVICES[each.device] as Identity);
          const answer = profile.visit({
            now: later(at),
            through: from,
            device: from,
            events,
            placements: each.asked,
            requestId: `r${request++}`,
          });
          const shown = answer.propositions.flatMap(({ offer: id, placement: where }) =>
            id === null ? [] : [{ offer: id, placement: where, at }],
          );
          decided.push(...shown);
          for (const one of shown) check(one.offer, one.placement);
        }
      }

      function check(id: string, where: string): void {
        const days = (ms: number) => Math.floor((NOW + ms) / DAY);
        const made = decided.filter((one) => one.offer === id);
        const happened = (type: string, since = -1, place?: string) =>
          told.filter(
            (one) =>
              one.type === `proposition.${type}` &&
              one.data.offer === id &&
              one.at - NOW >= since &&
              (place === undefined || one.data.placement === place),
          ).length;
        const here = decided.filter((one) => one.placement === 'hero' && one.at > at - 5 * HOUR);
        if (where === 'hero') expect(here.length).toBeLessThanOrEqual(5);
        if (id === 'a') {
          expect(made.filter((one) => days(one.at) === days(at)).length).toBeLessThanOrEqual(6);
          expect(happened('displayed', at - DAY)).toBeLessThan(2);
        }
        if (id === 'b') {
          expect(happened('clicked')).toBeLessThan(2);
          expect(happened('displayed', -1, where)).toBeLessThan(1);
          expect(told.some((one) => JSON.stringify(one.data.items ?? '').includes('"sw"'))).toBe(false);
        }
        if (id === 'c') {
          expect(made.length).toBeLessThanOrEqual(4);
          expect(happened('dismissed', at - 7 * DAY)).toBe(0);
        }
      }
    }),
    { numRuns: process.env.SELVEDGE_NIGHTLY ? 5_000 : 150 },
  );
});
