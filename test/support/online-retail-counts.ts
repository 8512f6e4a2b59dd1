import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse';

/**
 * Counts an Online Retail file by itself, for checks of the replay and of the engine's segments. On purpose it shares
 * nothing with the mapping: its own dates, its own sums, its own idea of what an order is.
 *
 *   node test/support/online-retail-counts.ts FILE [--at 2011-12-09T12:50:00Z] [--lapsed-days 90] [--spent 1000] [--basket 300]
 */
export interface CountQuestions {
  /** The instant at which lapsed customers are counted, ms since 1970. Null: the last order or refund of the file. */
  readonly atMs: number | null;
  readonly lapsedDays: number;
  /** GBP, inclusive: all orders of a customer together, refunds not taken off. */
  readonly spent: number;
  /** GBP, inclusive: one order. */
  readonly basket: number;
}

export interface OnlineRetailCounts {
  readonly rows: number;
  /** Invoices without C that keep a line: what should be order.placed. */
  readonly orders: number;
  readonly refunds: number;
  /** Orders and refunds without a CustomerID. */
  readonly ordersWithoutCustomer: number;
  readonly refundsWithoutCustomer: number;
  /** CustomerIDs with an order or a refund. */
  readonly customers: number;
  /** CustomerIDs with an order. */
  readonly buyers: number;
  readonly repeatBuyers: number;
  /** Buyers whose last order is more than `lapsedDays` x 24 h before `at`. */
  readonly lapsedBuyers: number;
  readonly bigSpenders: number;
  readonly bigBasketBuyers: number;
  readonly revenue: number;
  readonly refunded: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly lapsedAt: string;
  /** By cause; one row counts once. */
  readonly droppedLines: Readonly<Record<'badDebt' | 'stockAdjustment' | 'free' | 'other', number>>;
}

interface Invoice {
  readonly customer: string;
  readonly atMs: number;
  readonly isRefund: boolean;
  total: number;
}

export async function countOnlineRetail(path: string, questions: CountQuestions): Promise<OnlineRetailCounts> {
  const invoices = new Map<string, Invoice>();
  const droppedLines = { badDebt: 0, stockAdjustment: 0, free: 0, other: 0 };
  let rows = 0;
  const parser = parse({ columns: true, bom: true });
  pipeline(createReadStream(path), parser, () => undefined);
  for await (const row of parser as AsyncIterable<Readonly<Record<string, string>>>) {
    rows++;
    const number = (row.InvoiceNo ?? row.Invoice ?? '').trim();
    const quantity = Number(row.Quantity);
    const price = Number(row.UnitPrice ?? row.Price);
    const isRefund = number.charAt(0) === 'C';
    if (number.charAt(0) === 'A') droppedLines.badDebt++;
    else if (!isRefund && quantity < 1) droppedLines.stockAdjustment++;
    else if (price === 0) droppedLines.free++;
    else if (price < 0 || (isRefund && quantity >= 0)) droppedLines.other++;
    else {
      let invoice = invoices.get(number);
      if (!invoice) {
        const customer = (row.CustomerID ?? row['Customer ID'] ?? '').trim().replace(/\.0$/, '');
        invoice = { customer, atMs: londonMs((row.InvoiceDate ?? '').trim()), isRefund, total: 0 };
        invoices.set(number, invoice);
      }
      invoice.total += quantity * price;
    }
  }
  return summarise([...invoices.values()], rows, droppedLines, questions);
}

function summarise(
  invoices: readonly Invoice[],
  rows: number,
  droppedLines: OnlineRetailCounts['droppedLines'],
  questions: CountQuestions,
): OnlineRetailCounts {
  const buyers = new Map<string, { orders: number; spent: number; biggest: number; lastMs: number }>();
  const customers = new Set<string>();
  const times = invoices.map((invoice) => invoice.atMs);
  const firstMs = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const lastMs = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const atMs = questions.atMs ?? lastMs;
  for (const { customer, atMs: orderMs, isRefund, total } of invoices) {
    if (customer === '') continue;
    customers.add(customer);
    if (isRefund) continue;
    const amount = pence(total);
    const buyer = buyers.get(customer) ?? { orders: 0, spent: 0, biggest: 0, lastMs: orderMs };
    buyer.orders++;
    buyer.spent += amount;
    buyer.biggest = Math.max(buyer.biggest, amount);
    buyer.lastMs = Math.max(buyer.lastMs, orderMs);
    buyers.set(customer, buyer);
  }
  const orders = invoices.filter((invoice) => !invoice.isRefund);
  const refunds = invoices.filter((invoice) => invoice.isRefund);
  const people = [...buyers.values()];
  return {
    rows,
    orders: orders.length,
    refunds: refunds.length,
    ordersWithoutCustomer: orders.filter((order) => order.customer === '').length,
    refundsWithoutCustomer: refunds.filter((refund) => refund.customer === '').length,
    customers: customers.size,
    buyers: buyers.size,
    repeatBuyers: people.filter((buyer) => buyer.orders >= 2).length,
    lapsedBuyers: people.filter((buyer) => atMs - buyer.lastMs > questions.lapsedDays * 86_400_000).length,
    bigSpenders: people.filter((buyer) => pence(buyer.spent) >= questions.spent).length,
    bigBasketBuyers: people.filter((buyer) => buyer.biggest >= questions.basket).length,
    revenue: pence(orders.reduce((sum, order) => sum + pence(order.total), 0)),
    refunded: pence(-refunds.reduce((sum, refund) => sum + pence(refund.total), 0)),
    firstAt: new Date(firstMs).toISOString(),
    lastAt: new Date(lastMs).toISOString(),
    lapsedAt: new Date(atMs).toISOString(),
    droppedLines,
  };
}

function pence(pounds: number): number {
  return Number(pounds.toFixed(2));
}

/** Both spellings of the date, as the clocks of London showed it: summer time from the last Sunday of March to that of October, at 01:00 UTC. */
function londonMs(text: string): number {
  const us = /^(\d+)\/(\d+)\/(\d{4}) (\d+):(\d+)/.exec(text);
  const iso = /^(\d{4})-(\d+)-(\d+)[ T](\d+):(\d+)(?::(\d+))?/.exec(text);
  const parts = us ? [us[3], us[1], us[2], us[4], us[5], '0'] : iso ? iso.slice(1, 7) : null;
  if (!parts) throw new Error(`not a date: ${text}`);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map((part) => Number(part ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const asSummer = local - 3_600_000;
  return asSummer >= lastSunday(year, 3) && asSummer < lastSunday(year, 10) ? asSummer : local;
}

function lastSunday(year: number, month: number): number {
  const end = new Date(Date.UTC(year, month, 0, 1));
  return end.getTime() - end.getUTCDay() * 86_400_000;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      at: { type: 'string' },
      'lapsed-days': { type: 'string', default: '90' },
      spent: { type: 'string', default: '1000' },
      basket: { type: 'string', default: '300' },
    },
  });
  const path = positionals[0];
  if (path === undefined) throw new Error('Which file? node test/support/online-retail-counts.ts FILE');
  const atMs = values.at === undefined ? null : Date.parse(values.at);
  const counts = await countOnlineRetail(path, {
    atMs,
    lapsedDays: Number(values['lapsed-days']),
    spent: Number(values.spent),
    basket: Number(values.basket),
  });
  process.stdout.write(`${JSON.stringify(counts, null, 2)}\n`);
}
