import { type AcceptedEvent, AUTH_STATES, type AuthState, type Fact } from '../../core/event/event.ts';
import type { FactKey } from '../../core/interaction/command.ts';
import type { FactRows, RowChanges } from '../../core/interaction/fact-rows.ts';
import { factName } from '../../core/interaction/outbox.ts';
import type { PageRows } from '../../core/interaction/strand-page.ts';
import type { OldFact } from '../../core/interaction/sweep.ts';
import type { EventId, Instant, SourceId } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { PROFILE_MIGRATIONS, SEEN_TABLE } from '../../db/profile/migrations.ts';

/** All SQL of a profile object. Statements are synchronous: what runs without an await in between commits together. */
export interface ProfileStore extends FactRows, PageRows {
  /** The snapshot, or null when this object has never stored anything. */
  load(): Uint8Array | null;
  /** Which of these events are stored already; `elsewhereToo`: or were, before their device came here. They share one source. */
  known(events: readonly AcceptedEvent[], elsewhereToo: boolean): ReadonlySet<EventId>;
  /** Rows and the snapshot that includes them, all or nothing. */
  commit(changes: RowChanges, snapshot: Uint8Array): void;
  /** Everything, as if nothing had ever been stored. */
  forget(): void;
  factsByKey(keys: readonly FactKey[]): readonly Fact[];
  /** All facts in the order of their keys, one page after `after`. */
  page(after: FactKey | null, size: number): readonly Fact[];
  deleteStrand(strand: number): void;
  /** When the oldest fact of each type happened. */
  oldestByType(): ReadonlyMap<string, Instant>;
  /** Facts of a type that happened before, as many as asked for at most. */
  olderThan(type: string, before: Instant, most: number): readonly OldFact[];
  /** Forgets events elsewhere that were received before. */
  forgetSeen(before: Instant): void;
  /** Rows since the last call: what one command cost. */
  takeCost(): { readonly rowsRead: number; readonly rowsWritten: number };
}

export class NewerDataError extends Error {}

interface FactRow extends Record<string, SqlStorageValue> {
  readonly source: string;
  readonly id: string;
  readonly strand: number;
  readonly at: number;
  readonly received_at: number;
  readonly type: string;
  readonly purposes: number;
  readonly sent_by: number;
  readonly auth: number;
  readonly body: string;
}

interface SeenRow extends Record<string, SqlStorageValue> {
  readonly source: string;
  readonly id: string;
  readonly at: number;
}

const PAGE = 500;
const NO_TABLE = /no such table/;
const EMPTY: ReadonlySet<EventId> = new Set();

