import type { FactBook, OfferCount } from './fact-book.ts';

export interface EventDifference {
  readonly hour: string;
  readonly source: string;
  readonly type: string;
  readonly before: number;
  readonly after: number;
}

export interface OfferDifference {
  readonly hour: string;
  readonly placement: string;
  /** '' is the fallback. */
  readonly offer: string;
  readonly before: OfferCount;
  readonly after: OfferCount;
}

/** The rollups as they stand in D1. */
export interface LiveRows {
  readonly events: ReadonlyMap<string, number>;
  readonly offers: ReadonlyMap<string, OfferCount>;
}

export function compareEvents(live: LiveRows, book: FactBook): readonly EventDifference[] {
  return [...new Set([...live.events.keys(), ...book.events.keys()])].sort().flatMap((row) => {
    const [before, after] = [live.events.get(row) ?? 0, book.events.get(row) ?? 0];
    if (before === after || book.moving.has(row)) return [];
    const [hour = '', source = '', type = ''] = row.split('\n');
    return [{ hour, source, type, before, after }];
  });
}

export function compareOffers(live: LiveRows, book: FactBook): readonly OfferDifference[] {
  const none: OfferCount = { impressions: 0, clicks: 0 };
  return [...new Set([...live.offers.keys(), ...book.offers.keys()])].sort().flatMap((row) => {
    const [before, after] = [live.offers.get(row) ?? none, book.offers.get(row) ?? none];
    if ((before.impressions === after.impressions && before.clicks === after.clicks) || book.moving.has(row)) return [];
    const [hour = '', placement = '', offer = ''] = row.split('\n');
    return [{ hour, placement, offer, before, after }];
  });
}
