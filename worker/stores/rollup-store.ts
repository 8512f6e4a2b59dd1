import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import { fingerprint64, fnv1a32 } from '../../core/lib/hash.ts';
import type { Instant, ProfileId, Space } from '../../core/lib/ids.ts';

export type EventRow = readonly [hour: string, source: string, type: string, count: number];
export type OfferRow = readonly [hour: string, placement: string, offer: string, impressions: number, clicks: number];
export type EventCorrection = readonly [hour: string, source: string, type: string, before: number, after: number];
export type OfferCorrection = readonly [
  hour: string,
  placement: string,
  offer: string,
  before: readonly [impressions: number, clicks: number],
  after: readonly [impressions: number, clicks: number],
];

export type MembersRow = readonly [segment: string, members: number];
export type MembersCorrection = readonly [segment: string, before: number, after: number];

/** What the index should say about one known person. */
export interface IndexedPerson {
  readonly profile: ProfileId;
  readonly lastSeenDay: string;
  readonly memberships: readonly { readonly segment: string; readonly member: boolean; readonly since: Instant }[];
}

export type RollupStore = ReturnType<typeof createRollupStore>;

/** Few, because each is a billed row a batch; at 1,000 chunks a second a row grows to 120 kB. */
const SHARDS = 4;
const PAGE = 2000;

/** Row of the ledger that names a message as applied. */
export function ledgerOf(message: Pick<EffectMessage, 'space' | 'minute' | 'profile'>): {
  readonly space: string;
  readonly minute: number;
  readonly shard: number;
} {
  return { space: message.space, minute: message.minute, shard: fnv1a32(message.profile) % SHARDS };
}

/** Of a row that is about to be written: nobody was erased, or moved on, who lived in this profile. A message of before may come after that. */
export function notEnded(space: string, pid: string): string {
  return `NOT EXISTS (SELECT 1 FROM ended_profile AS e WHERE e.space = ${space} AND e.pid = ${pid})`;
}

