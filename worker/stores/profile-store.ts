import { type AcceptedEvent, AUTH_STATES, type Fact } from '../../core/event/event.ts';
import type { FactKey } from '../../core/interaction/command.ts';
import type { FactRows, RowChanges } from '../../core/interaction/fact-rows.ts';
import { bodyOf, packLine } from '../../core/interaction/history-lines.ts';
import { factName } from '../../core/interaction/outbox.ts';
import type { PageRows } from '../../core/interaction/strand-page.ts';
import type { OldFact } from '../../core/interaction/sweep.ts';
import type { EventId, Instant, SourceId } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { BORN_WITH, FACT_TABLE, PROFILE_MIGRATIONS, SEEN_TABLE, WITH_HISTORY } from '../../db/profile/migrations.ts';
import { type FactRow, factOf, lineOfRow } from './profile/fact-row.ts';
import { createHistoryPages } from './profile/history-pages.ts';
import { inKeyOrder, keyOf, later } from './profile/key-order.ts';

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
  /** All facts, in no order. */
  all(): Iterable<Fact>;
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

interface SeenRow extends Record<string, SqlStorageValue> {
  readonly source: string;
  readonly id: string;
  readonly at: number;
}

const PAGE = 500;
const NO_TABLE = /no such table/;
/** Lines as `lineOf` makes them, joined where they lie: nobody reads the bodies on the way. */
const WHOLE_STRAND = `SELECT count(*) AS count, sum(length(line)) AS bytes, group_concat(line, char(10)) AS lines FROM (
  SELECT '[' || json_quote(source) || ',' || json_quote(id) || ',' || at || ',' || received_at || ',' || json_quote(type) || ','
    || purposes || ',' || sent_by || ',' || auth || ',' || body || ']' AS line
  FROM fact WHERE strand = ? ORDER BY source, id LIMIT ?)`;
const EMPTY: ReadonlySet<EventId> = new Set();

