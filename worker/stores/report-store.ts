import { and, asc, between, count, eq, sum } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Space } from '../../core/lib/ids.ts';
import { membership, rollupDecision, rollupEvent, rollupMembership } from '../../db/control/schema.ts';

export interface SegmentCount {
  readonly segment: string;
  /** Known people who are members now, by their last visit. */
  readonly members: number;
}

export type ReportStore = ReturnType<typeof createReportStore>;

/** Reads of the rollups. They follow a visit within 30 seconds; nothing on the hot path comes here. Hours are `2026-11-22T06`, both ends included. */
export function createReportStore(db: DrizzleD1Database) {
  return {
    async segments(space: Space): Promise<readonly SegmentCount[]> {
      return db
        .select({ segment: membership.segment, members: count() })
        .from(membership)
        .where(eq(membership.space, space))
        .groupBy(membership.segment)
        .orderBy(asc(membership.segment));
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

    async memberships(space: Space, from: string, to: string) {
      const { hour, segment, entered, exited } = rollupMembership;
      return db
        .select({ hour, segment, entered, exited })
        .from(rollupMembership)
        .where(and(eq(rollupMembership.space, space), between(hour, from, to)))
        .orderBy(asc(hour), asc(segment))
        .limit(1000);
    },

    async decisions(space: Space, from: string, to: string) {
      const { placement, offer } = rollupDecision;
      const total = (
        column: typeof rollupDecision.decisions | typeof rollupDecision.impressions | typeof rollupDecision.clicks,
      ) => sum(column).mapWith(Number);
      return db
        .select({
          placement,
          offer,
          decisions: total(rollupDecision.decisions),
          impressions: total(rollupDecision.impressions),
          clicks: total(rollupDecision.clicks),
        })
        .from(rollupDecision)
        .where(and(eq(rollupDecision.space, space), between(rollupDecision.hour, from, to)))
        .groupBy(placement, offer)
        .orderBy(asc(placement), asc(offer));
    },
  };
}
