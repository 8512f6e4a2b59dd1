import type { Instant } from '../lib/ids.ts';

/** What an operator is, from the least to the most. What each may do: worker/admin/roles.ts. */
export const OPERATOR_ROLES = ['viewer', 'analyst', 'editor', 'publisher', 'privacy', 'owner'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Whose token it is: a person's, or a program's. */
export const TOKEN_KINDS = ['personal', 'service'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** What a token is good for. */
export interface OperatorRights {
  readonly kind: TokenKind;
  readonly role: OperatorRole;
  /** Tags of the operations that it is limited to; null: all that the role may do. */
  readonly scopes: readonly string[] | null;
  /** Null: until it is revoked. */
  readonly expiresAt: Instant | null;
}