export function createProfileStore(storage: DurableObjectStorage): ProfileStore {
  const sql = storage.sql;
  let rowsRead = 0;
  let rowsWritten = 0;
  let migrated = 0;
  let snapshotPages = 0;

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

  const pages = createHistoryPages(run, () => migrated >= WITH_HISTORY);

  function migrateTo(number: number): void {
    for (const statements of PROFILE_MIGRATIONS.slice(migrated, number)) run(statements);
    migrated = Math.max(migrated, number);
  }

  /** Asked where strands move, never on a plain visit. */
  function hasSeen(): boolean {
    return run("SELECT 1 AS found FROM sqlite_master WHERE name = 'seen'").length > 0;
  }

  function rowsOfStrand(strand: number, after: FactKey | null, size: number): FactRow[] {
    if (migrated === 0) return [];
    return run<FactRow>(
      'SELECT * FROM fact WHERE (source, id) > (?, ?) AND strand = ? ORDER BY source, id LIMIT ?',
      ...keyOf(after),
      strand,
      size,
    );
  }

  function dropFacts(): void {
    run(`DROP TABLE fact; ${FACT_TABLE}`);
  }

  function writeRows(changes: RowChanges): void {
    if (changes.wipe) {
      dropFacts();
      pages.clear();
      if (hasSeen()) run('DELETE FROM seen');
    }
    for (const { source, id } of changes.drop) run('DELETE FROM fact WHERE source = ? AND id = ?', source, id);
    pages.takeOut(changes.drop);
    for (const [from, to] of changes.renumber) {
      run('UPDATE fact SET strand = ? WHERE strand = ?', to, from);
      pages.renumber(from, to);
    }
    for (const fact of pages.takeOut(changes.adopt)) insert(fact);
    for (const { source, id, strand } of changes.adopt)
      run('UPDATE fact SET strand = ? WHERE source = ? AND id = ?', strand, source, id);
    if (changes.seen.length > 0) run(SEEN_TABLE);
    for (const { source, id, at } of changes.seen) run('INSERT OR IGNORE INTO seen VALUES (?, ?, ?)', source, id, at);
    for (const fact of changes.insert) insert(fact);
    if (changes.pages.length > 0) pages.add(changes.pages);
  }

  function insert(fact: Fact): void {
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

  function writeSnapshot(snapshot: Uint8Array): void {
    const parts = cut(snapshot);
    for (const [page, bytes] of parts.entries()) {
      run(
        'INSERT INTO state VALUES (?, ?, ?, ?) ON CONFLICT (page) DO UPDATE SET schema = excluded.schema, pages = excluded.pages, bytes = excluded.bytes',
        page,
        migrated,
        parts.length,
        bytes,
      );
    }
    if (parts.length < snapshotPages) run('DELETE FROM state WHERE page >= ?', parts.length);
    snapshotPages = parts.length;
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
      }
      migrated = first?.schema ?? 0;
      snapshotPages = first?.pages ?? 0;
      if (!first) return null;
      if (migrated > PROFILE_MIGRATIONS.length) throw new NewerDataError('stored by a newer version');
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
      const rows: { readonly id: string }[] = idsIn('fact');
      if (elsewhereToo) rows.push(...idsIn('seen'));
      rows.push(...pages.find(events));
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
      for (const { source, id, strand } of pages.find(keys)) found.set(factName(source, id), strand);
      return found;
    },

    *ofStrand(strand) {
      if (migrated === 0) return;
      yield* inRows((after) => rowsOfStrand(strand, after, PAGE));
      yield* pages.facts(strand);
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
      for (const { sentBy, source, id, receivedAt } of pages.since(since, strands))
        if (sentBy === 'browser') found.push({ source, id, at: receivedAt });
      if (!pages.isEmpty) found.sort((one, other) => other.at - one.at).splice(most);
      return found.map(({ source, id, at }) => ({
        source: source as SourceId,
        id: id as EventId,
        at: at as Instant,
      }));
    },

    commit(changes, snapshot) {
      try {
        storage.transactionSync(() => {
          migrateTo(changes.pages.length > 0 ? WITH_HISTORY : BORN_WITH);
          writeRows(changes);
          writeSnapshot(snapshot);
        });
      } catch (error) {
        // Undone, so memory may be wrong: whoever goes on loads first.
        pages.forget();
        throw error;
      }
    },

    factsByKey(keys) {
      const found: Fact[] = [];
      for (const key of keys) {
        const row = run<FactRow>('SELECT * FROM fact WHERE source = ? AND id = ?', key.source, key.id)[0];
        if (row) found.push(factOf(row));
      }
      if (found.length < keys.length) found.push(...pages.find(keys));
      return found;
    },

    page(after, size) {
      if (migrated === 0) return [];
      const found = run<FactRow>(
        'SELECT * FROM fact WHERE (source, id) > (?, ?) ORDER BY source, id LIMIT ?',
        ...keyOf(after),
        size,
      ).map(factOf);
      return pages.isEmpty ? found : inKeyOrder([...found, ...later(pages.facts(null), after)]).slice(0, size);
    },

    *all() {
      if (migrated === 0) return;
      yield* inRows((after) =>
        run<FactRow>(
          'SELECT * FROM fact WHERE (source, id) > (?, ?) ORDER BY source, id LIMIT ?',
          ...keyOf(after),
          PAGE,
        ),
      );
      yield* pages.facts(null);
    },

    wholeStrand(strand, most, mostBytes) {
      if (migrated === 0) return { lines: '', count: 0 };
      if (pages.holds(strand)) return null;
      const [row] = run<{ count: number; bytes: number | null; lines: string | null }>(WHOLE_STRAND, strand, most + 1);
      const { count = 0, bytes, lines } = row ?? {};
      return count > most || (bytes ?? 0) > mostBytes ? null : { lines: lines ?? '', count };
    },

    linesOfStrand(strand, after, size) {
      if (migrated === 0) return [];
      const found = rowsOfStrand(strand, after, size).map(lineOfRow);
      if (pages.isEmpty) return found;
      const paged = Array.from(later(pages.facts(strand), after), (fact) => ({
        source: fact.source,
        id: fact.id,
        line: packLine(fact),
      }));
      return inKeyOrder([...found, ...paged]).slice(0, size);
    },

    oldestByType() {
      const rows = run<{ type: string; at: number }>('SELECT type, min(at) AS at FROM fact GROUP BY type');
      const oldest = new Map(rows.map(({ type, at }) => [type, at as Instant]));
      for (const { type, at } of pages.facts(null)) if (at < (oldest.get(type) ?? Infinity)) oldest.set(type, at);
      return oldest;
    },

    olderThan(type, before, most) {
      const found = run<{ source: string; id: string; strand: number }>(
        'SELECT source, id, strand FROM fact WHERE type = ? AND at < ? LIMIT ?',
        type,
        before,
        most,
      ).map(({ source, id, strand }): OldFact => ({ source: source as SourceId, id: id as EventId, strand }));
      for (const fact of pages.facts(null)) {
        if (found.length >= most) break;
        if (fact.type === type && fact.at < before)
          found.push({ source: fact.source, id: fact.id, strand: fact.strand });
      }
      return found;
    },

    deleteStrand(strand) {
      const others = run('SELECT 1 AS found FROM fact WHERE strand <> ? LIMIT 1', strand);
      if (others.length > 0) run('DELETE FROM fact WHERE strand = ?', strand);
      else dropFacts();
      pages.deleteStrand(strand);
    },

    forgetSeen(before) {
      if (hasSeen()) run('DELETE FROM seen WHERE at <= ?', before);
    },

    forget() {
      void storage.deleteAll();
      migrated = 0;
      snapshotPages = 0;
      pages.forget();
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

function* inRows(read: (after: FactKey | null) => readonly FactRow[]): Iterable<Fact> {
  for (let rows = read(null); rows.length > 0; ) {
    yield* rows.map(factOf);
    const last = rows.at(-1);
    rows = rows.length < PAGE || !last ? [] : read({ source: last.source as SourceId, id: last.id as EventId });
  }
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
