import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Instant } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import { type FetchProblem, fetchJson, isSafeAddress } from './fetch-json.ts';

const address = z.string().max(2048);
const discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: address,
  token_endpoint: address,
  jwks_uri: address,
  userinfo_endpoint: address.optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
});
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** What a provider says of itself. */
export type Discovery = z.output<typeof discovery>;
/** `otherIssuer`: the document is about somebody else. */
export type ProviderProblem = FetchProblem | 'badDocument' | 'otherIssuer';
export type TokenProblem = ProviderProblem | 'badToken' | 'expiredToken';

/** Signatures that only the holder of a private key can make. What the token itself asks for counts for nothing. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];
/** Clocks of two servers differ. */
const TOLERANCE_SECONDS = 10;
/** Tokens that name unknown keys make us ask again, and not more often than this. */
const KEYS_AGAIN_MS = 30_000;

export interface Asking {
  readonly now: Instant;
  /** As in `isSafeAddress`. */
  readonly isLocal: boolean;
}

export type Providers = ReturnType<typeof createProviders>;

/** What is known of identity providers, kept for a while. One for each isolate. */
export function createProviders() {
  const documents = new Map<string, { readonly at: Instant; readonly document: Discovery }>();
  const keys = new Map<string, { readonly at: Instant; readonly find: ReturnType<typeof createLocalJWKSet> }>();

  async function keysOf(jwksUri: string, { now, isLocal }: Asking, maxAgeMs: number) {
    const held = keys.get(jwksUri);
    if (held && now - held.at < maxAgeMs) return ok(held.find);
    const fetched = await fetchJson(jwksUri, isLocal);
    if (!fetched.ok) return fetched;
    const parsed = keySet.safeParse(fetched.value);
    if (!parsed.success) return err('badDocument' as const);
    const find = createLocalJWKSet(parsed.data as JSONWebKeySet);
    keys.set(jwksUri, { at: now, find });
    return ok(find);
  }

  return {
    async discover(issuer: string, { now, isLocal }: Asking): Promise<Result<Discovery, ProviderProblem>> {
      const held = documents.get(issuer);
      if (held && now - held.at < limit('identityProviderKeysMs')) return ok(held.document);
      const fetched = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, isLocal);
      if (!fetched.ok) return fetched;
      const parsed = discovery.safeParse(fetched.value);
      if (!parsed.success) return err('badDocument');
      const document = parsed.data;
      if (document.issuer !== issuer) return err('otherIssuer');
      const { authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint } = document;
      const named = [authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint].filter(
        (each) => each !== undefined,
      );
      if (!named.every((each) => isSafeAddress(each, isLocal))) return err('badAddress');
      documents.set(issuer, { at: now, document });
      return ok(document);
    },

    /** A token whose signature, issuer, audience and times are right. */
    async verify(
      token: string,
      jwksUri: string,
      expected: { readonly issuer: string; readonly audience: string; readonly requiredClaims: readonly string[] },
      asking: Asking,
    ): Promise<Result<JWTPayload, TokenProblem>> {
      const options: JWTVerifyOptions = {
        issuer: expected.issuer,
        audience: expected.audience,
        requiredClaims: ['exp', 'iat', 'sub', ...expected.requiredClaims],
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: new Date(asking.now),
      };
      for (const maxAgeMs of [limit('identityProviderKeysMs'), KEYS_AGAIN_MS]) {
        const found = await keysOf(jwksUri, asking, maxAgeMs);
        if (!found.ok) return found;
        try {
          const { payload } = await jwtVerify(token, found.value, options);
          const isEarly = (payload.iat ?? 0) * 1000 > asking.now + TOLERANCE_SECONDS * 1000;
          return isEarly ? err('badToken') : ok(payload);
        } catch (error) {
          if (error instanceof errors.JWTExpired) return err('expiredToken');
          if (!(error instanceof errors.JWKSNoMatchingKey)) return err('badToken');
        }
      }
      return err('badToken');
    },
  };
}
