import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';

/** A proof that has signed somebody in. Plain data, kept in the state of the person's profile. */
export interface UsedProof {
  readonly jti: string;
  /** Value of the device that it signed in on. */
  readonly device: string;
  readonly usedAt: Instant;
  /** From here on the door refuses it by its age. */
  readonly expiresAt: Instant;
}

/** `again`: the same login once more, because its answer was lost; do as for `fresh`. `used`: a replay. */
export type ProofUse = 'fresh' | 'again' | 'used';

/** The clocks of two isolates differ; a proof is remembered this much longer than the door takes it. */
const MARGIN_MS = 60_000;

/**
 * A proof is good for one login. On another device it is a replay at once; on the same one after the time of a retry. Expired ones are
 * forgotten, and beyond 64 the one that expires first.
 */
export function rememberProof(
  used: readonly UsedProof[],
  { jti, device, expiresAt }: Pick<UsedProof, 'jti' | 'device' | 'expiresAt'>,
  now: Instant,
): { readonly use: ProofUse; readonly used: readonly UsedProof[] } {
  const live = used.filter((proof) => proof.expiresAt + MARGIN_MS >= now);
  const held = live.find((proof) => proof.jti === jti);
  if (held) {
    const isRetry = held.device === device && now - held.usedAt <= limit('proofRetryMs');
    return { use: isRetry ? 'again' : 'used', used: live };
  }
  return { use: 'fresh', used: bounded([...live, { jti, device, usedAt: now, expiresAt }]) };
}

/** What two places remember, where one of them is asked alone from now on. */
export function joinProofs(held: readonly UsedProof[], others: readonly UsedProof[]): readonly UsedProof[] {
  const fresh = others.filter(({ jti }) => !held.some((known) => known.jti === jti));
  return fresh.length === 0 ? held : bounded([...held, ...fresh]);
}

/** Of too many, those go that expire first. */
function bounded(proofs: readonly UsedProof[]): readonly UsedProof[] {
  const most = limit('proofsKept');
  return proofs.length <= most ? proofs : [...proofs].sort((a, b) => b.expiresAt - a.expiresAt).slice(0, most);
}
