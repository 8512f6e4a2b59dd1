import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import { shownOffer } from '../../core/interaction/shown-offer.ts';
import { fingerprint64 } from '../../core/lib/hash.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { dayOf, hourOf, MINUTE_MS } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { ledgerOf, notEnded } from '../stores/rollup-store.ts';
import { resultRows } from './result-rows.ts';

/** A quiet hour, UTC. */
const PRUNE_HOUR = 3;

/**
 * Adds a batch to the rollups, each message once however often it comes: its id is looked up in, and appended to, the ledger row of the minute that the
 * message itself names. Counts and ledger are one D1 transaction. Needs one consumer at a time per queue. Returns messages applied.
 */
export async function rollUp(d1: D1Database, messages: readonly EffectMessage[]): Promise<number> {
  const fresh = await unseen(d1, messages);
  if (fresh.length === 0) return 0;
  await d1.batch([
    ...ledgerRows(d1, fresh),
    ...eventRows(d1, fresh),
    ...membershipRows(d1, fresh),
    ...memberRows(d1, fresh),
    ...decisionRows(d1, fresh),
    ...resultRows(d1, fresh),
    ...endedRows(d1, fresh),
    ...indexRows(d1, fresh),
  ]);
  return fresh.length;
}

/** Once a day, by the hourly schedule: forgets messages, and profiles that ended, when it is too long ago for a message to come again. Returns ledger rows deleted. */
export async function pruneLedger(d1: D1Database, now: number): Promise<number> {
  if (new Date(now).getUTCHours() !== PRUNE_HOUR) return 0;
  const oldest = now - limit('ledgerMs');
  const [ledger] = await d1.batch([
    d1.prepare('DELETE FROM rollup_ledger WHERE minute < ?').bind(Math.floor(oldest / MINUTE_MS)),
    d1.prepare('DELETE FROM ended_profile WHERE at < ?').bind(oldest),
  ]);
  return ledger?.meta.changes ?? 0;
}

async function unseen(d1: D1Database, messages: readonly EffectMessage[]): Promise<readonly EffectMessage[]> {
  const ledgers = new Map(messages.map((message) => [JSON.stringify(ledgerOf(message)), ledgerOf(message)]));
  if (ledgers.size === 0) return [];
  const select = d1.prepare('SELECT hex(ids) AS ids FROM rollup_ledger WHERE space = ? AND minute = ? AND shard = ?');
  const keys = [...ledgers.keys()];
  const rows = await d1.batch<{ readonly ids: string }>(
    [...ledgers.values()].map(({ space, minute, shard }) => select.bind(space, minute, shard)),
  );
  const seen = new Set<string>();
  for (const [i, row] of rows.entries()) {
    const ids = row.results[0]?.ids.toLowerCase() ?? '';
    for (let at = 0; at < ids.length; at += 16) seen.add(`${keys[i]} ${ids.slice(at, at + 16)}`);
  }
  return messages.filter((message) => {
    const name = `${JSON.stringify(ledgerOf(message))} ${fingerprint64(message.id)}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

function ledgerRows(d1: D1Database, messages: readonly EffectMessage[]): D1PreparedStatement[] {
  const ids = new Map<string, string>();
  for (const message of messages) {
    const key = JSON.stringify(ledgerOf(message));
    ids.set(key, (ids.get(key) ?? '') + fingerprint64(message.id));
  }
  const append = d1.prepare(
    'INSERT INTO rollup_ledger (space, minute, shard, ids) VALUES (?, ?, ?, unhex(?)) ON CONFLICT (space, minute, shard) DO UPDATE SET ids = CAST(ids || excluded.ids AS BLOB)',
  );
  return [...ids].map(([key, hex]) => {
    const { space, minute, shard } = JSON.parse(key) as ReturnType<typeof ledgerOf>;
    return append.bind(space, minute, shard, hex);
  });
}

function eventRows(d1: D1Database, messages: readonly EffectMessage[]): D1PreparedStatement[] {
  const counts = new Map<string, number>();
  for (const { space, facts } of messages) {
    for (const fact of facts) add(counts, [space, hourOf(fact.at), fact.source, fact.type]);
  }
  return forAll(
    d1,
    `INSERT INTO rollup_event (space, hour, source, type, count) ${columns(5)}
     ON CONFLICT (space, hour, source, type) DO UPDATE SET count = count + excluded.count`,
    entriesOf(counts).map(([key, count]) => [...key, count]),
  );
}

function membershipRows(d1: D1Database, messages: readonly EffectMessage[]): D1PreparedStatement[] {
  const entered = new Map<string, number>();
  const exited = new Map<string, number>();
  for (const { space, changes } of messages) {
    for (const { segment, status, since } of changes) {
      const key = [space, hourOf(since), segment];
      add(entered, key, status === 'entered' ? 1 : 0);
      add(exited, key, status === 'exited' ? 1 : 0);
    }
  }
  return forAll(
    d1,
    `INSERT INTO rollup_membership (space, hour, segment, entered, exited) ${columns(5)}
     ON CONFLICT (space, hour, segment) DO UPDATE SET entered = entered + excluded.entered, exited = exited + excluded.exited`,
    entriesOf(entered).map(([key, count]) => [...key, count, exited.get(JSON.stringify(key)) ?? 0]),
  );
}

/** How many are members now: entries less exits, known and anonymous alike. */
function memberRows(d1: D1Database, messages: readonly EffectMessage[]): D1PreparedStatement[] {
  const members = new Map<string, number>();
  for (const { space, changes } of messages) {
    for (const { segment, status } of changes) add(members, [space, segment], status === 'entered' ? 1 : -1);
  }
  return forAll(
    d1,
    `INSERT INTO rollup_members (space, segment, members, corrected)
     SELECT value ->> 0, value ->> 1, value ->> 2, 0 FROM json_each(?) WHERE true
     ON CONFLICT (space, segment) DO UPDATE SET members = members + excluded.members`,
    entriesOf(members).flatMap(([key, more]) => (more === 0 ? [] : [[...key, more]])),
  );
}

function decisionRows(d1: D1Database, messages: readonly EffectMessage[]): D1PreparedStatement[] {
  const counts = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()] as const;
  const [decisions, impressions, clicks] = counts;
  for (const { space, minute, facts, decisions: decided } of messages) {
    const hour = new Date(minute * 60_000).toISOString().slice(0, 13);
    for (const [name, count] of Object.entries(decided)) add(decisions, [space, hour, ...name.split('\n')], count);
    for (const { type, at, data } of facts) {
      const seen = type === 'proposition.displayed' ? impressions : type === 'proposition.clicked' ? clicks : null;
      const shown = seen && shownOffer({ data });
      if (shown) add(seen, [space, hourOf(at), shown.placement, shown.offer]);
    }
  }
  const keys = new Set(counts.flatMap((count) => [...count.keys()]));
  return forAll(
    d1,
    `INSERT INTO rollup_decision (space, hour, placement, offer, decisions, impressions, clicks) ${columns(7)}
     ON CONFLICT (space, hour, placement, offer) DO UPDATE SET decisions = decisions + excluded.decisions,
       impressions = impressions + excluded.impressions, clicks = clicks + excluded.clicks`,
    [...keys].map((key) => [...(JSON.parse(key) as string[]), ...counts.map((count) => count.get(key) ?? 0)]),
  );
}

/** Who lives on in another profile leaves the index for good: what was sent before, and comes after this, makes no row any more. */
function endedRows(d1: D1Database, messages: readonly EffectMessage[]): D1PreparedStatement[] {
  const rows = messages.flatMap(({ ended, space, profile, minute }) =>
    ended ? [[space, profile, minute * MINUTE_MS]] : [],
  );
  return [
    ...forAll(
      d1,
      `INSERT INTO ended_profile (space, pid, erased, at)
       SELECT value ->> 0, value ->> 1, 0, value ->> 2 FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
      rows,
    ),
    ...forAll(d1, 'DELETE FROM profile WHERE pid IN (SELECT value ->> 1 FROM json_each(?))', rows),
  ];
}

