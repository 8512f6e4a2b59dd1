import { type AnyColumn, and, asc, between, count, eq, or, type SQL, sql, sum } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Space } from '../../core/lib/ids.ts';
import {
  membership,
  rollupDecision,
  rollupEvent,
  rollupMembers,
  rollupMembership,
  rollupResult,
} from '../../db/control/schema.ts';

export interface SegmentCount {
  readonly segment: string;
  /** Profiles that are members, known and anonymous. */
  readonly members: number;
  /** The known people among them. */
  readonly known: number;
  /** The part of `members` that no entry or exit tells of: a correction by `reconcile`. */
  readonly corrected: number;
}

/** Null: all time in one row, whose `at` is ''. */
export type Per = 'hour' | 'day' | null;

const MOST_ROWS = 1000;
/** Names of results an hour and variant are several. */
const MOST_SUMS = 20_000;

const RESULT_COLUMNS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;

export type ReportStore = ReturnType<typeof createReportStore>;

/** Reads of the rollups. They follow a visit within 30 seconds; nothing on the hot path comes here. Hours are `2026-11-22T06`, both ends included. */
export function createReportStore(db: DrizzleD1Database) {
  return {
    async segments(space: Space): Promise<readonly SegmentCount[]> {
      const [rows, people] = await Promise.all([
        db.select().from(rollupMembers).where(eq(rollupMembers.space, space)),
        db
          .select({ segment: membership.segment, known: count() })
          .from(membership)
          .where(eq(membership.space, space))
          .groupBy(membership.segment),
      ]);
      const known = new Map(people.map((row) => [row.segment, row.known]));
      const all = new Map(rows.map((row) => [row.segment, row]));
      return [...new Set([...all.keys(), ...known.keys()])].sort().map((segment) => ({
        segment,
        members: all.get(segment)?.members ?? 0,
        known: known.get(segment) ?? 0,
        corrected: all.get(segment)?.corrected ?? 0,
      }));
    },

    async events(space: Space, from: string, to: string) {
      const total = sum(rollupEvent.count).mapWith(Number);
      return db
        .select({ source: rollupEvent.source, type: rollupEvent.type, count: total })
        .from(rollupEvent)
        .where(and(eq(rollupEvent.space, space), between(rollupEvent.hour, from, to)))
        .groupBy(rollupEvent.source, rollupEvent.type)
        .orderBy(asc(rollupEvent.source), asc(rollupEvent.type));
    },

    /** `segment`: null for all of them. Times are hours, or days as `2026-11-22`. */
    async memberships(space: Space, from: string, to: string, per: 'hour' | 'day', of: string | null) {
      const { hour, segment } = rollupMembership;
      const at = timeOf(hour, per);
      return db
        .select({
          at,
          segment,
          entered: sum(rollupMembership.entered).mapWith(Number),
          exited: sum(rollupMembership.exited).mapWith(Number),
        })
        .from(rollupMembership)
        .where(
          and(
            eq(rollupMembership.space, space),
            between(hour, from, to),
            of === null ? undefined : eq(rollupMembership.segment, of),
          ),
        )
        .groupBy(at, segment)
        .orderBy(asc(at), asc(segment))
        .limit(MOST_ROWS);
    },

    /**
     * Sums of what came of decisions, by time and name: those that begin with one of `prefixes`. See core/interaction/results.ts. Of more than can be read the first hours or
     * days, each whole.
     */
    async results(space: Space, prefixes: readonly string[], from: string, to: string, per: Per) {
      const { name, hour } = rollupResult;
      const sums = Object.fromEntries(
        RESULT_COLUMNS.map((column) => [column, sum(rollupResult[column] as AnyColumn).mapWith(Number)]),
      ) as Record<(typeof RESULT_COLUMNS)[number], SQL<number>>;
      const at = timeOf(hour, per);
      const named = or(...prefixes.map((prefix) => between(name, prefix, `${prefix}\uffff`)));
      const all = db
        .select({ at, name, ...sums })
        .from(rollupResult)
        .where(and(eq(rollupResult.space, space), named, between(hour, from, to)))
        .groupBy(at, name)
        .orderBy(asc(at), asc(name));
      if (per === null) return all;
      const rows = await all.limit(MOST_SUMS);
      return rows.length < MOST_SUMS ? rows : rows.filter((row) => row.at !== rows.at(-1)?.at);
    },

    /** With `per`, at most 1,000 rows. */
    async decisions(space: Space, from: string, to: string, per: Per) {
      const { placement, offer } = rollupDecision;
      const at = timeOf(rollupDecision.hour, per);
      const total = (
        column: typeof rollupDecision.decisions | typeof rollupDecision.impressions | typeof rollupDecision.clicks,
      ) => sum(column).mapWith(Number);
      const rows = db
        .select({
          at,
          placement,
          offer,
          decisions: total(rollupDecision.decisions),
          impressions: total(rollupDecision.impressions),
          clicks: total(rollupDecision.clicks),
        })
        .from(rollupDecision)
        .where(and(eq(rollupDecision.space, space), between(rollupDecision.hour, from, to)))
        .groupBy(at, placement, offer)
        .orderBy(asc(at), asc(placement), asc(offer));
      return per === null ? rows : rows.limit(MOST_ROWS);
    },
  };
}

function timeOf(hour: AnyColumn, per: Per): SQL<string> {
  return sql<string>`substr(${hour}, 1, ${per === null ? 0 : per === 'day' ? 10 : 13})`;
}