export function createProfileStore(storage: DurableObjectStorage): ProfileStore {
  const sql = storage.sql;
  let rowsRead = 0;
  let rowsWritten = 0;
  let migrated = 0;
  let pagesStored = 0;

  function run<Row extends Record<string, SqlStorageValue>>(
    query: string,
    ...bindings: (SqlStorageValue | Uint8Array)[]
  ): Row[] {
    // The published types forget that views bind as well as buffers (decision 0001).
    const cursor = sql.exec<Row>(query, ...(bindings as SqlStorageValue[]));
    const rows = cursor.toArray();
    rowsRead += cursor.rowsRead;
    rowsWritten += cursor.rowsWritten;
    return rows;
  }

  function migrate(): void {
    for (const statements of PROFILE_MIGRATIONS.slice(migrated)) run(statements);
    migrated = PROFILE_MIGRATIONS.length;
  }

  /** Asked where strands move, never on a plain visit. */
  function hasSeen(): boolean {
    return run("SELECT 1 AS found FROM sqlite_master WHERE name = 'seen'").length > 0;
  }

  const store: ProfileStore = {
    load() {
      let first: { readonly schema: number; readonly pages: number; readonly bytes: ArrayBuffer } | undefined;
      try {
        first = run<{ schema: number; pages: number; bytes: ArrayBuffer }>(
          'SELECT schema, pages, bytes FROM state WHERE page = 0',
        )[0];
      } catch (error) {
        if (!(error instanceof Error && NO_TABLE.test(error.message))) throw error;
        return null;
      }
      if (!first) return null;
      migrated = first.schema;
      if (migrated > PROFILE_MIGRATIONS.length) throw new NewerDataError('stored by a newer version');
      pagesStored = first.pages;
      if (first.pages === 1) return new Uint8Array(first.bytes);
      return join(
        run<{ bytes: ArrayBuffer }>('SELECT bytes FROM state WHERE page < ? ORDER BY page', first.pages).map(
          (row) => new Uint8Array(row.bytes),
        ),
      );
    },

    known(events, elsewhereToo) {
      const first = events[0];
      if (!first || migrated === 0) return EMPTY;
      const ids = events.length === 1 ? null : JSON.stringify(events.map((event) => event.id));
      const idsIn = (table: 'fact' | 'seen') =>
        ids === null
          ? run<{ id: string }>(`SELECT id FROM ${table} WHERE source = ? AND id = ?`, first.source, first.id)
          : run<{ id: string }>(
              `SELECT id FROM ${table} WHERE source = ? AND id IN (SELECT value FROM json_each(?))`,
              first.source,
              ids,
            );
      const rows = elsewhereToo ? [...idsIn('fact'), ...idsIn('seen')] : idsIn('fact');
      return rows.length === 0 ? EMPTY : new Set(rows.map((row) => row.id as EventId));
    },

    strandsOf(keys) {
      const found = new Map<string, number>();
      if (migrated === 0) return found;
      const bySource = new Map<string, string[]>();
      for (const { source, id } of keys) {
        const ids = bySource.get(source);
        if (ids) ids.push(id);
        else bySource.set(source, [id]);
      }
      for (const [source, ids] of bySource) {
        const rows = run<{ id: string; strand: number }>(
          'SELECT id, strand FROM fact WHERE source = ? AND id IN (SELECT value FROM json_each(?))',
          source,
          JSON.stringify(ids),
        );
        for (const { id, strand } of rows) found.set(factName(source as SourceId, id as EventId), strand);
      }
      return found;
    },

    ofStrand(strand) {
      return pagesOf((after) => store.pageOfStrand(strand, after, PAGE));
    },

    recent(strands, since, most) {
      if (migrated === 0) return [];
      const found = run<SeenRow>(
        'SELECT source, id, received_at AS at FROM fact WHERE received_at > ? AND sent_by = 0 AND strand IN (SELECT value FROM json_each(?)) ORDER BY received_at DESC LIMIT ?',
        since,
        JSON.stringify(strands),
        most,
      );
      if (hasSeen() && found.length < most) {
        const rest = most - found.length;
        found.push(...run<SeenRow>('SELECT * FROM seen WHERE at > ? ORDER BY at DESC LIMIT ?', since, rest));
      }
      return found.map(({ source, id, at }) => ({
        source: source as SourceId,
        id: id as EventId,
        at: at as Instant,
      }));
    },

    commit(changes, snapshot) {
      storage.transactionSync(() => {
        if (migrated < PROFILE_MIGRATIONS.length) migrate();
        if (changes.wipe) {
          run('DELETE FROM fact');
          if (hasSeen()) run('DELETE FROM seen');
        }
        for (const { source, id } of changes.drop) run('DELETE FROM fact WHERE source = ? AND id = ?', source, id);
        for (const [from, to] of changes.renumber) run('UPDATE fact SET strand = ? WHERE strand = ?', to, from);
        for (const { source, id, strand } of changes.adopt)
          run('UPDATE fact SET strand = ? WHERE source = ? AND id = ?', strand, source, id);
        if (changes.seen.length > 0) run(SEEN_TABLE);
        for (const { source, id, at } of changes.seen)
          run('INSERT OR IGNORE INTO seen VALUES (?, ?, ?)', source, id, at);
        for (const fact of changes.insert) {
          run(
            'INSERT OR IGNORE INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
            fact.source,
            fact.id,
            fact.strand,
            fact.at,
            fact.receivedAt,
            fact.type,
            fact.purposes,
            fact.sentBy === 'server' ? 1 : 0,
            AUTH_STATES.indexOf(fact.auth),
            bodyOf(fact),
          );
        }
        const pages = cut(snapshot);
        for (const [page, bytes] of pages.entries()) {
          run(
            'INSERT INTO state VALUES (?, ?, ?, ?) ON CONFLICT (page) DO UPDATE SET schema = excluded.schema, pages = excluded.pages, bytes = excluded.bytes',
            page,
            migrated,
            pages.length,
            bytes,
          );
        }
        if (pages.length < pagesStored) run('DELETE FROM state WHERE page >= ?', pages.length);
        pagesStored = pages.length;
      });
    },

    factsByKey(keys) {
      const found: Fact[] = [];
      for (const key of keys) {
        const row = run<FactRow>('SELECT * FROM fact WHERE source = ? AND id = ?', key.source, key.id)[0];
        if (row) found.push(factOf(row));
      }
      return found;
    },

    page(after, size) {
      if (migrated === 0) return [];
      return run<FactRow>(
        'SELECT * FROM fact WHERE (source, id) > (?, ?) ORDER BY source, id LIMIT ?',
        after?.source ?? '',
        after?.id ?? '',
        size,
      ).map(factOf);
    },

    pageOfStrand(strand, after, size) {
      if (migrated === 0) return [];
      return run<FactRow>(
        'SELECT * FROM fact WHERE (source, id) > (?, ?) AND strand = ? ORDER BY source, id LIMIT ?',
        after?.source ?? '',
        after?.id ?? '',
        strand,
        size,
      ).map(factOf);
    },

    oldestByType() {
      const rows = run<{ type: string; at: number }>('SELECT type, min(at) AS at FROM fact GROUP BY type');
      return new Map(rows.map(({ type, at }) => [type, at as Instant]));
    },

    olderThan(type, before, most) {
      return run<{ source: string; id: string; strand: number }>(
        'SELECT source, id, strand FROM fact WHERE type = ? AND at < ? LIMIT ?',
        type,
        before,
        most,
      ).map(({ source, id, strand }) => ({ source: source as SourceId, id: id as EventId, strand }));
    },

    deleteStrand(strand) {
      run('DELETE FROM fact WHERE strand = ?', strand);
    },

    forgetSeen(before) {
      if (hasSeen()) run('DELETE FROM seen WHERE at <= ?', before);
    },

    forget() {
      void storage.deleteAll();
      migrated = 0;
      pagesStored = 0;
    },

    takeCost() {
      const cost = { rowsRead, rowsWritten };
      rowsRead = 0;
      rowsWritten = 0;
      return cost;
    },
  };
  return store;
}

function* pagesOf(read: (after: FactKey | null) => readonly Fact[]): Iterable<Fact> {
  for (let page = read(null); page.length > 0; page = page.length < PAGE ? [] : read(page.at(-1) ?? null)) yield* page;
}

function bodyOf(fact: Fact): string {
  const { data, context, consent, claims, links } = fact;
  return JSON.stringify({ data, context, consent, claims, links });
}

function factOf(row: FactRow): Fact {
  const body = JSON.parse(row.body) as Pick<Fact, 'data' | 'context' | 'consent' | 'claims' | 'links'>;
  return {
    id: row.id as EventId,
    source: row.source as SourceId,
    strand: row.strand,
    at: row.at as Instant,
    receivedAt: row.received_at as Instant,
    type: row.type,
    purposes: row.purposes,
    sentBy: row.sent_by === 1 ? 'server' : 'browser',
    auth: (AUTH_STATES[row.auth] ?? 'anonymous') as AuthState,
    ...body,
  };
}

/** Pages of at most one row each; nearly every snapshot is one page (see decision 0001). */
function cut(bytes: Uint8Array): readonly Uint8Array[] {
  const size = limit('statePageBytes');
  if (bytes.length <= size) return [bytes];
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
