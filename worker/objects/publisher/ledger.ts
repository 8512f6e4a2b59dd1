import type { Instant, Sequence, Space } from '../../../core/lib/ids.ts';
import type { Manifest, ManifestParts } from '../../../core/ruleset/manifest.ts';
import type { Actor, PageCommand, SequenceInfo } from '../../../core/ruleset/publisher-rpc.ts';
import { PUBLISHER_MIGRATIONS } from './publisher-migrations.ts';

/** The last entry of the audit chain. */
export interface AuditHead {
  readonly number: number;
  readonly hash: string;
}

export interface NewSequence {
  readonly space: Space;
  readonly at: Instant;
  readonly actor: Actor;
  readonly note: string | null;
  readonly restored: Sequence | null;
  /** Families of data that it replaces; null: it brings rules. */
  readonly data: string | null;
  /** The change set that it brings; null: another, or none. */
  readonly changeSet: string | null;
  /** Not for everybody yet: for how many, since which sequence (null: this one), and what the others have. Left out: for everybody. */
  readonly gradual?: {
    readonly percent: number;
    readonly since: Sequence | null;
    readonly stable: Sequence;
    readonly stableParts: ManifestParts;
  };
  readonly parts: ManifestParts;
  /** Content hash → JSON, for parts that may be new. */
  readonly bodies: ReadonlyMap<string, string>;
  /** Becomes the salt of the space, if it has none yet. */
  readonly newSalt: string;
}

/** A sequence that becomes live as soon as D1 has this entry of the audit, and what came with it. Its bodies are kept already. */
export interface PublishIntent {
  readonly content: Omit<NewSequence, 'bodies'>;
  readonly entry: AuditHead;
}

/** A sequence whose audit entry or cache is still to be written. */
export interface Unfinished {
  readonly manifest: Manifest;
  readonly actor: Actor;
  readonly note: string | null;
  readonly restored: Sequence | null;
  readonly data: string | null;
  readonly changeSet: string | null;
  readonly audited: boolean;
  readonly cached: boolean;
}

export const GENESIS: AuditHead = { number: 0, hash: '0'.repeat(64) };

/** A row holds at most 2 MB, a character takes at most three bytes. */
const CHUNK = 500_000;

interface SequenceRow extends Record<string, SqlStorageValue> {
  readonly manifest: string;
  readonly actor: string;
  readonly request_id: string;
  readonly came_from: string | null;
  readonly note: string | null;
  readonly restored: number | null;
  readonly data: string | null;
  readonly change_set: string | null;
  readonly audited: number;
  readonly cached: number;
}

export type Ledger = ReturnType<typeof createLedger>;

