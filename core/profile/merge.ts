import type { Instant } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { RecentView, StoredValue, Strand } from './strand.ts';

/** The person's attributes: newest wins over all strands whose facts are here; null removes. Ties go to the earlier strand. */
export function mergedAttributes(strands: readonly Strand[]): ReadonlyMap<string, JsonValue> {
  const newest = new Map<string, StoredValue>();
  for (const strand of strands) {
    if (strand.state === 'gone') continue;
    for (const [name, stored] of Object.entries(strand.attributes)) {
      const held = newest.get(name);
      if (!held || stored.at > held.at) newest.set(name, stored);
    }
  }
  const merged = new Map<string, JsonValue>();
  for (const [name, stored] of newest) if (stored.value !== null) merged.set(name, stored.value);
  return merged;
}

/** Products last viewed on any device of the person, newest first, each once. */
export function mergedRecent(strands: readonly Strand[], keep: number): readonly RecentView[] {
  const newest = new Map<string, Instant>();
  for (const strand of strands) {
    if (strand.state === 'gone') continue;
    for (const view of strand.recent) {
      const held = newest.get(view.productId);
      if (held === undefined || view.at > held) newest.set(view.productId, view.at);
    }
  }
  return [...newest]
    .map(([productId, at]) => ({ productId, at }))
    .sort((a, b) => b.at - a.at)
    .slice(0, keep);
}
