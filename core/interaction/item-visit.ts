import type { Instant } from '../lib/ids.ts';
import { readPath } from '../lib/json.ts';
import { GIFT_FIELDS, ITEM_EVENTS, isItemEvent, saysGift } from '../model/item-events.ts';
import type { VisitorAct } from '../model/recommend/visitor.ts';
import { purposeBit } from '../policy/purposes.ts';
import type { EffectMessage } from './effect-message.ts';

/** What one effect message says about items: plain data for whoever counts them. */
export interface ItemVisit {
  /** Of the message: counted once, however often it comes. */
  readonly id: string;
  /** See `EffectMessage.minute`. */
  readonly minute: number;
  readonly visitor: string;
  /** In order of time. */
  readonly acts: readonly ItemAct[];
}

export interface ItemAct {
  readonly act: VisitorAct;
  readonly at: Instant;
  readonly items: readonly string[];
  readonly isGift: boolean;
}

const TASTE = purposeBit('personalization');

/** Only what was collected for personalization counts. Null: nothing does. */
export function itemVisit({ id, minute, profile, facts }: EffectMessage): ItemVisit | null {
  const acts = facts.flatMap(({ type, at, data, purposes }): readonly ItemAct[] => {
    if (!isItemEvent(type) || (purposes & TASTE) === 0) return [];
    const { act, item, isList } = ITEM_EVENTS[type];
    const [first = '', ...rest] = item;
    const lines = isList ? data[first] : [data];
    const items = Array.isArray(lines)
      ? lines.map((line) => readPath(line, isList ? rest : item)).filter((each) => typeof each === 'string')
      : [];
    return items.length === 0 ? [] : [{ act, at, items, isGift: GIFT_FIELDS.some((field) => saysGift(data[field])) }];
  });
  if (acts.length === 0) return null;
  return { id, minute, visitor: profile, acts: acts.sort((a, b) => a.at - b.at) };
}
