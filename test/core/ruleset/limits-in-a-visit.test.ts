import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../../core/event/event.ts';
import { DEVICE, event, later, loginOf, NOW, profileOf, ref, rulesetOf, SARAH } from '../interaction/visit-fixture.ts';
import { offer, placement, ranker, segment, sources, tree } from './ruleset-fixture.ts';

const DAY = 86_400_000;

/** A shop with one placement; what it shows is told by the offer's id, the fallback by why. */
function shop(offers: readonly object[], more: Parameters<typeof sources>[0] = {}) {
  const ruleset = rulesetOf(
    sources({ placement: [placement()], offer: offers.map((change) => offer(change)), ...more }),
  );
  const profile = profileOf(ruleset);
  profile.open(DEVICE);
  const shows = (ms: number, events: readonly AcceptedEvent[] = [], command: object = {}) => {
    const answer = profile.visit({ now: later(ms), events, placements: ['hero'], ...command });
    const [proposition] = answer.propositions;
    return proposition?.offer ?? proposition?.reason;
  };
  return { profile, shows };
}

const about = (type: string, ms: number, id = 'gift') =>
  event(`proposition.${type}`, later(ms), { proposition: 'p', placement: 'hero', offer: id });

describe('limits in a visit', () => {
  it('a cap is right on the very answer to the event that fills it, and ends to the millisecond', () => {
    const { shows } = shop([{ caps: [{ count: 2, of: 'impression', within: { last: 'P1D' } }] }]);
    expect(shows(0)).toBe('gift');
    expect(shows(1, [about('displayed', 1)])).toBe('gift');
    expect(shows(2, [about('displayed', 2)])).toBe('noneEligible');
    expect(shows(1 + DAY)).toBe('noneEligible');
    expect(shows(2 + DAY)).toBe('gift');
  });

  it('a cap holds for the person: what the device saw before it signed in counts', () => {
    const { profile, shows } = shop([{ caps: [{ count: 1, of: 'click' }] }]);
    profile.open(SARAH);
    expect(shows(1, [about('clicked', 1)])).toBe('noneEligible');
    const signedIn = { through: ref(SARAH), login: loginOf(SARAH) };
    expect(shows(2, [event('signed.in', later(2))], signedIn)).toBe('noneEligible');
    expect(shows(3, [], { through: ref(SARAH), device: null })).toBe('noneEligible');
  });

  it('an answer that is worked out twice, while a sign-in joins identities, uses a cap once', () => {
    const { shows } = shop([{ caps: [{ count: 1, of: 'decision' }] }]);
    expect(shows(1, [about('displayed', 1)], { requestId: 'one' })).toBe('gift');
    expect(shows(1, [], { requestId: 'one' })).toBe('gift');
    expect(shows(2, [], { requestId: 'two' })).toBe('noneEligible');
  });

  it('a preview of another date knows nothing that was withdrawn', () => {
    const { shows } = shop([{ purpose: 'necessary', eligibility: tree('inSegment("viewer")') }], {
      segment: [segment('viewer', 'xEvent[eventType = "product.viewed"].count() >= 1')],
    });
    const preview = { offers: {}, variants: {}, at: later(5 * DAY) };
    expect(shows(1, [event('product.viewed', later(1), { productId: 'sw' })])).toBe('gift');
    expect(shows(2, [], { preview })).toBe('gift');
    const refusal = event('consent.updated', later(3), {}, { consent: { personalization: 'out' } });
    expect(shows(3, [refusal])).toBe('noneEligible');
    expect(shows(4, [], { preview })).toBe('noneEligible');
  });

  it('what was bought never returns, also after a sleep and without consent for it', () => {
    const { profile, shows } = shop([{ item: 'sw', suppressAfter: [{ event: 'order.placed', ownItem: true }] }]);
    const order = event('order.placed', NOW, { orderId: 'o', items: [{ productId: 'sw' }] }, { purposes: 1 });
    expect(shows(0, [order])).toBe('noneEligible');
    profile.sleep();
    expect(shows(3000 * DAY)).toBe('noneEligible');
  });

  it('a dismissal gives rest, and the next offer its turn', () => {
    const { shows } = shop([{ priority: 2, coolDown: 'P7D' }, { id: 'next' }]);
    expect(shows(0)).toBe('gift');
    expect(shows(1, [about('dismissed', 1)])).toBe('next');
    expect(shows(7 * DAY + 2)).toBe('gift');
  });

  it('a formula ranks by what this person did with each offer', () => {
    const clicks = 'offer.priority + 10 * xEvent[eventType = "proposition.clicked" and offer = offer.id].count()';
    const { shows } = shop([{ priority: 2 }, { id: 'next' }], {
      placement: [placement({ ranker: 'best' })],
      ranker: [ranker({ method: 'formula', expression: tree(clicks) })],
    });
    expect(shows(0)).toBe('gift');
    expect(shows(1, [about('clicked', 1, 'next')])).toBe('next');
  });
});
