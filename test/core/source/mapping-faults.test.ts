import { describe, expect, it } from 'vitest';
import { EXAMPLE, faultsOf } from './compile-example.ts';

const [refund, order] = EXAMPLE.events;
const withOrder = (change: object) => ({ ...EXAMPLE, events: [{ ...order, ...change }] });
const withColumn = (change: object) => ({ ...EXAMPLE, columns: { ...EXAMPLE.columns, extra: change } });

describe('faults of a mapping', () => {
  it('finds none in the example', () => {
    expect(faultsOf(EXAMPLE)).toEqual([]);
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown member', { ...EXAMPLE, colums: {} }, /colums/],
    ['an unknown column type', withColumn({ type: 'money' }), /columns\.extra/],
    ['an unknown column option', withColumn({ type: 'integer', decimal: ',' }), /columns\.extra.*decimal/],
    ['a bad date format', withColumn({ type: 'date', formats: ['dd-mmm-yy'], timeZone: 'UTC' }), /unknown token "mmm"/],
    [
      'a default of another type',
      withColumn({ type: 'integer', default: 'one' }),
      /columns\.extra: default "one" is not a whole/,
    ],
    ['a column called row', { ...EXAMPLE, columns: { ...EXAMPLE.columns, row: { type: 'text' } } }, /columns\.row/],
    [
      'an unknown column in a template',
      withOrder({ id: 'o:{ordr}' }),
      /events\[0\]\.id: there is no column "ordr"; the mapping has order, sku/,
    ],
    ['a lonely brace', withOrder({ id: 'o:{order' }), /brace/],
    [
      'a text column in a sum',
      withOrder({ data: { ...order.data, total: { $sum: ['sku'] } } }),
      /\$sum: column "sku" is of type text/,
    ],
    [
      'an unknown operator',
      withOrder({ data: { ...order.data, total: { $mean: ['qty'] } } }),
      /events\.0\.data\.total/,
    ],
    [
      'items inside a member',
      withOrder({ data: { ...order.data, deep: { items: order.data.items } } }),
      /only stand directly under data/,
    ],
    [
      'a left-out member that is none',
      withOrder({ data: { ...order.data, items: { ...order.data.items, leaveOut: ['brand'] } } }),
      /no member "brand"/,
    ],
    [
      'an unknown comparison',
      { ...EXAMPLE, drop: [{ reason: 'x', when: { column: 'qty', below: 3 } }] },
      /drop\.0\.when.*below/,
    ],
    [
      'a comparison with nothing',
      { ...EXAMPLE, drop: [{ reason: 'x', when: { column: 'qty' } }] },
      /compare the column with something/,
    ],
    [
      'a size of a text',
      { ...EXAMPLE, drop: [{ reason: 'x', when: { column: 'sku', lessThan: 3 } }] },
      /compared by size/,
    ],
    [
      'a text that a number never equals',
      { ...EXAMPLE, drop: [{ reason: 'x', when: { column: 'qty', equals: '3' } }] },
      /never equals "3"/,
    ],
    ['an unknown event type', withOrder({ type: 'order.shipped' }), /unknown event type "order\.shipped"/],
    [
      'an unknown namespace',
      withOrder({ identities: { first: [{ namespace: 'shop', value: '{who}' }] } }),
      /unknown namespace "shop"/,
    ],
    ['a time that is no date', withOrder({ at: 'order' }), /must be of type date/],
    ['a rule that hides the next', { ...EXAMPLE, events: [order, refund] }, /never apply/],
    ['an unknown group column', { ...EXAMPLE, group: { by: ['invoice'] } }, /group\.by: there is no column "invoice"/],
  ])('names %s', (_, raw, message) => {
    expect(faultsOf(raw).join('\n')).toMatch(message);
  });

  it('tells all faults at once', () => {
    expect(faultsOf(withOrder({ id: '{x}', at: 'y', type: 'z' }))).toHaveLength(3);
  });
});
