import { describe, expect, it } from 'vitest';
import type { RawRow } from '../../../core/source/compile-mapping.ts';
import { missingColumns } from '../../../core/source/compile-mapping.ts';
import { MAX_GROUP_LINES, NO_RULE, type Outcome } from '../../../core/source/mapper.ts';
import { describeProblem } from '../../../core/source/problem.ts';
import { compileExample, EXAMPLE, line, mapAll } from './compile-example.ts';

function eventsOf(outcomes: readonly Outcome[]) {
  return outcomes.flatMap((outcome) => (outcome.kind === 'event' ? [outcome.event] : []));
}
function problemsOf(outcomes: readonly Outcome[]) {
  return outcomes.flatMap((outcome) => (outcome.kind === 'problem' ? [outcome.problem] : []));
}
/** Every row must be counted once. */
function linesOf(outcomes: readonly Outcome[]): number {
  return outcomes.reduce(
    (sum, o) => sum + (o.kind === 'event' ? o.event.lines : o.kind === 'dropped' ? o.lines : o.problem.lines),
    0,
  );
}
const map = (...rows: readonly (RawRow | string)[]) => mapAll(compileExample(), rows);

describe('mapping rows to events', () => {
  it('makes one event of consecutive lines, with items and their sum', () => {
    const outcomes = map(
      line('1', 'a', ' Cup ', '2', '2.55', '12/1/2010 8:26', 'ada'),
      line('1', 'b', '', '1', '0.10', '12/1/2010 8:26', 'ada'),
      line('2', 'a', 'Cup', '1', '2.55', '12/1/2010 8:28', ''),
    );
    expect(eventsOf(outcomes)).toEqual([
      {
        id: 'o:1',
        type: 'order.placed',
        at: Date.UTC(2010, 11, 1, 8, 26),
        identities: [{ namespace: 'customer', value: 'ada' }],
        data: {
          orderId: '1',
          total: 5.2,
          currency: 'GBP',
          items: [
            { productId: 'a', name: 'Cup', price: 2.55, quantity: 2 },
            { productId: 'b', price: 0.1, quantity: 1 },
          ],
        },
        rows: { first: 2, last: 3 },
        lines: 2,
        itemsOmitted: 0,
      },
      expect.objectContaining({ id: 'o:2', identities: [{ namespace: 'anonymous', value: 'o-2' }] }),
    ]);
  });

  it('chooses the event type by condition and keeps refund totals positive', () => {
    const [event] = eventsOf(map(line('C1', 'a', '', '-2', '2.55', '12/1/2010 8:26', 'ada')));
    expect(event).toMatchObject({ type: 'order.refunded', data: { orderId: 'C1', total: 5.1 } });
  });

  it('takes a value that names nobody for a missing one', () => {
    const [event] = eventsOf(map(line('1', 'a', '', '1', '1', '12/1/2010 8:26', 'NULL')));
    expect(event?.identities).toEqual([{ namespace: 'anonymous', value: 'o-1' }]);
  });

  it('drops with a reason, without breaking the group', () => {
    const outcomes = map(
      line('1', 'a', '', '1', '1', '12/1/2010 8:26'),
      line('1', 'b', '', '1', '0', '12/1/2010 8:26'),
      line('1', 'c', '', '1', '1', '12/1/2010 8:26'),
      line('2', 'd', '', '1', '0', '12/1/2010 8:26'),
    );
    expect(outcomes.filter((o) => o.kind === 'dropped')).toEqual([
      { kind: 'dropped', row: 3, lines: 1, reason: 'free' },
      { kind: 'dropped', row: 5, lines: 1, reason: 'free' },
    ]);
    expect(eventsOf(outcomes)).toMatchObject([{ data: { total: 2 }, lines: 2 }]);
    expect(linesOf(outcomes)).toBe(4);
  });

  it('names row, column and value of a bad cell, and never sends an order that lacks a line', () => {
    const outcomes = map(
      line('1', 'a', '', '1', '1', '12/1/2010 8:26'),
      line('1', 'b', '', 'x', '1', '13/1/2010 8:26'),
      line('1', 'c', '', '1', '1', '12/1/2010 8:26'),
      line('2', 'd', '', '1', '1', '12/1/2010 8:26'),
    );
    expect(problemsOf(outcomes).map(describeProblem)).toEqual([
      'row 3: column qty: "x" is not a whole number',
      'row 3: column when: "13/1/2010 8:26" is not a date as M/d/yyyy H:mm that the clocks of UTC showed',
      expect.stringContaining('rows 2-4: order 1 is not sent'),
    ]);
    expect(eventsOf(outcomes).map((event) => event.id)).toEqual(['o:2']);
    expect(linesOf(outcomes)).toBe(4);
  });

  it('does not send the groups beside an unreadable row, nor beside one without its group column', () => {
    const good = (order: string) => line(order, 'a', '', '1', '1', '12/1/2010 8:26');
    for (const gap of ['3 cells, but the header has 7', line('', 'a', '', '1', '1', '12/1/2010 8:26')]) {
      const outcomes = map(good('1'), good('2'), gap, good('3'), good('4'));
      expect(eventsOf(outcomes).map((event) => event.id)).toEqual(['o:1', 'o:4']);
      expect(
        problemsOf(outcomes)
          .map((problem) => problem.kind)
          .sort(),
      ).toContain('brokenGroup');
      expect(linesOf(outcomes)).toBe(5);
    }
  });

  it('notices a group that comes back, because its event would pass for a repetition', () => {
    const good = (order: string) => line(order, 'a', '', '1', '1', '12/1/2010 8:26');
    const outcomes = map(good('1'), good('2'), good('1'));
    expect(problemsOf(outcomes)).toMatchObject([{ kind: 'repeatedId', id: 'o:1', rows: { first: 4, last: 4 } }]);
    expect(linesOf(outcomes)).toBe(3);
  });

  it('reports what the door would refuse, with its place', () => {
    const [problem] = problemsOf(map(line('1', 'a', '', '-2', '1', '12/1/2010 8:26')));
    expect(problem).toMatchObject({ kind: 'invalidEvent', type: 'order.placed', pointer: '/total' });
  });

  it('stops keeping lines of a group without end', () => {
    const rows = Array.from({ length: MAX_GROUP_LINES + 5 }, () => line('1', 'a', '', '1', '1', '12/1/2010 8:26'));
    const outcomes = map(...rows);
    expect(problemsOf(outcomes)).toMatchObject([{ kind: 'longGroup', lines: MAX_GROUP_LINES + 5 }]);
  });

  it('cuts items that do not fit an event, names first, and says how many; the total counts all', () => {
    const order = (lines: number) =>
      eventsOf(
        map(
          ...Array.from({ length: lines }, (_, i) =>
            line('1', `sku-${i}`, 'A long name of a product, over and over', '1', '1', '12/1/2010 8:26'),
          ),
        ),
      )[0];
    const short = order(50);
    expect(short?.data.items).toHaveLength(50);
    expect(JSON.stringify(short)).toContain('A long name');
    const middle = order(450);
    expect(middle).toMatchObject({ itemsOmitted: 0, data: { total: 450 } });
    expect(JSON.stringify(middle)).not.toContain('A long name');
    const long = order(1114);
    expect(long?.data.total).toBe(1114);
    expect(long?.data.items).toHaveLength(1114 - (long?.itemsOmitted ?? 0));
    expect(long?.itemsOmitted).toBeGreaterThan(500);
    expect(long?.data.itemsOmitted).toBe(long?.itemsOmitted);
    expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThan(32 * 1024);
  });

  it('gives the same events for the same rows, whatever went before', () => {
    const compiled = compileExample();
    const rows = Array.from({ length: 40 }, (_, i) =>
      line(String(Math.floor(i / 3)), 'a', '', '1', String(i % 5), '12/1/2010 8:26', i % 2 ? 'ada' : ''),
    );
    expect(mapAll(compiled, rows)).toEqual(mapAll(compiled, rows));
  });
});

