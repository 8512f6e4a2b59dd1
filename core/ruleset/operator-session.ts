import type { Instant } from '../lib/ids.ts';

/** Who somebody is at an identity provider. Their e-mail address may become another person's; this never does. */
export interface ExternalIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** `browser`: held by a cookie. `cli`: held by a command line, sent as a token. `code`: good once, to be changed for a `cli` one. */
export const SESSION_KINDS = ['browser', 'cli', 'code'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/** A sign-in that goes on. */
export interface OperatorSession {
  readonly id: string;
  readonly operator: string;
  readonly kind: SessionKind;
  /** `code`: SHA-256 (base64url) of the secret of the command line that asked for it; else null. */
  readonly challenge: string | null;
  /** Who vouched for the person. */
  readonly issuer: string;
  readonly createdAt: Instant;
  /** Of a request not long ago: it is not written with each. */
  readonly seenAt: Instant;
  /** However busy it is. */
  readonly expiresAt: Instant;
  /** As in `AuditEntry`. */
  readonly from: string | null;
  /** What the browser or program calls itself, cut; null: nothing. */
  readonly agent: string | null;
}

/** A session to be, with the SHA-256 (hex) of its credential. */
export interface SessionDraft extends Omit<OperatorSession, 'operator' | 'createdAt' | 'seenAt'> {
  readonly hash: string;
}
