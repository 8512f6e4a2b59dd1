import { and, asc, eq, gte, sql } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { identityAlarm, identityClaim } from '../../db/control/schema.ts';

export type AlarmKind = 'sharedDevice' | 'quarantined';

export interface IdentityAlarm {
  readonly kind: AlarmKind;
  readonly namespace: string;
  readonly profile: string | null;
  readonly detail: string;
  readonly at: Instant;
}

/** An id of a person that profiles claim without proof. */
export interface ClaimedIdentity {
  readonly namespace: string;
  /** Names its directory object. */
  readonly hash: string;
  readonly profiles: readonly string[];
}

export type IdentityHealthStore = ReturnType<typeof createIdentityHealthStore>;

const PAGE = 50;

export function createIdentityHealthStore(db: DrizzleD1Database) {
  return {
    async alarms(space: Space, kind: AlarmKind, since: Instant): Promise<readonly IdentityAlarm[]> {
      const rows = await db
        .select()
        .from(identityAlarm)
        .where(and(eq(identityAlarm.space, space), eq(identityAlarm.kind, kind), gte(identityAlarm.at, since)))
        .limit(500);
      return rows
        .map(({ pid, namespace, detail, at }) => ({ kind, namespace, profile: pid, detail, at: at as Instant }))
        .sort((a, b) => b.at - a.at);
    },

    /** Claimed ids in the order of their hashes, one page after `after` (`<namespace> <hash>`). */
    async claimed(
      space: Space,
      after: string | null,
    ): Promise<{ readonly items: readonly ClaimedIdentity[]; readonly next: string | null }> {
      const [namespace = '', hash = ''] = after?.split(' ') ?? [];
      const rows = await db
        .select({
          namespace: identityClaim.namespace,
          hash: identityClaim.hash,
          profiles: sql<string>`json_group_array(${identityClaim.pid})`,
        })
        .from(identityClaim)
        .where(
          and(
            eq(identityClaim.space, space),
            sql`(${identityClaim.namespace}, ${identityClaim.hash}) > (${namespace}, ${hash})`,
          ),
        )
        .groupBy(identityClaim.namespace, identityClaim.hash)
        .orderBy(asc(identityClaim.namespace), asc(identityClaim.hash))
        .limit(PAGE);
      const items = rows.map((row) => ({ ...row, profiles: JSON.parse(row.profiles) as string[] }));
      const last = items.at(-1);
      return { items, next: last && items.length === PAGE ? `${last.namespace} ${last.hash}` : null };
    },
  };
}