describe('other shapes', () => {
  const ungrouped = {
    name: 'clicks',
    columns: {
      url: { type: 'text', names: ['page.url', 'url'] },
      at: { type: 'date', formats: ['iso'] },
      mail: { type: 'text' },
      cust: { type: 'text' },
      country: { type: 'text', optional: true },
      amount: { type: 'number' },
    },
    events: [
      {
        when: { all: [{ column: 'url', present: true }, { not: { column: 'url', startsWith: '/admin' } }] },
        type: 'custom.page.read',
        id: '{url} {row}',
        at: 'at',
        identities: {
          all: [
            { namespace: 'customer', value: '{cust}' },
            { namespace: 'email', value: '{mail}' },
          ],
        },
        consent: { analytics: 'in' },
        context: { source: 'import' },
        data: {
          url: 'https://x{url}',
          country: { $translate: 'country', values: { UK: 'GB' }, otherwise: 'other' },
          spent: { $number: 'amount', negate: true, decimals: 1 },
          nested: { seen: '{at}', braces: '{{ok}}', none: '{amount}' },
          lines: { $count: 'lines' },
        },
      },
    ],
  };

  it('maps every row alone, with nested names, all identities, translation and context', () => {
    const [outcome] = mapAll(compileExample(ungrouped), [
      { page: { url: '/a' }, at: '2011-01-01T00:00:00Z', mail: 'ADA@x.org ', cust: '7', country: 'UK', amount: 2.25 },
    ]);
    expect(outcome).toMatchObject({
      kind: 'event',
      event: {
        id: expect.stringMatching(/^h-[0-9a-f]{32}$/),
        identities: [
          { namespace: 'customer', value: '7' },
          { namespace: 'email', value: 'ada@x.org' },
        ],
        consent: { analytics: 'in' },
        context: { source: 'import' },
        data: {
          url: 'https://x/a',
          country: 'GB',
          spent: -2.3,
          nested: { seen: '2011-01-01T00:00:00.000Z', braces: '{ok}', none: 2.25 },
          lines: 1,
        },
      },
    });
  });

  it('counts rows that no rule wants, and refuses events without time or person', () => {
    const at = '2011-01-01T00:00:00Z';
    const outcomes = mapAll(compileExample(ungrouped), [
      { url: '/admin/x', at, cust: '7' },
      { at, cust: '7' },
      { url: '/a', cust: '7' },
      { url: '/a', at },
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'dropped', reason: NO_RULE },
      { kind: 'dropped', reason: NO_RULE },
      { kind: 'problem', problem: { kind: 'noDate', column: 'at' } },
      { kind: 'problem', problem: { kind: 'noIdentity' } },
    ]);
  });

  it('finds the columns a header lacks', () => {
    expect(missingColumns(compileExample(ungrouped), ['at', 'url', 'mail', 'amount'])).toEqual(['cust']);
    expect(missingColumns(compileExample(EXAMPLE), ['order', 'sku'])).toEqual(['label', 'qty', 'price', 'when', 'who']);
  });
});

