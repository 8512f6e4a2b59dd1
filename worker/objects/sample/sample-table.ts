import type { Instant, ProfileId } from '../../../core/lib/ids.ts';
import { SAMPLE_MIGRATIONS } from './sample-migrations.ts';

/** A profile that belongs to the sample. */
export interface Member {
  /** It was active since it was copied, or never was. */
  stale: boolean;
  /** null: not copied yet. */
  takenAt: Instant | null;
  /** Older events are not in the copy. */
  cut: boolean;
}

/** SQLite takes values up to 2 MB. */
const PART_BYTES = 1_000_000;

export type SampleTable = ReturnType<typeof createSampleTable>;

/** All SQL of a sample object. */
export function createSampleTable(storage: DurableObjectStorage) {
  const { sql } = storage;
  const all = <Row extends Record<string, SqlStorageValue>>(query: string, ...values: SqlStorageValue[]): Row[] =>
    sql.exec<Row>(query, ...values).toArray();
  const meta = (name: string): string | null =>
    all<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)[0]?.value ?? null;
  const setMeta = (name: string, value: string | null): void => {
    if (value === null) sql.exec('DELETE FROM meta WHERE name = ?', name);
    else sql.exec('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', name, value);
  };

  storage.transactionSync(() => {
    sql.exec('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID');
    const applied = Number(meta('migrations') ?? 0);
    if (applied > SAMPLE_MIGRATIONS.length) throw new Error('the stored form is newer than this code');
    for (const statements of SAMPLE_MIGRATIONS.slice(applied)) sql.exec(statements);
    if (applied < SAMPLE_MIGRATIONS.length) setMeta('migrations', String(SAMPLE_MIGRATIONS.length));
  });

  return {
    meta,
    setMeta,
    /** One commit. */
    together: <T>(work: () => T): T => storage.transactionSync(work),

    members(): Map<ProfileId, Member> {
      const rows = all<{ profile: string; stale: number; taken_at: number | null; cut: number }>(
        'SELECT profile, stale, taken_at, cut FROM member',
      );
      return new Map(
        rows.map(({ profile, stale, taken_at: takenAt, cut }) => [
          profile as ProfileId,
          { stale: stale === 1, takenAt: takenAt as Instant | null, cut: cut === 1 },
        ]),
      );
    },

    putMember(profile: ProfileId, { stale, takenAt, cut }: Member): void {
      sql.exec('INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?)', profile, stale ? 1 : 0, takenAt, cut ? 1 : 0);
    },

    removeMember(profile: ProfileId): void {
      sql.exec('DELETE FROM member WHERE profile = ?', profile);
    },

    buckets: (): readonly number[] =>
      all<{ bucket: number }>('SELECT DISTINCT bucket FROM shard ORDER BY bucket').map(({ bucket }) => bucket),

    /** null: nothing is stored of it. */
    shard(bucket: number): Uint8Array | null {
      const parts = all<{ bytes: ArrayBuffer }>('SELECT bytes FROM shard WHERE bucket = ? ORDER BY part', bucket);
      const [first] = parts;
      if (!first) return null;
      if (parts.length === 1) return new Uint8Array(first.bytes);
      const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.byteLength, 0));
      let place = 0;
      for (const part of parts) {
        bytes.set(new Uint8Array(part.bytes), place);
        place += part.bytes.byteLength;
      }
      return bytes;
    },

    putShard(bucket: number, bytes: Uint8Array | null): void {
      const parts = bytes === null ? 0 : Math.ceil(bytes.length / PART_BYTES);
      sql.exec('DELETE FROM shard WHERE bucket = ? AND part >= ?', bucket, parts);
      for (let part = 0; bytes && part < parts; part++)
        sql.exec(
          'INSERT OR REPLACE INTO shard VALUES (?, ?, ?)',
          bucket,
          part,
          bytes.slice(part * PART_BYTES, (part + 1) * PART_BYTES),
        );
    },
  };
}
