import type { ItemVisit } from '../../../core/interaction/item-visit.ts';
import { fingerprint64 } from '../../../core/lib/hash.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/lib/instant.ts';
import { limit } from '../../../core/lib/limits.ts';
import { ALL_BASKETS, CoOccurrence, type ItemSummary } from '../../../core/model/recommend/co-occurrence.ts';
import { POPULARITY_BUCKET_MS, Popularity, type PopularityRow } from '../../../core/model/recommend/popularity.ts';
import { ITEM_MIGRATIONS } from './item-migrations.ts';

/** Baskets: what somebody viewed in one visit; what somebody ordered at once. */
export type BasketKind = 'viewed' | 'bought';

interface Basket {
  readonly kind: BasketKind;
  readonly fresh: readonly string[];
  readonly earlier: readonly string[];
}

/** A visit goes on as long as nobody pauses for so long. */
const VISIT_MS = 30 * MINUTE_MS;
/** Counts of popularity become coarser with age, and end: after ten half-lives they weigh nothing. */
const DAILY_AFTER_MS = 3 * DAY_MS;
const WEEKLY_AFTER_MS = 28 * DAY_MS;
const POPULAR_KEPT_MS = 140 * DAY_MS;
const BUCKETS_A_DAY = DAY_MS / POPULARITY_BUCKET_MS;
/** Rows that are worked on together. */
const CHUNK = 500;

export type ItemCounts = ReturnType<typeof createItemCounts>;

