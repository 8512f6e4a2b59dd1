import { SignJWT } from 'jose';
import type { Account } from './accounts.ts';
import { hostCookie, openCookie, sealCookie } from './cookies.ts';
import type { ShopEnv } from './env.ts';

export const SESSION_COOKIE = '__Host-shop';
/** As long as Selvedge keeps a visitor authenticated, and sliding like it: both forget at the same time. */
const SESSION_SECONDS = 30 * 60;
const PROOF_SECONDS = 120;

export interface Session {
  readonly customerId: string;
  readonly firstName: string;
}

export async function readSession(
  cookies: ReadonlyMap<string, string>,
  env: ShopEnv,
  nowMs: number,
): Promise<Session | null> {
  const value = await openCookie(SESSION_COOKIE, cookies.get(SESSION_COOKIE), env.SESSION_SECRET, nowMs);
  if (typeof value !== 'object' || value === null) return null;
  const { customerId, firstName } = value as Partial<Session>;
  return typeof customerId === 'string' && typeof firstName === 'string' ? { customerId, firstName } : null;
}

export async function sessionCookie(session: Session, env: ShopEnv, nowMs: number): Promise<string> {
  const sealed = await sealCookie(SESSION_COOKIE, session, env.SESSION_SECRET, SESSION_SECONDS, nowMs);
  return hostCookie(SESSION_COOKIE, sealed, SESSION_SECONDS);
}

/**
 * Tells Selvedge who is signed in, in a way that no page could: signed by this server, for this source (`aud`), short-lived, once (`jti`).
 */
export function signProof(account: Account, env: ShopEnv): Promise<string> {
  // The secret is a text on both sides, as JWT libraries take it; its bytes are the key.
  const secret = new TextEncoder().encode(env.PROOF_SECRET);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', kid: env.PROOF_KID })
    .setIssuer('shop')
    .setAudience('web-shop')
    .setSubject(account.id)
    .setIssuedAt()
    .setExpirationTime(`${PROOF_SECONDS}s`)
    .setJti(crypto.randomUUID())
    .sign(secret);
}
