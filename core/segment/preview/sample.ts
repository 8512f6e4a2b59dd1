import type { Instant, ProfileId } from '../../lib/ids.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { type SampleKey, sampleRank } from './sample-key.ts';

/** What a sample has to know of a row. */
export interface Sampled {
  readonly profile: ProfileId;
  /** When the profile was copied: what it did later is not in the row. */
  readonly takenAt: Instant;
}

export interface SampleEntry<Row extends Sampled> {
  /** `sampleRank` of the row's profile. */
  readonly rank: number;
  readonly row: Row;
}

/**
 * A bottom-k sample: every live profile whose rank is at most `limit`, and at most k of them (Cohen, Kaplan: "Summarizing data using
 * bottom-k sketches", PODC 2007; with the limit of its own: the Theta sketch of Dasgupta, Lang, Rhodes, Thaler, ICDT 2016). Whoever is in
 * depends on ids and key alone: not on the order of arrival, and not on how profiles were spread over shards.
 */
export interface ProfileSample<Row extends Sampled> {
  /** At least 2. */
  readonly k: number;
  /** `SampleKey.id`. */
  readonly key: string;
  /**
   * null: nobody was ever left out, the entries are everybody. Else the rank of the last entry at the time when somebody was; removing profiles
   * does not raise it, because who lies above is not known any more.
   */
  readonly limit: number | null;
  /** By rising rank, then id. */
  readonly entries: readonly SampleEntry<Row>[];
}

/** Age of what a sample shows. */
export interface Freshness {
  readonly oldest: Instant;
  readonly median: Instant;
  readonly newest: Instant;
}

/** The sample of these rows. Of two rows of one profile the newer one counts; of equally old ones the first. */
export function createSample<Row extends Sampled>(
  k: number,
  key: SampleKey,
  rows: Iterable<Row> = [],
): ProfileSample<Row> {
  if (!Number.isSafeInteger(k) || k < 2) throw new RangeError('a sample has room for 2 rows at least');
  const entries = Array.from(rows, (row) => ({ rank: sampleRank(key, row.profile), row }));
  return trimmed(k, key.id, null, newestOf(entries));
}

/** Would a row of this rank be kept? Asked before a profile is read for the sample. */
export function acceptsRank(sample: ProfileSample<Sampled>, rank: number): boolean {
  if (sample.limit !== null && rank > sample.limit) return false;
  const last = sample.entries.at(-1);
  return sample.entries.length < sample.k || last === undefined || rank <= last.rank;
}

/** Adds a profile, or replaces its row by a newer one. */
export function insertRow<Row extends Sampled>(
  sample: ProfileSample<Row>,
  key: SampleKey,
  row: Row,
): ProfileSample<Row> {
  const entry = { rank: rankFor(sample, key, row.profile), row };
  if (sample.limit !== null && entry.rank > sample.limit) return sample;
  const place = placeOf(sample.entries, entry.rank, row.profile);
  const held = sample.entries[place];
  if (held?.row.profile === row.profile) {
    return row.takenAt > held.row.takenAt ? { ...sample, entries: sample.entries.with(place, entry) } : sample;
  }
  return trimmed(sample.k, sample.key, sample.limit, sample.entries.toSpliced(place, 0, entry));
}

/** A profile that exists no more. The sample shrinks: see `isDepleted`. */
export function removeProfile<Row extends Sampled>(
  sample: ProfileSample<Row>,
  key: SampleKey,
  profile: ProfileId,
): ProfileSample<Row> {
  const place = placeOf(sample.entries, rankFor(sample, key, profile), profile);
  if (sample.entries[place]?.row.profile !== profile) return sample;
  return { ...sample, entries: sample.entries.toSpliced(place, 1) };
}

/**
 * The sample of the union. Shards hold different profiles; one that is found in two (it moved) counts once, with its newer row. The smaller
 * k holds. Refused when the samples were drawn by different keys.
 */
export function mergeSamples<Row extends Sampled>(
  a: ProfileSample<Row>,
  b: ProfileSample<Row>,
): Result<ProfileSample<Row>, 'differentKey'> {
  if (a.key !== b.key) return err('differentKey');
  const limit = a.limit === null ? b.limit : b.limit === null ? a.limit : Math.min(a.limit, b.limit);
  const inside = [...a.entries, ...b.entries].filter(({ rank }) => limit === null || rank <= limit);
  return ok(trimmed(Math.min(a.k, b.k), a.key, limit, newestOf(inside)));
}

/** So many profiles were removed that the sample should be drawn again: less than half of k is left although there are more people. */
export function isDepleted(sample: ProfileSample<Sampled>): boolean {
  return sample.limit !== null && 2 * sample.entries.length < sample.k;
}

/** null: there are no rows. */
export function sampleFreshness(sample: ProfileSample<Sampled>): Freshness | null {
  const times = sample.entries.map(({ row }) => row.takenAt).sort((x, y) => x - y);
  const at = (place: number) => times[place] as Instant;
  if (times.length === 0) return null;
  return { oldest: at(0), median: at(times.length >> 1), newest: at(times.length - 1) };
}

function rankFor(sample: ProfileSample<Sampled>, key: SampleKey, profile: ProfileId): number {
  if (key.id !== sample.key) throw new Error('a sample and its rows need one key');
  return sampleRank(key, profile);
}

function compare(a: SampleEntry<Sampled>, b: SampleEntry<Sampled>): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.row.profile !== b.row.profile) return a.row.profile < b.row.profile ? -1 : 1;
  return b.row.takenAt - a.row.takenAt;
}

function newestOf<Row extends Sampled>(entries: readonly SampleEntry<Row>[]): readonly SampleEntry<Row>[] {
  const sorted = entries.toSorted(compare);
  return sorted.filter((entry, i) => entry.row.profile !== sorted[i - 1]?.row.profile);
}

function trimmed<Row extends Sampled>(
  k: number,
  key: string,
  limit: number | null,
  entries: readonly SampleEntry<Row>[],
): ProfileSample<Row> {
  if (entries.length <= k) return { k, key, limit, entries };
  const kept = entries.slice(0, k);
  return { k, key, limit: kept[k - 1]?.rank ?? limit, entries: kept };
}

/** Where the entry is, or would be. */
function placeOf(entries: readonly SampleEntry<Sampled>[], rank: number, profile: ProfileId): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry && (entry.rank < rank || (entry.rank === rank && entry.row.profile < profile))) low = middle + 1;
    else high = middle;
  }
  return low;
}
