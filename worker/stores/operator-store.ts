import { and, asc, eq } from 'drizzle-orm';
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { OPERATOR_ROLES, type OperatorRights, type OperatorRole } from '../../core/ruleset/operator-rights.ts';
import type { ExternalIdentity } from '../../core/ruleset/operator-session.ts';
import { operatorToken } from '../../db/control/schema.ts';

export interface Operator extends OperatorRights {
  readonly name: string;
  readonly createdAt: Instant;
  readonly createdBy: string;
  /** Day of the last request, `2026-11-22`. */
  readonly lastUsedDay: string | null;
  readonly revokedAt: Instant | null;
  /** Address that it was invited by, in lower case; null: it has a token alone. */
  readonly email: string | null;
  /** Who it is since the first sign-in. */
  readonly identity: ExternalIdentity | null;
  /** False: it can only sign in. */
  readonly hasToken: boolean;
}

/** In place of the hash of a token: no hash is like it. */
const NO_TOKEN = '';

export type OperatorStore = ReturnType<typeof createOperatorStore>;

export function createOperatorStore(db: DrizzleD1Database) {
  const named = (space: Space, name: string) => and(eq(operatorToken.space, space), eq(operatorToken.name, name));
  return {
    /** Every operator with the SHA-256 (hex) of the token, revoked and expired ones too. */
    async withHashes(space: Space): Promise<readonly { readonly hash: string; readonly operator: Operator }[]> {
      const rows = await db.select().from(operatorToken).where(eq(operatorToken.space, space));
      return rows.map((row) => ({ hash: row.hash, operator: operatorOf(row) }));
    },

    async find(space: Space, name: string): Promise<Operator | null> {
      const rows = await db.select().from(operatorToken).where(named(space, name));
      return rows[0] ? operatorOf(rows[0]) : null;
    },

    async list(space: Space): Promise<readonly Operator[]> {
      const rows = await db
        .select()
        .from(operatorToken)
        .where(eq(operatorToken.space, space))
        .orderBy(asc(operatorToken.name));
      return rows.map(operatorOf);
    },

    /** Written at most once a day, so that reading the API costs no write each time. */
    async used(space: Space, name: string, day: string): Promise<void> {
      await db.update(operatorToken).set({ lastUsedDay: day }).where(named(space, name));
    },

    /** A statement for a batch: a new token or an address to sign in with, also in place of somebody revoked. */
    create: (
      space: Space,
      name: string,
      by: { readonly hash: string } | { readonly email: string },
      rights: OperatorRights,
      createdAt: Instant,
      createdBy: string,
    ) => {
      const access = 'hash' in by ? { hash: by.hash, email: null } : { hash: NO_TOKEN, email: by.email };
      const bare = { issuer: null, subject: null };
      const values = {
        ...access,
        ...bare,
        createdAt,
        createdBy,
        lastUsedDay: null,
        revokedAt: null,
        ...columnsOf(rights),
      };
      return db
        .insert(operatorToken)
        .values({ space, name, ...values })
        .onConflictDoUpdate({ target: [operatorToken.space, operatorToken.name], set: values });
    },

    /** A statement for a batch: other rights, and another token where a hash is given. */
    change: (space: Space, name: string, rights: OperatorRights, hash: string | null) =>
      db
        .update(operatorToken)
        .set({ ...columnsOf(rights), ...(hash === null ? {} : { hash }) })
        .where(named(space, name)),

    /** A statement for a batch: nobody else can be it from now on. */
    bind: (space: Space, name: string, { issuer, subject }: ExternalIdentity) =>
      db.update(operatorToken).set({ issuer, subject }).where(named(space, name)),

    /** A statement for a batch. */
    revoke: (space: Space, name: string, revokedAt: Instant) =>
      db.update(operatorToken).set({ revokedAt }).where(named(space, name)),
  };
}

function columnsOf({ kind, role, scopes, expiresAt }: OperatorRights) {
  return { kind, role, scopes: scopes && JSON.stringify(scopes), expiresAt };
}

function operatorOf({ space: _, hash, issuer, subject, ...row }: typeof operatorToken.$inferSelect): Operator {
  return {
    ...row,
    createdAt: row.createdAt as Instant,
    revokedAt: row.revokedAt as Instant | null,
    // A role of a newer version of the code is the least here.
    role: OPERATOR_ROLES.find((role) => role === row.role) ?? ('viewer' satisfies OperatorRole),
    scopes: row.scopes === null ? null : (JSON.parse(row.scopes) as readonly string[]),
    expiresAt: row.expiresAt as Instant | null,
    identity: issuer === null || subject === null ? null : { issuer, subject },
    hasToken: hash !== NO_TOKEN,
  };
}
