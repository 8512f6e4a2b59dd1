import type { Fact } from '../../core/event/event.ts';
import { type ShownOffer, shownOffer } from '../../core/interaction/shown-offer.ts';
import { hourOf } from '../../core/lib/instant.ts';
import { firstKeptHour, type KeptHours } from './kept-hours.ts';

/** Facts of one profile that count in the same rows: their ids, so that the reader can tell repeats from news. */
export interface FactGroup {
  /** Hour of arrival: where the archive keeps them. */
  readonly received: string;
  /** Hour in which they happened: where the rollups count them. */
  readonly hour: string;
  readonly source: string;
  readonly type: string;
  /** Of impressions and clicks. */
  readonly offer?: ShownOffer;
  /** Milliseconds: the newest arrival. */
  newest: number;
  readonly ids: string[];
}

export const OFFER_TYPES: ReadonlySet<string> = new Set(['proposition.displayed', 'proposition.clicked']);

/** Facts of hours that are not `kept` as a whole are left out: nothing can be held against them. */
export function createFactGroups(range: { readonly from: string; readonly to: string }, kept: KeptHours) {
  const groups = new Map<string, FactGroup>();
  const within = (hour: string) => hour >= range.from && hour <= range.to;
  const list: FactGroup[] = [];
  return {
    list: list as readonly FactGroup[],
    add(facts: readonly Fact[]): void {
      for (const fact of facts) {
        const [received, hour] = [hourOf(fact.receivedAt), hourOf(fact.at)];
        if ((!within(received) && !within(hour)) || hour < firstKeptHour(kept, fact.type)) continue;
        const offer = offerOf(fact);
        const key = JSON.stringify([received, hour, fact.source, fact.type, offer]);
        let group = groups.get(key);
        if (!group) {
          group = {
            received,
            hour,
            source: fact.source,
            type: fact.type,
            ...(offer ? { offer } : {}),
            newest: 0,
            ids: [],
          };
          groups.set(key, group);
          list.push(group);
        }
        group.newest = Math.max(group.newest, fact.receivedAt);
        group.ids.push(fact.id);
      }
    },
  };
}

/** As the rollup counts them. */
function offerOf(fact: Fact): FactGroup['offer'] {
  return OFFER_TYPES.has(fact.type) ? (shownOffer(fact) ?? undefined) : undefined;
}
