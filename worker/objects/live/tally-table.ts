import type { Instant } from '../../../core/lib/ids.ts';
import { DAY_MS, dayOf } from '../../../core/lib/instant.ts';
import { limit } from '../../../core/lib/limits.ts';
import type { Tally, TallyKind } from '../../../core/source/tally.ts';

interface TallyRow extends Record<string, SqlStorageValue> {
  readonly source: string;
  readonly kind: string;
  readonly name: string;
  readonly field: string;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly sample: string | null;
}

export type TallyTable = ReturnType<typeof createTallyTable>;

/** All SQL of a live object: what adds up, by day. One row for each thing that was counted on that day. */
export function createTallyTable({ sql }: DurableObjectStorage) {
  let day = '';
  /** Of that day: counted once, then kept, so that a batch does not read them all. */
  let rows = 0;

  /** Also forgets what is too old, once a day. */
  function prepare(now: Instant): string {
    const today = dayOf(now);
    if (day === today) return today;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS tally (day TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, field TEXT NOT NULL,
         count INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, sample TEXT,
         PRIMARY KEY (day, source, kind, name, field)) WITHOUT ROWID`,
    );
    sql.exec('DELETE FROM tally WHERE day < ?', dayOf((now - limit('tallyDays') * DAY_MS) as Instant));
    const [held] = sql.exec<{ rows: number }>('SELECT count(*) AS rows FROM tally WHERE day = ?', today);
    rows = held?.rows ?? 0;
    day = today;
    return today;
  }

  return {
    /** What is new when the day is full is not counted: made-up names must not fill the object. Returns how many were left out. */
    add(tallies: readonly Tally[], now: Instant): number {
      const today = prepare(now);
      let left = 0;
      for (const { source, kind, name, field, count, first, last, sample } of tallies) {
        const key = [today, source, kind, name, field] as const;
        const updated = sql.exec(
          'UPDATE tally SET count = count + ?, last = max(last, ?) WHERE day = ? AND source = ? AND kind = ? AND name = ? AND field = ?',
          count,
          last,
          ...key,
        );
        if (updated.rowsWritten > 0) continue;
        if (rows >= limit('talliesPerDay')) {
          left++;
          continue;
        }
        rows++;
        const text = sample === null ? null : JSON.stringify(sample);
        sql.exec('INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', ...key, count, first, last, text);
      }
      return left;
    },

    /** Of the last so many days, today among them, added up. `source`: of this one only. */
    sum(days: number, source: string | null, now: Instant): readonly Tally[] {
      prepare(now);
      const from = dayOf((now - (days - 1) * DAY_MS) as Instant);
      return sql
        .exec<TallyRow>(
          `SELECT source, kind, name, field, sum(count) AS count, min(first) AS first, max(last) AS last, max(sample) AS sample FROM tally
           WHERE day >= ? AND (? IS NULL OR source = ?) GROUP BY source, kind, name, field ORDER BY source, kind, name, field`,
          from,
          source,
          source,
        )
        .toArray()
        .map((row) => ({
          ...row,
          kind: row.kind as TallyKind,
          first: row.first as Instant,
          last: row.last as Instant,
          sample: row.sample === null ? null : (JSON.parse(row.sample) as Tally['sample']),
        }));
    },
  };
}
