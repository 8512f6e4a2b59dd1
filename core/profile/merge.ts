import type { Instant } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { Attribute } from './attribute.ts';
import { joinValues, type SaidValue, type StoredValue, saidValues } from './stored-value.ts';
import { countsHere, type RecentView, type Strand } from './strand.ts';

/** How the values of one attribute become one, as far as merging reads it. */
export type Merged = Pick<Attribute, 'type' | 'merge'>;

/**
 * The person's attributes over all strands whose facts are here. By default the newest value wins, and null removes. With an order of sources the first source that has
 * a value wins; null takes that source's value away, and sources without a place come after, newest first. Lists may be joined instead: every member that any
 * source says now, once. Objects are values like any other: the winner's counts whole. Ties go to the earlier strand.
 */
export function mergedAttributes(
  strands: readonly Pick<Strand, 'state' | 'attributes'>[],
  attributes: ReadonlyMap<string, Merged> = NO_POLICIES,
): ReadonlyMap<string, JsonValue> {
  const said = new Map<string, StoredValue>();
  for (const strand of strands) {
    if (!countsHere(strand)) continue;
    for (const [name, stored] of Object.entries(strand.attributes)) {
      const held = said.get(name);
      said.set(name, held ? joinValues(held, stored) : stored);
    }
  }
  const merged = new Map<string, JsonValue>();
  for (const [name, stored] of said) {
    const value = mergedValue(stored, attributes.get(name));
    if (value !== null) merged.set(name, value);
  }
  return merged;
}

const NO_POLICIES: ReadonlyMap<string, Merged> = new Map();
/** Members of a joined list. */
const LIST_KEPT = 100;

function mergedValue(stored: StoredValue, attribute: Merged | undefined): JsonValue {
  const merge = attribute?.merge;
  if (!merge || (merge.lists === 'replace' && merge.sources.length === 0)) return stored.value;
  const place = ({ source }: SaidValue) => {
    const at = source === undefined ? -1 : merge.sources.indexOf(source);
    return at < 0 ? merge.sources.length : at;
  };
  const present = saidValues(stored).filter(({ value }) => value !== null);
  const ordered = [...present].sort((a, b) => place(a) - place(b) || b.at - a.at);
  if (merge.sources.length === 0 && stored.value === null) return null;
  if (merge.lists === 'replace' || attribute?.type !== 'list') return ordered[0]?.value ?? null;
  const members = new Map<string, JsonValue>();
  for (const { value } of ordered)
    for (const member of Array.isArray(value) ? value : [value]) members.set(JSON.stringify(member), member);
  return members.size === 0 ? null : [...members.values()].slice(0, LIST_KEPT);
}

/** Products last viewed on any device of the person, newest first, each once. */
export function mergedRecent(strands: readonly Strand[], keep: number): readonly RecentView[] {
  const newest = new Map<string, Instant>();
  for (const strand of strands) {
    if (!countsHere(strand)) continue;
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
