import type { Instant, SourceId } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';

/** What one source said of an attribute last; null: that there is none. */
export interface SaidValue {
  readonly value: JsonValue;
  readonly at: Instant;
  /** Absent in what was stored before sources were told apart. */
  readonly source?: SourceId;
}

/** The newest that was said of an attribute through one strand, and what other sources said last, newest first. */
export interface StoredValue extends SaidValue {
  readonly others?: readonly SaidValue[];
}

/** Sources told apart for each attribute of a strand; of more, the newest count. */
const SOURCES_KEPT = 5;

/** Everything that is stored, newest first, each source once. */
export function saidValues({ others = [], ...newest }: StoredValue): readonly SaidValue[] {
  return [newest, ...others];
}

/** Adds what a source said; null: that source has said something newer. Of equal times, the last to arrive counts. */
export function storeValue(held: StoredValue | undefined, said: SaidValue): StoredValue | null {
  const known = held ? saidValues(held) : [];
  const before = known.find(({ source }) => source === said.source);
  if (before && before.at > said.at) return null;
  return packed([said, ...known.filter((one) => one !== before)]);
}

/** Both together: the newest of each source. */
export function joinValues(held: StoredValue | undefined, other: StoredValue): StoredValue {
  let joined: StoredValue = held ?? other;
  for (const said of saidValues(other)) {
    const known = saidValues(joined).find(({ source }) => source === said.source);
    if (!known || known.at < said.at) joined = storeValue(joined, said) ?? joined;
  }
  return joined;
}

/** The sort is stable, so of equal times the first in the list stays first. */
function packed(values: readonly SaidValue[]): StoredValue {
  const [newest, ...others] = [...values].sort((a, b) => b.at - a.at).slice(0, SOURCES_KEPT) as [
    SaidValue,
    ...SaidValue[],
  ];
  return others.length === 0 ? newest : { ...newest, others };
}
