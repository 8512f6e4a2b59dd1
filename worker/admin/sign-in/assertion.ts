import type { JWTPayload } from 'jose';
import { z } from 'zod';
import type { Instant } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import type { ExternalIdentity } from '../../../core/ruleset/operator-session.ts';
import type { AccessSettings, OidcSettings } from '../../sign-in-settings.ts';
import type { Asking, Discovery, Providers, TokenProblem } from './providers.ts';

/** What an identity provider says of somebody, once it is proven. */
export interface Assertion {
  readonly identity: ExternalIdentity;
  /** In lower case; null: none, or the provider does not say that it is theirs. */
  readonly email: string | null;
}

const MAX_SUBJECT = 255;
const address = z.email().max(254);

/** `nonce`: the token answers another sign-in than this one. */
export type AssertionProblem = TokenProblem | 'nonce';

/** An ID token that was asked for with this nonce, just now. */
export async function readIdToken(
  token: string,
  { issuer, clientId }: OidcSettings,
  { jwks_uri }: Discovery,
  nonce: string,
  providers: Providers,
  asking: Asking,
): Promise<Result<Assertion, AssertionProblem>> {
  const expected = { issuer, audience: clientId, requiredClaims: ['nonce'] };
  const verified = await providers.verify(token, jwks_uri, expected, asking);
  if (!verified.ok) return verified;
  const { aud, azp, iat = 0, nonce: said } = verified.value;
  if (said !== nonce) return err('nonce');
  // For several clients it must say that it was made for us.
  if ((Array.isArray(aud) && aud.length > 1 && azp === undefined) || (azp !== undefined && azp !== clientId))
    return err('badToken');
  if (isOld(iat, asking.now)) return err('expiredToken');
  return assertionOf(issuer, verified.value, verifiedEmail(verified.value));
}

/** What Cloudflare Access puts before each request that it lets through. Who is in it has gone through Access's own sign-in, so the address is theirs. */
export async function readAccessToken(
  token: string,
  { issuer, audience }: AccessSettings,
  providers: Providers,
  asking: Asking,
): Promise<Result<Assertion, AssertionProblem>> {
  const expected = { issuer, audience, requiredClaims: ['email'] };
  const verified = await providers.verify(token, `${issuer}/cdn-cgi/access/certs`, expected, asking);
  if (!verified.ok) return verified;
  return assertionOf(issuer, verified.value, verified.value.email);
}

/**
 * The address of the claims, if the provider vouches for it. Google, Okta and most others say `email_verified`; Microsoft Entra says `xms_edov` where the owner of
 * the domain was checked.
 */
export function verifiedEmail(claims: Readonly<Record<string, unknown>>): unknown {
  const { email, email_verified: isVerified, xms_edov: isDomainVerified } = claims;
  const yes: readonly unknown[] = [true, 'true', 1, '1'];
  // Who says no is not overruled.
  if (isVerified !== undefined) return yes.slice(0, 2).includes(isVerified) ? email : null;
  return yes.includes(isDomainVerified) ? email : null;
}

export function parseEmail(text: unknown): string | null {
  const parsed = address.safeParse(text);
  return parsed.success ? parsed.data.toLowerCase() : null;
}

function assertionOf(issuer: string, { sub }: JWTPayload, email: unknown): Result<Assertion, AssertionProblem> {
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT) return err('badToken');
  return ok({ identity: { issuer, subject: sub }, email: parseEmail(email) });
}

function isOld(iatSeconds: number, now: Instant): boolean {
  return now - iatSeconds * 1000 > limit('signInMs');
}