/** All SQL of a catalogue object. */
export function createItemCounts(storage: DurableObjectStorage) {
  const { sql } = storage;
  let ready = false;

  const all = <Row extends Record<string, SqlStorageValue>>(query: string, ...values: SqlStorageValue[]): Row[] =>
    sql.exec<Row>(query, ...values).toArray();
  const meta = (name: string): string | null =>
    all<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)[0]?.value ?? null;
  const setMeta = (name: string, value: string): void => {
    sql.exec('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', name, value);
  };

  function prepare(): void {
    if (ready) return;
    storage.transactionSync(() => {
      sql.exec('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID');
      const applied = Number(meta('migrations') ?? 0);
      if (applied > ITEM_MIGRATIONS.length) throw new Error('the stored form is newer than this code');
      for (const statements of ITEM_MIGRATIONS.slice(applied)) sql.exec(statements);
      if (applied < ITEM_MIGRATIONS.length) setMeta('migrations', String(ITEM_MIGRATIONS.length));
    });
    ready = true;
  }

  function isNew({ id, minute }: ItemVisit): boolean {
    const name = fingerprint64(id);
    const ids = all<{ ids: string }>('SELECT ids FROM ledger WHERE minute = ?', minute)[0]?.ids ?? '';
    for (let at = 0; at < ids.length; at += name.length) if (ids.startsWith(name, at)) return false;
    sql.exec('INSERT INTO ledger VALUES (?, ?) ON CONFLICT DO UPDATE SET ids = ids || excluded.ids', minute, name);
    return true;
  }

  /** What a visit adds to what its visitor looked at before, and what was ordered. A gift says nothing about what belongs together. */
  function basketsOf({ visitor: profile, acts }: ItemVisit): readonly Basket[] {
    const visitor = fingerprint64(profile);
    const own = acts.filter(({ isGift }) => !isGift);
    const seen = own.filter(({ act }) => act === 'viewed' || act === 'carted');
    const bought = own.flatMap(({ act, items }) =>
      act === 'bought' ? [{ kind: 'bought' as const, fresh: items, earlier: [] }] : [],
    );
    const [first, last] = [seen[0], seen.at(-1)];
    if (!first || !last) return bought;
    const row = all<{ at: number; items: string }>('SELECT at, items FROM visit WHERE visitor = ?', visitor)[0];
    const earlier = row && first.at - row.at <= VISIT_MS ? (JSON.parse(row.items) as readonly string[]) : [];
    const fresh = [...new Set(seen.flatMap(({ items }) => items))].filter((item) => !earlier.includes(item));
    const items = [...earlier, ...fresh].slice(-limit('basketItems'));
    sql.exec(
      'INSERT INTO visit VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, items = excluded.items',
      visitor,
      Math.max(last.at, row?.at ?? 0),
      JSON.stringify(items),
    );
    return fresh.length === 0 ? bought : [{ kind: 'viewed', fresh, earlier }, ...bought];
  }

  function countPairs(kind: BasketKind, baskets: readonly Basket[]): void {
    const own = baskets.filter((basket) => basket.kind === kind);
    if (own.length === 0) return;
    const items = new Set([ALL_BASKETS, ...own.flatMap(({ fresh, earlier }) => [...fresh, ...earlier])]);
    const held = summaries(
      'SELECT item, baskets, beside FROM pair WHERE kind = ? AND item IN (SELECT value FROM json_each(?))',
      kind,
      JSON.stringify([...items]),
    );
    const pairs = new CoOccurrence(undefined, held);
    for (const { fresh, earlier } of own) pairs.add(fresh, earlier);
    store(kind, pairs.takeChanged());
  }

  function summaries(query: string, ...values: SqlStorageValue[]): readonly ItemSummary[] {
    return all<{ item: string; baskets: number; beside: string }>(query, ...values).map(
      ({ item, baskets, beside }) => ({
        item,
        baskets,
        beside: JSON.parse(beside) as ItemSummary['beside'],
      }),
    );
  }

  function store(kind: BasketKind, rows: readonly ItemSummary[]): void {
    for (const { item, baskets, beside } of rows) {
      if (baskets === 0 && beside.length === 0) sql.exec('DELETE FROM pair WHERE kind = ? AND item = ?', kind, item);
      else
        sql.exec(
          'INSERT INTO pair VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET baskets = excluded.baskets, beside = excluded.beside',
          kind,
          item,
          baskets,
          JSON.stringify(beside),
        );
    }
  }

  function countPopular(visits: readonly ItemVisit[]): void {
    const counted = new Popularity();
    for (const { acts } of visits)
      for (const { act, at, items } of acts)
        if (act === 'viewed' || act === 'bought') for (const item of items) counted.add(item, act, at);
    for (const { item, counted: what, bucket, count } of counted.rows()) {
      sql.exec(
        'INSERT INTO popular VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
        item,
        what,
        bucket,
        count,
      );
    }
  }

  /** Rows of before become rows of a coarser bucket. Weeks divide into days, so the order does not matter. */
  function coarsen(before: number, width: number): void {
    const bucket = Math.floor(before / POPULARITY_BUCKET_MS / width) * width;
    const values = [width, width, bucket, width] as const;
    const rows = all<{ item: string; counted: string; start: number; count: number }>(
      `SELECT item, counted, bucket - bucket % ? AS start, sum(count) AS count FROM popular
       WHERE bucket % ? <> 0 AND bucket < ? GROUP BY 1, 2, bucket - bucket % ?`,
      ...values,
    );
    sql.exec('DELETE FROM popular WHERE bucket % ? <> 0 AND bucket < ?', width, bucket);
    for (const { item, counted, start, count } of rows)
      sql.exec(
        'INSERT INTO popular VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
        item,
        counted,
        start,
        count,
      );
  }

  return {
    /** Each visit once. Returns how many were new; all of them are stored, or none. */
    count(visits: readonly ItemVisit[]): number {
      prepare();
      return storage.transactionSync(() => {
        const fresh = visits.filter(isNew);
        const baskets = fresh.flatMap(basketsOf);
        countPairs('viewed', baskets);
        countPairs('bought', baskets);
        countPopular(fresh);
        if (fresh.length > 0) setMeta('counted', String(Number(meta('counted') ?? 0) + fresh.length));
        return fresh.length;
      });
    },

    /** Visits since the beginning. */
    counted(): number {
      prepare();
      return Number(meta('counted') ?? 0);
    },

    remembered(name: 'put' | 'halved'): string | null {
      prepare();
      return meta(name);
    },
    remember(name: 'put' | 'halved', value: string): void {
      setMeta(name, value);
    },

    /** Forgets what is too old to matter, and makes the rest coarser. */
    tidy(now: Instant): void {
      storage.transactionSync(() => {
        sql.exec('DELETE FROM ledger WHERE minute < ?', Math.floor((now - limit('ledgerMs')) / MINUTE_MS));
        sql.exec('DELETE FROM visit WHERE at < ?', now - 2 * VISIT_MS);
        sql.exec('DELETE FROM popular WHERE bucket < ?', Math.floor((now - POPULAR_KEPT_MS) / POPULARITY_BUCKET_MS));
        coarsen(now - DAILY_AFTER_MS, BUCKETS_A_DAY);
        coarsen(now - WEEKLY_AFTER_MS, 7 * BUCKETS_A_DAY);
      });
    },

    /** Halves all counts of baskets. */
    halve(): void {
      for (const kind of ['viewed', 'bought'] as const) {
        let after: string | null = null;
        for (;;) {
          const query = 'SELECT item, baskets, beside FROM pair WHERE kind = ? AND item >= ? ORDER BY item LIMIT ?';
          const rows = summaries(query, kind, after === null ? '' : `${after}\u0000`, CHUNK);
          if (rows.length === 0) break;
          const pairs = new CoOccurrence(undefined, rows);
          pairs.halve();
          storage.transactionSync(() => store(kind, pairs.takeChanged()));
          after = rows.at(-1)?.item ?? '';
        }
      }
    },

    /** How many baskets held the items that most did, and all baskets. */
    baskets(kind: BasketKind, most: number): ReadonlyMap<string, number> {
      const rows = all<{ item: string; baskets: number }>(
        'SELECT item, baskets FROM pair WHERE kind = ? ORDER BY baskets DESC, item LIMIT ?',
        kind,
        most + 1,
      );
      return new Map(rows.map(({ item, baskets }) => [item, baskets]));
    },

    /** Row by row: all of them at once may not fit. */
    *summaries(kind: BasketKind, items: Iterable<string>): Generator<ItemSummary> {
      for (const item of items)
        yield* summaries('SELECT item, baskets, beside FROM pair WHERE kind = ? AND item = ?', kind, item);
    },

    /** Of the items that were counted most. */
    popularity(most: number): Popularity {
      return new Popularity(
        all<{ item: string; counted: string; bucket: number; count: number }>(
          `SELECT item, counted, bucket, count FROM popular WHERE item IN
             (SELECT item FROM popular GROUP BY item ORDER BY sum(count) DESC, item LIMIT ?)`,
          most,
        ) as unknown as PopularityRow[],
      );
    },
  };
}
