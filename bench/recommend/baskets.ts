import { openSource, readRows } from '../../cli/replay/read-rows.ts';
import type { JsonValue } from '../../core/lib/json.ts';
import { createRandom } from '../engine/workload/random.ts';

/** Orders in the order of time: distinct items each. */
export type Baskets = readonly (readonly string[])[];

/** Orders of a file in the layout of UCI's Online Retail: consecutive rows of one invoice. Cancellations and lines that are no goods do not count. */
export async function readBaskets(path: string): Promise<Baskets> {
  const file = await openSource(path, {}, undefined);
  const baskets = new Map<string, Set<string>>();
  const text = (value: JsonValue | undefined): string => String(value ?? '').trim();
  for await (const row of readRows(file, () => []).rows) {
    if (!('raw' in row)) continue;
    const invoice = text(row.raw.InvoiceNo ?? row.raw.Invoice);
    const item = text(row.raw.StockCode);
    if (!/^\d+$/.test(invoice) || !/^\d{5}/.test(item) || Number(row.raw.Quantity) <= 0) continue;
    const basket = baskets.get(invoice) ?? new Set();
    baskets.set(invoice, basket.add(item));
  }
  return [...baskets.values()].map((basket) => [...basket]);
}

/**
 * Made orders: 2,000 items of a skewed popularity in 120 groups that go together; an order is about one to three groups, and every fourth line is anything at all.
 * It says whether the method finds what is there, not how good it is in a shop.
 */
export function makeBaskets(orders: number, seed: number): Baskets {
  const random = createRandom(seed);
  const items = Array.from({ length: 2_000 }, (_, i) => `item-${i}`);
  const groups = Array.from({ length: 120 }, () => Array.from({ length: 18 }, () => random.pickSkewed(items)));
  return Array.from({ length: orders }, () => {
    const about = Array.from({ length: random.whole(1, 3) }, () => random.pickSkewed(groups));
    const lines = Array.from({ length: random.whole(2, 14) }, () =>
      random.chance(0.25) ? random.pickSkewed(items) : random.pickSkewed(random.pick(about)),
    );
    return [...new Set(lines)];
  });
}