/** People only: an anonymous visitor costs no row here. What somebody leaves goes whoever they are: they may have been known. */
function indexRows(d1: D1Database, messages: readonly EffectMessage[]): D1PreparedStatement[] {
  const seen: Row[] = [];
  /** The last change of each; null: left. */
  const held = new Map<string, Instant | null>();
  for (const { known, profile, space, facts, changes } of messages) {
    const last = Math.max(...facts.map((fact) => fact.receivedAt));
    if (known && facts.length > 0) seen.push([profile, space, dayOf(last as Instant)]);
    for (const { segment, status, since } of changes)
      if (known || status === 'exited')
        held.set(JSON.stringify([space, segment, profile]), status === 'entered' ? since : null);
  }
  const rows = [...held].map(([key, since]) => ({ key: JSON.parse(key) as string[], since }));
  return [
    ...forAll(
      d1,
      `INSERT INTO profile (pid, space, known, last_seen_day)
       SELECT value ->> 0, value ->> 1, 1, value ->> 2 FROM json_each(?) AS seen WHERE ${notEnded('seen.value ->> 1', 'seen.value ->> 0')}
       ON CONFLICT (pid) DO UPDATE SET last_seen_day = excluded.last_seen_day WHERE last_seen_day < excluded.last_seen_day`,
      seen,
    ),
    ...forAll(
      d1,
      `INSERT INTO membership (space, segment, pid, since)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) AS held WHERE ${notEnded('held.value ->> 0', 'held.value ->> 2')}
       ON CONFLICT (space, segment, pid) DO UPDATE SET since = excluded.since`,
      rows.flatMap(({ key, since }) => (since === null ? [] : [[...key, since]])),
    ),
    ...forAll(
      d1,
      `DELETE FROM membership WHERE (space, segment, pid) IN
         (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))`,
      rows.flatMap(({ key, since }) => (since === null ? [key] : [])),
    ),
  ];
}

type Row = readonly (string | number)[];

/** One statement for all rows: D1 takes at most 1,000 an invocation, and one visit may change 10,000 memberships. */
function forAll(d1: D1Database, statement: string, rows: readonly Row[]): D1PreparedStatement[] {
  return rows.length === 0 ? [] : [d1.prepare(statement).bind(JSON.stringify(rows))];
}

/** `WHERE true` tells SQLite that what follows is no join. */
function columns(count: number): string {
  return `SELECT ${Array.from({ length: count }, (_, i) => `value ->> ${i}`).join(', ')} FROM json_each(?) WHERE true`;
}

function add(counts: Map<string, number>, key: readonly string[], by = 1): void {
  const name = JSON.stringify(key);
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function entriesOf(counts: ReadonlyMap<string, number>): readonly (readonly [readonly string[], number])[] {
  return [...counts].map(([key, count]) => [JSON.parse(key) as string[], count]);
}
