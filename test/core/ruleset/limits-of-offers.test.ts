import { describe, expect, it } from 'vitest';
import type { CompiledCap, CompiledOffer } from '../../../core/decision/compiled.ts';
import type { JsonObject } from '../../../core/lib/json.ts';
import { ALL_PURPOSES_MASK, NECESSARY_MASK, purposeBit } from '../../../core/policy/purposes.ts';
import { compileRuleset } from '../../../core/ruleset/compile.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';
import { createResident } from '../../../core/segment/runtime/resident.ts';
import { experiment, NOW, offer, placement, SPACE, sources } from './ruleset-fixture.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

interface Happened {
  readonly type: string;
  /** Before now, in ms. */
  readonly ago: number;
  readonly data?: JsonObject;
  readonly purposes?: number;
}

/** What the rules of the caps and suppressions of an offer and of its placement say of somebody. */
function limitsOf(change: object, events: readonly Happened[], { placed = {}, timeZone = 'UTC', withdrawn = 0 } = {}) {
  const compiled = compileRuleset(
    SPACE,
    sources({
      setting: [{ id: 'ruleset', timeZone }],
      placement: [placement(placed), placement({ id: 'side' })],
      offer: [offer(change), offer({ id: 'other' })],
    }),
    NOW,
  );
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const { program, decisions } = compiled.value;
  const engine = createEngine(program.program);
  const log = createLog(program.program.log);
  [...events]
    .sort((a, b) => b.ago - a.ago)
    .forEach(({ type, ago, data = {}, purposes = ALL_PURPOSES_MASK }, i) => {
      insertEvent(log, { id: `e${i}`, source: 'web', type, at: NOW - ago, strand: 0, purposes, data, context: {} });
    });
  const resident = createResident(
    engine,
    log,
    { attribute: () => undefined, withdrawn: () => withdrawn, score: () => 0 },
    NOW,
  );
  const allows = (position: number): boolean => resident.members[position] === 1;
  const capAllows = (cap: CompiledCap): boolean => 'rule' in cap && allows(cap.rule);
  const gift = decisions.offers[0] as CompiledOffer;
  return {
    caps: gift.caps.map(capAllows),
    shown: gift.suppression.map(allows),
    placementCaps: decisions.placements[0]?.caps.map(capAllows),
    /** Milliseconds from now to the next flip of any rule by time alone. */
    next: (resident.nextFlip(null, NOW + 400 * DAY, 1000)?.at ?? Number.NaN) - NOW,
  };
}

const seen = (ago: number, more: JsonObject = {}): Happened => ({
  type: 'proposition.displayed',
  ago,
  data: { proposition: 'p', placement: 'hero', offer: 'gift', ...more },
});

describe('a cap on impressions', () => {
  const twice = { caps: [{ count: 2, of: 'impression', within: { last: 'P7D' } }] };

  it('is true while one more is allowed, for a rolling window to the millisecond', () => {
    expect(limitsOf(twice, []).caps).toEqual([true]);
    expect(limitsOf(twice, [seen(1)]).caps).toEqual([true]);
    const full = limitsOf(twice, [seen(2), seen(1)]);
    expect(full.caps).toEqual([false]);
    expect(full.next).toBe(7 * DAY - 1);
    expect(limitsOf(twice, [seen(7 * DAY), seen(1)]).caps).toEqual([false]);
    expect(limitsOf(twice, [seen(7 * DAY + 1), seen(1)]).caps).toEqual([true]);
  });

  it('counts that offer alone, wherever it was', () => {
    expect(limitsOf(twice, [seen(2, { offer: 'other' }), seen(1)]).caps).toEqual([true]);
    expect(limitsOf(twice, [seen(2, { placement: 'side' }), seen(1)]).caps).toEqual([false]);
  });

  it('in its placements alone counts each by itself', () => {
    const each = { placements: ['hero', 'side'], caps: [{ count: 1, of: 'impression', in: 'placement' }] };
    expect(limitsOf(each, [seen(1, { placement: 'side' })]).caps).toEqual([true, false]);
  });

  it('counts in the placements where an experiment puts it, too', () => {
    const variants = [
      { id: 'a', weight: 0.5 },
      { id: 'b', weight: 0.5, value: { use: 'offer', id: 'gift' } },
    ];
    const compiled = compileRuleset(
      SPACE,
      sources({
        placement: [placement(), placement({ id: 'side' })],
        offer: [offer({ caps: [{ count: 1, of: 'impression', in: 'placement' }] })],
        experiment: [experiment({ on: { kind: 'placement', id: 'side' }, variants })],
      }),
      NOW,
    );
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
    expect(compiled.value.decisions.offers[0]?.caps.map(({ placement: where }) => where)).toEqual(['hero', 'side']);
  });

  it('ever, or within a unit of the calendar of the zone', () => {
    const ever = { caps: [{ count: 1, of: 'impression' }] };
    expect(limitsOf(ever, [seen(300 * DAY)])).toMatchObject({ caps: [false], next: Number.NaN });
    // NOW is noon in UTC, and 22:00 of the same Monday in Brisbane.
    const today = { caps: [{ count: 1, of: 'impression', within: { this: 'day' } }] };
    expect(limitsOf(today, [seen(12 * 60 * MINUTE)])).toMatchObject({ caps: [false], next: DAY / 2 });
    expect(limitsOf(today, [seen(12 * 60 * MINUTE + 1)]).caps).toEqual([true]);
    const there = limitsOf(today, [seen(12 * 60 * MINUTE + 1)], { timeZone: 'Australia/Brisbane' });
    expect(there).toMatchObject({ caps: [false], next: DAY / 12 });
  });

  it.each(['day', 'week', 'month', 'year'])('forgets what was before this %s', (unit) => {
    const cap = { caps: [{ count: 1, of: 'impression', within: { this: unit } }] };
    expect(limitsOf(cap, [seen(1)]).caps).toEqual([false]);
    expect(limitsOf(cap, [seen(366 * DAY)]).caps).toEqual([true]);
  });
});

