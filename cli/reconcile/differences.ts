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

/** Of an observed segment. */
export interface MembersDifference {
  readonly segment: string;
  readonly before: number;
  readonly after: number;
}

/** What the profiles say about one observed segment. */
export interface CountedMembers {
  readonly members: number;
  /** Milliseconds: when the last one entered or left. */
  readonly newest: number;
}

/** The rollups as they stand in D1. */
export interface LiveRows {
  readonly events: ReadonlyMap<string, number>;
  readonly offers: ReadonlyMap<string, OfferCount>;
  readonly members: ReadonlyMap<string, number>;
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

/** Segments that somebody entered or left while we were reading, from `youngFrom` on, are not judged. */
export function compareMembers(
  live: Pick<LiveRows, 'members'>,
  counted: ReadonlyMap<string, CountedMembers>,
  youngFrom: number,
): readonly MembersDifference[] {
  return [...counted].sort().flatMap(([segment, { members, newest }]) => {
    const before = live.members.get(segment) ?? 0;
    return before === members || newest >= youngFrom ? [] : [{ segment, before, after: members }];
  });
}
