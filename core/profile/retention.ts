import type { Instant } from '../lib/ids.ts';
import { DAY_MS } from '../lib/instant.ts';

/** How long facts are kept, by event type, in milliseconds. A type that is not named is kept for ever. */
export type Retention = ReadonlyMap<string, number>;

/** Stands for all own types that are not named themselves. */
export const OWN_TYPES = 'custom.*';

export function retentionOf(days: Readonly<Record<string, number>>): Retention {
  return new Map(Object.entries(days).map(([type, count]) => [type, count * DAY_MS]));
}

/** Facts of this type that happened before are kept no more; null: all are kept. */
export function keptSince(retention: Retention, type: string, now: Instant): Instant | null {
  const own = type.startsWith('custom.') ? retention.get(OWN_TYPES) : undefined;
  const keptMs = retention.get(type) ?? own;
  return keptMs === undefined ? null : ((now - keptMs) as Instant);
}

/** Types of which something is stored that is kept no more, by when the oldest of each happened. */
export function overdueTypes(
  oldest: ReadonlyMap<string, Instant>,
  retention: Retention,
  now: Instant,
): readonly { readonly type: string; readonly before: Instant }[] {
  return [...oldest].flatMap(([type, at]) => {
    const before = keptSince(retention, type, now);
    return before !== null && at < before ? [{ type, before }] : [];
  });
}