describe('other caps', () => {
  it('count clicks, dismissals, and events of a type whatever they are about', () => {
    const caps = [
      { count: 1, of: 'click' },
      { count: 1, of: 'dismissal' },
      { count: 2, of: 'order.placed', within: { last: 'PT30M' } },
    ];
    const order = (ago: number): Happened => ({ type: 'order.placed', ago, data: { orderId: 'o' } });
    const own = { offer: 'gift', placement: 'side' };
    expect(limitsOf({ caps }, [order(1)]).caps).toEqual([true, true, true]);
    expect(
      limitsOf({ caps }, [
        { type: 'proposition.clicked', ago: 3, data: own },
        { type: 'proposition.dismissed', ago: 2, data: own },
        order(30 * MINUTE),
        order(1),
      ]).caps,
    ).toEqual([false, false, false]);
  });

  it('of a placement count any offer there, and no fallback', () => {
    const placed = { caps: [{ count: 2, of: 'impression', within: { this: 'day' } }] };
    const of = (...events: readonly Happened[]) => limitsOf({}, events, { placed }).placementCaps;
    expect(of(seen(2, { offer: null }), seen(1))).toEqual([true]);
    expect(of(seen(2, { placement: 'side' }), seen(1))).toEqual([true]);
    expect(of(seen(2, { offer: 'other' }), seen(1))).toEqual([false]);
  });

  it('count what was collected for whatever purpose, also when that was withdrawn', () => {
    const once = { caps: [{ count: 1, of: 'impression' }], suppressAfter: [{ event: 'order.placed' }] };
    const events = [
      { ...seen(2), purposes: NECESSARY_MASK | purposeBit('analytics') },
      { type: 'order.placed', ago: 1, data: { orderId: 'o' }, purposes: NECESSARY_MASK },
    ];
    expect(limitsOf(once, events, { withdrawn: ALL_PURPOSES_MASK & ~NECESSARY_MASK })).toMatchObject({
      caps: [false],
      shown: [false],
    });
  });
});

describe('suppression', () => {
  const bought = (productId: string, ago = 1): Happened => ({
    type: 'order.placed',
    ago,
    data: { orderId: 'o', items: [{ productId: 'x' }, { productId }] },
  });

  it('holds for ever after the item was bought, and not after another was', () => {
    const offered = { item: 'sw-1', suppressAfter: [{ event: 'order.placed', ownItem: true }] };
    expect(limitsOf(offered, []).shown).toEqual([true]);
    expect(limitsOf(offered, [bought('sw-2')]).shown).toEqual([true]);
    expect(limitsOf(offered, [bought('sw-1', 900 * DAY), bought('sw-2')]).shown).toEqual([false]);
  });

  it('holds for as long as it says, after any event of the type', () => {
    const offered = { suppressAfter: [{ event: 'order.placed', for: 'P1DT12H' }] };
    expect(limitsOf(offered, [bought('x', 1.5 * DAY)])).toMatchObject({ shown: [false], next: 1 });
    expect(limitsOf(offered, [bought('x', 1.5 * DAY + 1)]).shown).toEqual([true]);
  });

  it.each([
    ['product.viewed', { productId: 'sw-1' }],
    ['cart.added', { productId: 'sw-1' }],
    ['cart.removed', { productId: 'sw-1' }],
    ['review.written', { productId: 'sw-1' }],
    ['custom.wished', { productId: 'sw-1' }],
    ['checkout.started', { items: [{ productId: 'sw-1' }] }],
    ['order.refunded', { items: [{ productId: 'sw-1' }] }],
  ])('finds the item of %s', (type, data) => {
    const offered = { item: 'sw-1', suppressAfter: [{ event: type, ownItem: true }] };
    expect(limitsOf(offered, [{ type, ago: 1, data }]).shown).toEqual([false]);
    expect(limitsOf({ ...offered, item: 'sw' }, [{ type, ago: 1, data }]).shown).toEqual([true]);
  });

  it('gives a rest after a dismissal of that offer', () => {
    const dismissed = (of: string): Happened => ({ type: 'proposition.dismissed', ago: 1, data: { offer: of } });
    expect(limitsOf({ coolDown: 'P30D' }, [dismissed('other')]).shown).toEqual([true]);
    expect(limitsOf({ coolDown: 'P30D' }, [dismissed('gift')])).toMatchObject({ shown: [false], next: 30 * DAY });
  });
});