describe('header names that differ in spelling', () => {
  const loose = compileExample({ ...EXAMPLE, looseNames: true });
  const shouted = (raw: RawRow): RawRow =>
    Object.fromEntries(Object.entries(raw).map(([name, value]) => [`${name.toUpperCase()} `, value]));
  const row = line('1', 'a', 'Cup', '2', '2.55', '12/1/2010 8:26', 'ada');

  it('are the same where the mapping says so', () => {
    expect(missingColumns(loose, Object.keys(shouted(row)))).toEqual([]);
    expect(eventsOf(mapAll(loose, [shouted(row)]))).toEqual(eventsOf(mapAll(loose, [row])));
    expect(eventsOf(mapAll(loose, [shouted(row)]))).toHaveLength(1);
  });

  it('are other columns where it does not', () => {
    expect(missingColumns(compileExample(), Object.keys(shouted(row))).length).toBeGreaterThan(0);
  });

  it('may change from row to row, as in NDJSON', () => {
    const second = line('2', 'a', 'Cup', '2', '2.55', '12/1/2010 8:26', 'ada');
    expect(eventsOf(mapAll(loose, [row, shouted(second)])).map(({ id }) => id)).toEqual(['o:1', 'o:2']);
  });
});

it('a condition may look for a part of a text', () => {
  const when = { column: 'label', contains: 'Cup' };
  const outcomes = mapAll(compileExample({ ...EXAMPLE, drop: [{ reason: 'cups', when }] }), [
    line('1', 'a', 'Tea Cup', '2', '2.55', '12/1/2010 8:26', 'ada'),
    line('2', 'a', 'Plate', '2', '2.55', '12/1/2010 8:26', 'ada'),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['dropped', 'event']);
});
