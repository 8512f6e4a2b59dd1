import type { FactGroup } from './answers.schema.ts';

export interface OfferCount {
  impressions: number;
  clicks: number;
}

/** What the facts say, each counted once by (source, id) wherever it lies: about 150 bytes of memory per fact in the range. */
export interface FactBook {
  readonly facts: number;
  /** Facts that lie in two profiles. */
  readonly doubled: number;
  readonly events: ReadonlyMap<string, number>;
  readonly offers: ReadonlyMap<string, OfferCount>;
  /** Rows with facts that arrived while we were reading: not judged. */
  readonly moving: ReadonlySet<string>;
  /** Hour of arrival → fact key → object that has it. */
  readonly arrivals: ReadonlyMap<string, ReadonlyMap<string, string>>;
  has(key: string): boolean;
  add(object: string, group: FactGroup): void;
}

export interface BookOptions {
  readonly from: string;
  readonly to: string;
  /** Milliseconds: facts from here on may still be under way. */
  readonly youngFrom: number;
}

export function createFactBook({ from, to, youngFrom }: BookOptions): FactBook {
  const seen = new Set<string>();
  const events = new Map<string, number>();
  const offers = new Map<string, OfferCount>();
  const moving = new Set<string>();
  const arrivals = new Map<string, Map<string, string>>();
  const within = (hour: string) => hour >= from && hour <= to;
  let doubled = 0;

  function count(group: FactGroup, added: number, isYoung: boolean): void {
    const { hour, source, type, offer } = group;
    const row = rowKey(hour, source, type);
    events.set(row, (events.get(row) ?? 0) + added);
    if (isYoung) moving.add(row);
    if (!offer) return;
    const shown = rowKey(hour, offer.placement, offer.offer);
    const held = offers.get(shown) ?? { impressions: 0, clicks: 0 };
    if (type === 'proposition.clicked') held.clicks += added;
    else held.impressions += added;
    offers.set(shown, held);
    if (isYoung) moving.add(shown);
  }

  return {
    get facts() {
      return seen.size;
    },
    get doubled() {
      return doubled;
    },
    events,
    offers,
    moving,
    arrivals,
    has: (key) => seen.has(key),
    add(object, group) {
      const isYoung = group.newest >= youngFrom;
      const held = arrivals.get(group.received) ?? new Map<string, string>();
      let added = 0;
      for (const id of group.ids) {
        const key = factKey(group.source, id);
        if (seen.has(key)) {
          doubled++;
          continue;
        }
        seen.add(key);
        added++;
        if (within(group.received) && !isYoung) held.set(key, object);
      }
      if (held.size > 0) arrivals.set(group.received, held);
      if (within(group.hour)) count(group, added, isYoung);
    },
  };
}

export function factKey(source: string, id: string): string {
  return `${source}\n${id}`;
}

export function rowKey(hour: string, ...names: readonly string[]): string {
  return [hour, ...names].join('\n');
}
