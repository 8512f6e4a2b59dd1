import type { Instant } from '../../core/lib/ids.ts';
import { HOUR_MS, hourOf } from '../../core/lib/instant.ts';
import { OWN_TYPES, type Retention } from '../../core/profile/retention.ts';

/** By event type, `custom.*` for own ones: the first hour of which facts are all still kept. What rollups count of before, profiles may have forgotten. */
export type KeptHours = ReadonlyMap<string, string>;

export function keptHours(retention: Retention, now: Instant): KeptHours {
  const first = (keptMs: number) => hourOf((now - keptMs + HOUR_MS - 1) as Instant);
  return new Map([...retention].map(([type, keptMs]) => [type, first(keptMs)]));
}

/** '' when every hour counts. */
export function firstKeptHour(kept: KeptHours, type: string): string {
  return kept.get(type) ?? (type.startsWith('custom.') ? kept.get(OWN_TYPES) : undefined) ?? '';
}
