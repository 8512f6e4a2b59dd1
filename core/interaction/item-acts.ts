import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { GIFT_FIELDS, ITEM_EVENTS, isItemEvent, saysGift } from '../model/item-events.ts';
import type { VisitorRow } from '../model/recommend/visitor.ts';
import { type PurposeMask, purposeBit } from '../policy/purposes.ts';
import type { Log } from '../segment/runtime/log/log.ts';
import { columnValue, type LogColumn } from '../segment/runtime/log/log-column.ts';

const TASTE = purposeBit('personalization');

/**
 * What the person did with items, the newest first, over all strands that count. What was not collected for personalization, or is withdrawn, says nothing about
 * taste: views and carts of it are left out, and what was bought only keeps it from being shown again, as what was bought for others does.
 */
export function itemActs(log: Log, withdrawn: (strand: number) => PurposeMask): readonly VisitorRow[] {
  const most = limit('visitorItemRows');
  const gifts = GIFT_FIELDS.flatMap((field) => columnAt(log, [field]) ?? []);
  const columns = new Map(Object.entries(ITEM_EVENTS).map(([type, { item }]) => [type, columnAt(log, item)]));
  const hidden = new Map<number, PurposeMask>();
  const rows: VisitorRow[] = [];
  for (let row = log.length - 1; row >= 0; row--) {
    const type = columnValue(log.type, row);
    if (typeof type !== 'string' || !isItemEvent(type)) continue;
    const { act } = ITEM_EVENTS[type];
    // What was bought is not shown again, however much was looked at since.
    if (rows.length >= most && act !== 'bought') continue;
    const strand = log.strand[row] as number;
    const gone = hidden.get(strand) ?? withdrawn(strand);
    hidden.set(strand, gone);
    const isOpen = ((log.purposes[row] as number) & ~gone & TASTE) !== 0;
    if (!isOpen && act !== 'bought') continue;
    const isGift = !isOpen || gifts.some((column) => saysGift(columnValue(column, row)));
    const column = columns.get(type);
    const named = column ? columnValue(column, row) : null;
    const at = log.at[row] as Instant;
    for (const item of Array.isArray(named) ? named : [named])
      if (typeof item === 'string') rows.push(isGift ? { item, at, kind: act, gift: true } : { item, at, kind: act });
  }
  return rows;
}

/** Undefined: the program keeps no such field. */
function columnAt({ plan, columns }: Log, steps: readonly string[]): LogColumn | undefined {
  const wanted = JSON.stringify(steps);
  return columns[plan.columns.findIndex((column) => JSON.stringify(column.steps) === wanted)];
}
