import { decodeProtectedHeader, errors, importJWK, type JWTPayload, jwtVerify } from 'jose';
import type { Identity } from '../../core/event/event.ts';
import { normaliseIdentity } from '../../core/identity/normalise-identity.ts';
import type { DeviceId, Instant } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { ProofKey, Source } from '../../core/ruleset/resources.ts';
import type { SecretBox } from '../secret-box.ts';
import { sha256Base64Url } from '../sha256.ts';
import type { ProblemExtras } from './problem.ts';

/** Clocks of two servers differ. */
const TOLERANCE_SECONDS = 10;
const MAX_JTI = 128;

/** What a proof says, once it is proven. */
export interface Proof {
  readonly person: Identity;
  /** Its own id within the space: a proof is good for one login. */
  readonly jti: string;
  /** From here on it is refused by its age. */
  readonly expiresAt: Instant;
  /** SHA-256 (base64url) of the one device that it is for; null: any. */
  readonly device: string | null;
}

/** Why a proof is refused; clients may switch on it. Each says what to do. */
export const PROOF_PROBLEMS = {
  malformed: 'it is no signed JWT with the claims sub, aud, iat, exp and jti',
  unknownKey: 'no proof key of this source has that kid',
  unusableKey: 'the proof key of that kid cannot be used: put it again',
  otherAlgorithm: 'it names another algorithm than its key is pinned to',
  badSignature: 'the signature does not verify',
  expired: 'it has expired: sign one for each login',
  future: 'it was issued in the future, or is not valid yet: check the clock of the server that signs',
  livesTooLong: 'a proof may live for at most five minutes (exp - iat)',
  otherSource: 'its audience (aud) is not the id of this source alone',
  otherDevice: 'it was signed for another device (dev)',
  namesNobody: 'ns must be a unique namespace of the space, and sub a value of it',
  used: 'it has been used: each proof signs in once',
} as const;
export type ProofProblem = keyof typeof PROOF_PROBLEMS;

/** The members of a problem document for a refused proof. */
export function proofExtras(problem: ProofProblem): ProblemExtras {
  const detail = `the proof is not valid: ${PROOF_PROBLEMS[problem]}`;
  return { detail, errors: [{ pointer: '/proof', code: problem, detail: PROOF_PROBLEMS[problem] }] };
}

/**
 * Checks a JWT that the site's server signed: key by `kid`, algorithm pinned by that key (never read from the token), audience = this source,
 * life of at most five minutes. It names a person: `sub` in the unique namespace `ns` (default `customer`). Whether it was used
 * before is for the profile of that person to say, and whether `device` is the visitor's for `isForDevice`.
 */
export async function verifyProof(
  jwt: string,
  { source, ruleset }: { readonly source: Source; readonly ruleset: Pick<LoadedRuleset, 'stitch'> },
  secrets: SecretBox,
  nowMs: number,
): Promise<Result<Proof, ProofProblem>> {
  const kid = kidOf(jwt);
  if (kid === null) return err('malformed');
  const key = source.proofKeys.find((each) => each.kid === kid);
  if (!key) return err('unknownKey');
  const material = await materialOf(key, secrets);
  if (!material) return err('unusableKey');
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
    return err(problemOf(error));
  }
  const { sub, iat, exp, jti, aud, ns = 'customer', dev = null } = payload;
  if (typeof sub !== 'string' || typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI) return err('malformed');
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof ns !== 'string') return err('malformed');
  if (dev !== null && typeof dev !== 'string') return err('malformed');
  // For two sources it could be used at each.
  if (Array.isArray(aud) && aud.length > 1) return err('otherSource');
  if (iat > nowMs / 1000 + TOLERANCE_SECONDS) return err('future');
  if ((exp - iat) * 1000 > limit('proofLifeMs')) return err('livesTooLong');
  const { namespaces } = ruleset.stitch;
  const isUnique = namespaces.byCode.get(ns)?.unique === true;
  const person = isUnique ? normaliseIdentity({ namespace: ns, value: sub }, namespaces) : null;
  if (!person) return err('namesNobody');
  const expiresAt = Math.ceil((exp + TOLERANCE_SECONDS) * 1000) as Instant;
  // Two sources may count alike.
  return ok({ person, jti: `${source.id}:${jti}`, expiresAt, device: dev });
}

/** Whether a proof may sign in on this device; null: a visitor who is new, for whom none can have been signed. */
export async function isForDevice({ device: wanted }: Proof, device: DeviceId | null): Promise<boolean> {
  return wanted === null || (device !== null && wanted === (await sha256Base64Url(device)));
}

/** null: a secret sealed by another key, or a public key that is none. */
async function materialOf(key: ProofKey, secrets: SecretBox) {
  if (key.alg === 'HS256') return secrets.open(key.secretEncrypted);
  return importJWK({ ...key.publicJwk, alg: key.alg }, key.alg).catch(() => null);
}

function kidOf(jwt: string): string | null {
  try {
    return decodeProtectedHeader(jwt).kid ?? '';
  } catch {
    return null;
  }
}

function problemOf(error: unknown): ProofProblem {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'otherAlgorithm';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'badSignature';
  if (!(error instanceof errors.JWTClaimValidationFailed) || error.reason === 'missing') return 'malformed';
  if (error.claim === 'aud') return 'otherSource';
  return error.claim === 'nbf' || error.claim === 'iat' ? 'future' : 'malformed';
}
