import type { StitchedProfile } from '../../core/identity/replay/profiles.ts';
import { compareStamps } from '../../core/identity/replay/stamp.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import type { JsonObject, JsonValue } from '../../core/lib/json.ts';
import { describeRows } from '../../core/source/problem.ts';
import type { FiledEvent } from './stitch-files.ts';

/** One value that was said of a person, by whom and when. */
export interface SaidValue {
  readonly value: JsonValue;
  readonly at: string;
  readonly from: string;
}

/** An attribute for which one person has several values. */
export interface Contradiction {
  readonly person: readonly string[];
  readonly attribute: string;
  /** Oldest first; the last one holds: newest wins. */
  readonly values: readonly SaidValue[];
  readonly kept: JsonValue;
}

/** What the attributes of one profile contradict, under the merge policy of the product: newest wins, null removes. */
export function contradictionsOf(
  profile: StitchedProfile,
  events: ReadonlyMap<string, FiledEvent>,
): readonly Contradiction[] {
  const said = new Map<string, SaidValue[]>();
  const filed = profile.facts.flatMap(({ id }) => events.get(id) ?? []).sort((a, b) => compareStamps(a.stamp, b.stamp));
  for (const { event, file, stamp } of filed) {
    if (event.type !== 'profile.updated') continue;
    const from = `${file}, ${describeRows(event.rows)}`;
    for (const [name, value] of Object.entries((event.data.attributes ?? {}) as JsonObject)) {
      const values = said.get(name) ?? [];
      const one = { value, at: formatInstant(stamp.at as Instant), from };
      // The same again, however it is spelled, is no contradiction; its newest spelling is kept.
      said.set(name, [...values.filter((other) => plain(other.value) !== plain(value)), one]);
    }
  }
  return [...said].flatMap(([attribute, values]) => {
    const kept = values.at(-1)?.value ?? null;
    return values.length > 1 ? [{ person: profile.keys.toSorted(), attribute, values, kept }] : [];
  });
}

function plain(value: JsonValue): string {
  return typeof value === 'string' ? value.trim().toLowerCase() : JSON.stringify(value);
}