/** All SQL of a publisher object. Reading creates nothing: a space that nobody publishes in costs no storage. */
export function createLedger(storage: DurableObjectStorage) {
  const sql = storage.sql;
  let ready = false;

  const all = <Row extends Record<string, SqlStorageValue>>(query: string, ...values: SqlStorageValue[]): Row[] =>
    sql.exec<Row>(query, ...values).toArray();
  const meta = (name: string): string | null =>
    all<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)[0]?.value ?? null;
  const setMeta = (name: string, value: string): void => {
    sql.exec('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', name, value);
  };

  /** True when there is anything to read. */
  function exists(): boolean {
    ready ||= all(`SELECT 1 FROM sqlite_master WHERE name = 'meta'`).length > 0 && migrate();
    return ready;
  }
  function migrate(): true {
    const made = all(`SELECT 1 FROM sqlite_master WHERE name = 'meta'`).length > 0;
    const applied = made ? Number(meta('migrations')) : 0;
    if (applied > PUBLISHER_MIGRATIONS.length) throw new Error('the stored form is newer than this code');
    if (applied < PUBLISHER_MIGRATIONS.length) {
      storage.transactionSync(() => {
        for (const statements of PUBLISHER_MIGRATIONS.slice(applied)) sql.exec(statements);
        setMeta('migrations', String(PUBLISHER_MIGRATIONS.length));
      });
    }
    ready = true;
    return true;
  }
  function prepare(): void {
    if (!ready) migrate();
  }
  function insertPart(hash: string, body: string): void {
    const made = all('INSERT INTO part (hash) VALUES (?) ON CONFLICT DO NOTHING RETURNING hash', hash);
    for (let i = 0; made.length > 0 && i * CHUNK < body.length; i++) {
      sql.exec('INSERT INTO part_chunk VALUES (?, ?, ?)', hash, i, body.slice(i * CHUNK, (i + 1) * CHUNK));
    }
  }

  function nextSequence(): Sequence {
    if (!exists()) return 1 as Sequence;
    const last = all<{ last: number }>('SELECT coalesce(max(sequence), 0) AS last FROM sequence')[0]?.last ?? 0;
    return (last + 1) as Sequence;
  }
  function insertSequence(content: NewSequence): Manifest {
    const { space, at, actor, note, restored, data, changeSet, gradual, parts, bodies, newSalt } = content;
    const sequence = nextSequence();
    if (meta('salt') === null) setMeta('salt', newSalt);
    const salt = meta('salt') ?? newSalt;
    const common = { space, sequence, salt, publishedAt: at, parts };
    const manifest: Manifest = gradual
      ? {
          ...common,
          stable: gradual.stable,
          candidate: sequence,
          percent: gradual.percent,
          gradualSince: gradual.since ?? sequence,
          stableParts: gradual.stableParts,
        }
      : { ...common, stable: sequence };
    for (const [hash, body] of bodies) insertPart(hash, body);
    const columns = '(sequence, manifest, actor, request_id, came_from, note, restored, data, change_set)';
    const { name, requestId, from = null } = actor;
    const values = [
      sequence,
      JSON.stringify(manifest),
      name,
      requestId,
      from,
      note,
      restored,
      data,
      changeSet,
    ] as const;
    sql.exec(`INSERT INTO sequence ${columns} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, ...values);
    return manifest;
  }

  return {
    current(): Manifest | null {
      if (!exists()) return null;
      const row = all<{ manifest: string }>('SELECT manifest FROM sequence ORDER BY sequence DESC LIMIT 1')[0];
      return row ? (JSON.parse(row.manifest) as Manifest) : null;
    },

    find(sequence: number): Manifest | null {
      if (!exists()) return null;
      const row = all<{ manifest: string }>('SELECT manifest FROM sequence WHERE sequence = ?', sequence)[0];
      return row ? (JSON.parse(row.manifest) as Manifest) : null;
    },

    page({ limit, before }: PageCommand): readonly SequenceInfo[] {
      if (!exists()) return [];
      const query = 'SELECT * FROM sequence WHERE sequence < ? ORDER BY sequence DESC LIMIT ?';
      return all<SequenceRow>(query, before ?? Number.MAX_SAFE_INTEGER, limit).map((row) => {
        const { sequence, publishedAt, percent = null } = JSON.parse(row.manifest) as Manifest;
        const { actor, note, data, change_set: changeSet } = row;
        const restored = row.restored as Sequence | null;
        return { sequence, publishedAt, actor, note, percent, restored, data, changeSet };
      });
    },

    part(hash: string): string | null {
      if (!exists()) return null;
      const chunks = all<{ body: string }>('SELECT body FROM part_chunk WHERE hash = ? ORDER BY chunk', hash);
      return chunks.length === 0 ? null : chunks.map((chunk) => chunk.body).join('');
    },

    /** The new sequence and its parts, all or nothing. From here on it is live, whatever becomes of cache and audit. */
    commit(content: NewSequence): Manifest {
      prepare();
      return storage.transactionSync(() => insertSequence(content));
    },

    /** The number that the next sequence gets, as long as nothing is committed in between. */
    nextSequence,

    /** Remembers a sequence that D1 has to take a part of first. */
    intendSequence({ bodies, ...content }: NewSequence, entry: AuditHead): void {
      prepare();
      storage.transactionSync(() => {
        for (const [hash, body] of bodies) insertPart(hash, body);
        const intent: PublishIntent = { content, entry };
        sql.exec('INSERT INTO publish_intent VALUES (1, ?)', JSON.stringify(intent));
      });
    },

    intendedSequence(): PublishIntent | null {
      if (!exists()) return null;
      const row = all<{ body: string }>('SELECT body FROM publish_intent')[0];
      return row ? (JSON.parse(row.body) as PublishIntent) : null;
    },

    /** D1 has taken its part: it is live. */
    commitIntended({ content }: PublishIntent): Manifest {
      return storage.transactionSync(() => {
        sql.exec('DELETE FROM publish_intent');
        return insertSequence({ ...content, bodies: new Map() });
      });
    },

    dropIntended(): void {
      sql.exec('DELETE FROM publish_intent');
    },

    /** When a scheduled change set may be due; null: none is scheduled. */
    scheduleAt(): Instant | null {
      const at = exists() ? meta('scheduleAt') : null;
      return at === null ? null : (Number(at) as Instant);
    },
    setScheduleAt(at: Instant | null): void {
      prepare();
      if (at === null) sql.exec("DELETE FROM meta WHERE name = 'scheduleAt'");
      else setMeta('scheduleAt', String(at));
    },

    storePart(hash: string, body: string, now: Instant): void {
      prepare();
      storage.transactionSync(() => {
        insertPart(hash, body);
        sql.exec('UPDATE part SET data_at = ? WHERE hash = ?', now, hash);
      });
    },

    /** Those that are not here. Those that are were of use now. */
    missingParts(hashes: readonly string[], now: Instant): readonly string[] {
      if (!exists()) return hashes;
      const used =
        'UPDATE part SET data_at = CASE WHEN data_at IS NULL THEN NULL ELSE ? END WHERE hash = ? RETURNING hash';
      return hashes.filter((hash) => all(used, now, hash).length === 0);
    },

    /** Forgets data parts that were of no use since, but for these. Returns those that are gone. */
    forgetData(before: Instant, kept: ReadonlySet<string>): readonly string[] {
      const old = all<{ hash: string }>('SELECT hash FROM part WHERE data_at < ?', before);
      const gone = old.map(({ hash }) => hash).filter((hash) => !kept.has(hash));
      storage.transactionSync(() => {
        for (const hash of gone) {
          sql.exec('DELETE FROM part_chunk WHERE hash = ?', hash);
          sql.exec('DELETE FROM part WHERE hash = ?', hash);
        }
      });
      return gone;
    },

    /** Oldest first. */
    unfinished(): readonly Unfinished[] {
      if (!exists()) return [];
      return all<SequenceRow>('SELECT * FROM sequence WHERE audited = 0 OR cached = 0 ORDER BY sequence').map(
        (row) => ({
          manifest: JSON.parse(row.manifest) as Manifest,
          actor: { name: row.actor, requestId: row.request_id, ...(row.came_from ? { from: row.came_from } : {}) },
          note: row.note,
          restored: row.restored as Sequence | null,
          data: row.data,
          changeSet: row.change_set,
          audited: row.audited === 1,
          cached: row.cached === 1,
        }),
      );
    },

    isPartCached: (hash: string): boolean => all('SELECT 1 FROM part WHERE hash = ? AND cached = 1', hash).length > 0,
    partCached(hash: string): void {
      sql.exec('UPDATE part SET cached = 1 WHERE hash = ?', hash);
    },
    /** A newer manifest in the cache makes older ones needless. */
    manifestCached(upTo: Sequence): void {
      sql.exec('UPDATE sequence SET cached = 1 WHERE sequence <= ? AND cached = 0', upTo);
    },

    auditHead(): AuditHead {
      const stored = exists() ? meta('auditHead') : null;
      return stored === null ? GENESIS : (JSON.parse(stored) as AuditHead);
    },
    /** Remembers an entry before D1 is asked to take it, so that after a lost answer it is known as ours. */
    intend(entry: AuditHead, sequence: Sequence | null): void {
      prepare();
      sql.exec('INSERT OR REPLACE INTO audit_intent VALUES (?, ?, ?)', entry.number, entry.hash, sequence);
    },
    /** The entry is in D1 for certain: it is the head. False: it was never intended, so it is not ours. */
    advance({ number, hash }: AuditHead): boolean {
      if (!exists()) return false;
      return storage.transactionSync(() => {
        const intent = all<{ sequence: number | null }>(
          'SELECT sequence FROM audit_intent WHERE number = ? AND hash = ?',
          number,
          hash,
        )[0];
        if (!intent) return false;
        if (intent.sequence !== null) sql.exec('UPDATE sequence SET audited = 1 WHERE sequence = ?', intent.sequence);
        setMeta('auditHead', JSON.stringify({ number, hash }));
        sql.exec('DELETE FROM audit_intent WHERE number <= ?', number);
        return true;
      });
    },
  };
}
