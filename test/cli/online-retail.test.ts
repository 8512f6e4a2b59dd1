import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WireEvent } from '../../core/interaction/wire.ts';
import { countOnlineRetail } from '../support/online-retail-counts.ts';
import { personOf } from './collect-endpoint.ts';
import { ReplayRig, SAMPLE } from './replay-run.ts';

let rig: ReplayRig;
beforeEach(async () => {
  rig = new ReplayRig();
  await rig.start();
});
afterEach(() => rig.stop());

const QUESTIONS = { atMs: null, lapsedDays: 90, spent: 300, basket: 200 };
const DAY_MS = 86_400_000;

/** The questions of the independent count, asked of what arrived. */
function countArrived(events: readonly WireEvent[], atMs: number) {
  const orders = events.filter((event) => event.type === 'order.placed');
  const byCustomer = new Map<string, WireEvent[]>();
  for (const order of orders) byCustomer.set(personOf(order), [...(byCustomer.get(personOf(order)) ?? []), order]);
  const customers = [...byCustomer].filter(([person]) => person.startsWith('customer:')).map(([, placed]) => placed);
  const totals = (placed: readonly WireEvent[]) => placed.map((event) => Number(event.data.total));
  return {
    orders: orders.length,
    refunds: events.length - orders.length,
    ordersWithoutCustomer: orders.filter((event) => personOf(event).startsWith('anonymous:')).length,
    customers: new Set(events.map(personOf).filter((person) => person.startsWith('customer:'))).size,
    buyers: customers.length,
    repeatBuyers: customers.filter((placed) => placed.length >= 2).length,
    lapsedBuyers: customers.filter(
      (placed) => atMs - Math.max(...placed.map((e) => Date.parse(e.occurredAt))) > 90 * DAY_MS,
    ).length,
    bigSpenders: customers.filter((placed) => totals(placed).reduce((a, b) => a + b, 0) >= QUESTIONS.spent - 1e-9)
      .length,
    bigBasketBuyers: customers.filter((placed) => Math.max(...totals(placed)) >= QUESTIONS.basket).length,
  };
}

describe('Online Retail', () => {
  it('arrives as an independent count of the file says', async () => {
    expect(await rig.run({ file: SAMPLE, mapping: 'online-retail' })).toBe(0);
    const counted = await countOnlineRetail(SAMPLE, QUESTIONS);
    expect(counted).toMatchObject({
      rows: 545,
      orders: 45,
      refunds: 18,
      customers: 50,
      droppedLines: { stockAdjustment: 12, free: 4 },
    });
    const arrived = countArrived([...rig.endpoint.stored.values()], Date.parse(counted.lapsedAt));
    expect(counted).toMatchObject(arrived);
    expect(arrived.repeatBuyers).toBeGreaterThan(0);
    expect(arrived.bigBasketBuyers).toBeGreaterThan(0);
    expect(rig.endpoint.violations).toEqual([]);
  });

  it('gives the same events for the other spelling of dates and ids', async () => {
    const iso = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
C536379,D,Discount,-1,2011-07-01 09:41:00,27.5,14527.0,United Kingdom
`;
    const american = iso
      .replaceAll('2010-12-01 08:26:00', '12/1/2010 8:26')
      .replaceAll('2011-07-01 09:41:00', '7/1/2011 9:41')
      .replaceAll('.0,United', ',United');
    await rig.run({ file: await rig.write('iso.csv', iso), mapping: 'online-retail' });
    const first = [...rig.endpoint.stored.values()];
    await rig.run({ file: await rig.write('us.csv', american), mapping: 'online-retail' });
    expect(rig.endpoint.duplicates).toBe(2);
    expect(first).toEqual([
      {
        id: 'online-retail:536365',
        type: 'order.placed',
        occurredAt: '2010-12-01T08:26:00.000Z',
        identities: [{ namespace: 'customer', value: '17850' }],
        context: { country: 'United Kingdom' },
        data: {
          orderId: '536365',
          total: 35.64,
          currency: 'GBP',
          items: [
            { productId: '85123A', name: 'WHITE HANGING HEART T-LIGHT HOLDER', price: 2.55, quantity: 6 },
            { productId: '71053', name: 'WHITE METAL LANTERN', price: 3.39, quantity: 6 },
          ],
        },
      },
      expect.objectContaining({
        type: 'order.refunded',
        occurredAt: '2011-07-01T08:41:00.000Z',
        data: {
          orderId: 'C536379',
          total: 27.5,
          currency: 'GBP',
          items: [{ productId: 'D', name: 'Discount', price: 27.5, quantity: 1 }],
        },
      }),
    ]);
  });

  it('counts adjustments, free lines and debts by their reason, and keeps postage and bank charges', async () => {
    const file = await rig.write(
      'lines.csv',
      `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,POST,POSTAGE,1,12/1/2010 8:26,18,12583,France
1,BANK CHARGES,Bank Charges,1,12/1/2010 8:26,15,12583,France
1,22841,ROUND CAKE TIN,1,12/1/2010 8:26,0,12583,France
2,21777,,-10,12/1/2010 8:27,0,,United Kingdom
A563185,B,Adjust bad debt,1,8/12/2011 14:50,11062.06,,United Kingdom
A563186,B,Adjust bad debt,1,8/12/2011 14:51,-11062.06,,United Kingdom
3,22423,REGENCY CAKESTAND,1,12/1/2010 8:30,10.95,,Unspecified
`,
    );
    expect(await rig.run({ file, mapping: 'online-retail' })).toBe(0);
    expect([...rig.endpoint.stored.values()].map((e) => [e.id, e.data.total, personOf(e), e.context?.country])).toEqual(
      [
        ['online-retail:1', 33, 'customer:12583', 'France'],
        ['online-retail:3', 10.95, 'anonymous:invoice-3', undefined],
      ],
    );
    expect(rig.output).toMatch(/bad debt adjustment.*2\n/);
    expect(rig.output).toMatch(/stock adjustment.*1\n/);
    expect(rig.output).toMatch(/free line.*1\n/);
  });
});
