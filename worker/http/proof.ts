import { decodeProtectedHeader, importJWK, type JWTPayload, jwtVerify } from 'jose';
import type { Identity } from '../../core/event/event.ts';
import { findNamespace, normaliseIdentity } from '../../core/identity/namespaces.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { ProofKey, Source } from '../../core/ruleset/resources.ts';
import type { SecretBox } from './secret-box.ts';

/** Clocks of two servers differ. */
const TOLERANCE_SECONDS = 10;

/**
 * Checks a JWT that the site's server signed: key by `kid`, algorithm pinned by that key (never read from the token), audience = this source,
 * life of at most five minutes. Returns the person it names: `sub` in the namespace `ns` (default `customer`).
 */
export async function verifyProof(
  jwt: string,
  source: Source,
  secrets: SecretBox,
  nowMs: number,
): Promise<Result<Identity, string>> {
  const key = findKey(jwt, source);
  if (!key) return err('no proof key of this source has that kid');
  const material = await materialOf(key, secrets);
  if (!material) return err('the proof key cannot be used');
  let payload: JWTPayload;
  try {
    const verified = await jwtVerify(jwt, material, {
      algorithms: [key.alg],
      audience: source.id,
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(nowMs),
      requiredClaims: ['sub', 'iat', 'exp', 'jti'],
    });
    payload = verified.payload;
  } catch (error) {
    return err(error instanceof Error && 'code' in error ? String(error.code) : 'the proof does not verify');
  }
  const life = ((payload.exp ?? 0) - (payload.iat ?? 0)) * 1000;
  if (life > limit('proofLifeMs')) return err('a proof may live for at most five minutes (exp - iat)');
  if ((payload.iat ?? 0) > nowMs / 1000 + TOLERANCE_SECONDS) return err('issued in the future');
  const namespace = typeof payload.ns === 'string' ? payload.ns : 'customer';
  if (!findNamespace(namespace)?.unique) return err('ns must be a namespace that names one person');
  const person = normaliseIdentity({ namespace, value: payload.sub ?? '' });
  return person ? ok(person) : err('sub names nobody');
}

/** null: a secret sealed by another key, or a public key that is none. */
async function materialOf(key: ProofKey, secrets: SecretBox) {
  if (key.alg === 'HS256') return secrets.open(key.secretEncrypted);
  return importJWK({ ...key.publicJwk }, key.alg).catch(() => null);
}

function findKey(jwt: string, source: Source): ProofKey | undefined {
  try {
    const { kid } = decodeProtectedHeader(jwt);
    return source.proofKeys.find((key) => key.kid === kid);
  } catch {
    return undefined;
  }
}
