import { err, ok, type Result } from '../../lib/result.ts';
import type { Price } from '../../model/recommend/item.ts';
import type { ItemProblem } from './item-problem.ts';

/** Currencies whose smallest unit is not a hundredth (ISO 4217, list one). */
const WITHOUT_CENTS = new Set('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' '));
const WITH_THOUSANDTHS = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));
const MAX_MINOR = 1e12;

/** Decimal places of a currency. */
export function minorDigits(currency: string): number {
  return WITHOUT_CENTS.has(currency) ? 0 : WITH_THOUSANDTHS.has(currency) ? 3 : 2;
}

/**
 * Reads `79.00 EUR`, `EUR 79`, or a bare number with the currency given beside it. The decimal sign is a point: `1,234` would be a thousand
 * to some and one and a bit to others, so a comma is refused.
 */
export function parsePrice(field: string, text: string, beside: string | null): Result<Price, ItemProblem> {
  const found = /^(?:([A-Za-z]{3})\s*)?([+-]?[0-9.,\s]*[0-9])(?:\s*([A-Za-z]{3}))?$/.exec(text);
  const bad = (detail: string) => err({ kind: 'badPrice', field, value: shown(text), detail } as const);
  if (!found || (found[1] && found[3])) return bad('is no price: write 79.00 EUR');
  const currency = (found[1] ?? found[3] ?? beside)?.toUpperCase();
  const number = found[2] ?? '';
  if (/[,\s]/.test(number)) return bad('has a comma or a space in the number: write 1234.50');
  if (number.startsWith('-')) return bad('is below zero');
  const parts = /^\+?(\d{1,12})(?:\.(\d+))?$/.exec(number);
  if (!parts) return bad('is no price: write 79.00 EUR');
  if (!currency) return err({ kind: 'noCurrency', field });
  const digits = minorDigits(currency);
  const decimals = (parts[2] ?? '').replace(/0+$/, '');
  if (decimals.length > digits) return bad(`has more than ${digits} decimals, which ${currency} does not have`);
  const amount = Number(`${parts[1]}${decimals.padEnd(digits, '0')}`);
  return amount > MAX_MINOR ? bad('is too large') : ok({ amount, currency });
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
