import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import type { Tally } from '../../../core/source/tally.ts';
import { trackingPlanSchema } from '../../../core/source/tracking-plan.schema.ts';
import { compilePlan, deviationsOf } from '../../../core/source/tracking-plan.ts';
import { trackingReport } from '../../../core/source/tracking-report.ts';

const PLAN = compilePlan({
  id: 'web',
  unexpected: 'count',
  events: {
    'product.viewed': { fields: ['productId', 'price'], required: ['productId'] },
    'page.viewed': {},
    'custom.*': { fields: ['value'] },
    'custom.played': {},
  },
});

describe('an event beside its plan', () => {
  it.each([
    ['what is planned', 'product.viewed', { productId: 'p1', price: 3 }, []],
    ['any field, where none is named', 'page.viewed', { url: '/', anything: [1] }, []],
    ['a field too many', 'product.viewed', { productId: 'p1', colour: 'red' }, [['unplannedField', 'colour']]],
    ['a field that is missing', 'product.viewed', { price: 3 }, [['missingField', 'productId']]],
    ['null is missing', 'product.viewed', { productId: null }, [['missingField', 'productId']]],
    ['a type that is not in it', 'search.performed', { query: 'x' }, [['unplannedType', null]]],
    ['an own type by the rule for all', 'custom.liked', { value: 1, more: 2 }, [['unplannedField', 'more']]],
    ['an own type by its own name', 'custom.played', { more: 2 }, []],
    ['what consent and results need', 'proposition.displayed', { proposition: 'p' }, []],
    ['a member of every object', 'product.viewed', { productId: 'p', toString: 1 }, [['unplannedField', 'toString']]],
  ])('%s', (_, type, data, expected) => {
    expect(deviationsOf(PLAN, type, data as never).map(({ kind, field }) => [kind, field])).toEqual(expected);
  });

  it('is refused as a plan when it names no event type, or too much', () => {
    const plan = (events: object) => trackingPlanSchema.safeParse({ id: 'web', events }).success;
    expect(plan({ 'page.viewed': {} })).toBe(true);
    expect(plan({ 'page.seen': {} })).toBe(false);
    expect(plan({ 'page.viewed': { fileds: [] } })).toBe(false);
    expect(plan(Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`custom.e${i}`, {}])))).toBe(false);
  });
});

describe('the report of a source', () => {
  const tally = (kind: Tally['kind'], name: string, field = '', count = 1): Tally => ({
    source: 'web',
    kind,
    name,
    field,
    count,
    first: 1 as Instant,
    last: 2 as Instant,
    sample: null,
  });

  it('says what is never used, what is not planned and what was refused', () => {
    const report = trackingReport(PLAN, [
      tally('event', 'product.viewed', '', 3),
      tally('field', 'product.viewed', 'productId', 3),
      tally('event', 'search.performed', '', 2),
      tally('unplannedType', 'search.performed', '', 2),
      tally('refused', 'unknownType', 'page.seen', 5),
    ]);
    const of = (type: string) => report.events.find((each) => each.type === type);
    expect(of('product.viewed')).toMatchObject({ planned: true, unused: false, count: 3 });
    expect(of('product.viewed')?.fields).toMatchObject([
      { field: 'price', planned: true, unused: true, count: 0, last: null },
      { field: 'productId', planned: true, unused: false, count: 3 },
    ]);
    expect(of('page.viewed')).toMatchObject({ planned: true, unused: true, count: 0 });
    expect(of('search.performed')).toMatchObject({ planned: false, unused: false });
    expect(report.deviations).toMatchObject([
      { kind: 'unplannedType', type: 'search.performed', field: null, count: 2 },
    ]);
    expect(report.refused).toMatchObject([{ code: 'unknownType', type: 'page.seen', count: 5 }]);
  });

  it('finds nothing unexpected where there is no plan', () => {
    const report = trackingReport(null, [tally('event', 'page.viewed')]);
    expect(report).toMatchObject({ plan: false, deviations: [], events: [{ planned: false, unused: false }] });
  });
});