/** The rollups for the eyes of `reconcile`: read by pages, and corrected row by row against what was read. */
export function createRollupStore(d1: D1Database) {
  return {
    /** Has this message been counted? */
    async applied(message: EffectMessage): Promise<boolean> {
      const { space, minute, shard } = ledgerOf(message);
      const row = await d1
        .prepare('SELECT hex(ids) AS ids FROM rollup_ledger WHERE space = ? AND minute = ? AND shard = ?')
        .bind(space, minute, shard)
        .first<{ ids: string }>();
      const ids = row?.ids.toLowerCase() ?? '';
      const wanted = fingerprint64(message.id);
      for (let at = 0; at < ids.length; at += 16) if (ids.slice(at, at + 16) === wanted) return true;
      return false;
    },

    /** `kept`: by type, the first hour that counts, `custom.*` for own types; one that is not named counts from `from` on. */
    async events(
      space: Space,
      from: string,
      to: string,
      after: readonly string[] | null,
      kept: ReadonlyMap<string, string>,
    ): Promise<{ readonly rows: readonly EventRow[]; readonly more: boolean }> {
      const rows = await d1
        .prepare(
          `SELECT hour, source, type, count FROM rollup_event
           WHERE space = ?1 AND hour BETWEEN ?2 AND ?3 AND (hour, source, type) > (?4, ?5, ?6)
             AND hour >= coalesce((SELECT value ->> 1 FROM json_each(?8) WHERE value ->> 0 = rollup_event.type),
               (SELECT value ->> 1 FROM json_each(?8) WHERE value ->> 0 = 'custom.*' AND rollup_event.type GLOB 'custom.*'), '')
           ORDER BY hour, source, type LIMIT ?7`,
        )
        .bind(space, from, to, ...padded(after), PAGE, JSON.stringify([...kept]))
        .raw<[string, string, string, number]>();
      return { rows, more: rows.length === PAGE };
    },

    async offers(
      space: Space,
      from: string,
      to: string,
      after: readonly string[] | null,
    ): Promise<{ readonly rows: readonly OfferRow[]; readonly more: boolean }> {
      const rows = await d1
        .prepare(
          `SELECT hour, placement, offer, impressions, clicks FROM rollup_decision
           WHERE space = ? AND hour BETWEEN ? AND ? AND (hour, placement, offer) > (?, ?, ?) ORDER BY hour, placement, offer LIMIT ?`,
        )
        .bind(space, from, to, ...padded(after), PAGE)
        .raw<[string, string, string, number, number]>();
      return { rows, more: rows.length === PAGE };
    },

    /** Members now; hours do not matter. */
    async members(
      space: Space,
      _from: string,
      _to: string,
      after: readonly string[] | null,
    ): Promise<{ readonly rows: readonly MembersRow[]; readonly more: boolean }> {
      const rows = await d1
        .prepare('SELECT segment, members FROM rollup_members WHERE space = ? AND segment > ? ORDER BY segment LIMIT ?')
        .bind(space, after?.[0] ?? '', PAGE)
        .raw<[string, number]>();
      return { rows, more: rows.length === PAGE };
    },

    /** Puts a row right only while it is as it was read, so that a count that moved meanwhile, or a repeated call, changes nothing. All or nothing. */
    async correct(
      space: Space,
      events: readonly EventCorrection[],
      offers: readonly OfferCorrection[],
      members: readonly MembersCorrection[],
    ): Promise<number> {
      const statements = [
        ...events.map((correction) => eventStatement(d1, space, correction)),
        ...offers.map((correction) => offerStatement(d1, space, correction)),
        ...members.map((correction) => membersStatement(d1, space, correction)),
      ];
      if (statements.length === 0) return 0;
      const results = await d1.batch(statements);
      return results.reduce((sum, { meta }) => sum + meta.changes, 0);
    },

    /** How many rows of people and of memberships are missing, old or too many in the index. */
    async staleIndex(space: Space, people: readonly IndexedPerson[]): Promise<number> {
      const seen = people.map(({ profile, lastSeenDay }) => [profile, lastSeenDay]);
      const held = people.flatMap(({ profile, memberships }) =>
        memberships.map(({ segment, member }) => [segment, profile, member ? 1 : 0]),
      );
      const [rows, members] = await d1.batch<{ stale: number }>([
        d1
          .prepare(
            `SELECT count(*) AS stale FROM json_each(?) e LEFT JOIN profile p ON p.pid = e.value ->> 0
             WHERE p.pid IS NULL OR p.last_seen_day < e.value ->> 1`,
          )
          .bind(JSON.stringify(seen)),
        d1
          .prepare(
            `SELECT count(*) AS stale FROM json_each(?) e
             LEFT JOIN membership m ON m.space = ? AND m.segment = e.value ->> 0 AND m.pid = e.value ->> 1
             WHERE (m.pid IS NOT NULL) <> (e.value ->> 2)`,
          )
          .bind(JSON.stringify(held), space),
      ]);
      return (rows?.results[0]?.stale ?? 0) + (members?.results[0]?.stale ?? 0);
    },

    /** One statement for all rows: D1 takes at most 1,000 an invocation. */
    async rebuildIndex(space: Space, people: readonly IndexedPerson[]): Promise<void> {
      const seen = people.map(({ profile, lastSeenDay }) => [profile, lastSeenDay]);
      const changes = people.flatMap(({ profile, memberships }) =>
        memberships.map(({ segment, member, since }) => ({ member, row: [segment, profile, since] })),
      );
      const rowsOf = (of: boolean) =>
        JSON.stringify(changes.flatMap(({ member, row }) => (member === of ? [row] : [])));
      await d1.batch([
        d1
          .prepare(
            `INSERT INTO profile (pid, space, known, last_seen_day)
             SELECT value ->> 0, ?1, 1, value ->> 1 FROM json_each(?2) AS seen WHERE ${notEnded('?1', 'seen.value ->> 0')}
             ON CONFLICT (pid) DO UPDATE SET last_seen_day = excluded.last_seen_day WHERE last_seen_day < excluded.last_seen_day`,
          )
          .bind(space, JSON.stringify(seen)),
        d1
          .prepare(
            `INSERT INTO membership (segment, pid, space, since)
             SELECT value ->> 0, value ->> 1, ?1, value ->> 2 FROM json_each(?2) AS held WHERE ${notEnded('?1', 'held.value ->> 1')}
             ON CONFLICT (space, segment, pid) DO UPDATE SET since = excluded.since WHERE since <> excluded.since`,
          )
          .bind(space, rowsOf(true)),
        d1
          .prepare(
            `DELETE FROM membership WHERE space = ? AND (segment, pid) IN
               (SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
          )
          .bind(space, rowsOf(false)),
      ]);
    },
  };
}

function padded(after: readonly string[] | null): readonly [string, string, string] {
  return [after?.[0] ?? '', after?.[1] ?? '', after?.[2] ?? ''];
}

function eventStatement(
  d1: D1Database,
  space: Space,
  [hour, source, type, before, after]: EventCorrection,
): D1PreparedStatement {
  const key = [space, hour, source, type];
  if (before === 0) {
    return d1
      .prepare(
        `INSERT INTO rollup_event (space, hour, source, type, count) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (space, hour, source, type) DO UPDATE SET count = excluded.count WHERE count = 0`,
      )
      .bind(...key, after);
  }
  const where = 'WHERE space = ? AND hour = ? AND source = ? AND type = ? AND count = ?';
  if (after === 0) return d1.prepare(`DELETE FROM rollup_event ${where}`).bind(...key, before);
  return d1.prepare(`UPDATE rollup_event SET count = ? ${where}`).bind(after, ...key, before);
}

/** Decisions are not among the facts, so a row keeps its count of them. */
function offerStatement(
  d1: D1Database,
  space: Space,
  [hour, placement, offer, before, after]: OfferCorrection,
): D1PreparedStatement {
  return d1
    .prepare(
      `INSERT INTO rollup_decision (space, hour, placement, offer, decisions, impressions, clicks) VALUES (?, ?, ?, ?, 0, ?, ?)
       ON CONFLICT (space, hour, placement, offer) DO UPDATE SET impressions = excluded.impressions, clicks = excluded.clicks
       WHERE impressions = ? AND clicks = ?`,
    )
    .bind(space, hour, placement, offer, ...after, ...before);
}

/** No entry or exit is made up: what had to be put right stands apart, in `corrected`. */
function membersStatement(
  d1: D1Database,
  space: Space,
  [segment, before, after]: MembersCorrection,
): D1PreparedStatement {
  return d1
    .prepare(
      `INSERT INTO rollup_members (space, segment, members, corrected) VALUES (?1, ?2, ?3, ?3)
       ON CONFLICT (space, segment) DO UPDATE SET corrected = corrected + excluded.members - members, members = excluded.members
       WHERE members = ?4`,
    )
    .bind(space, segment, after, before);
}
