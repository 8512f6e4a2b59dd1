import type { CompiledNamespaces } from '../compiled-namespaces.ts';

/** Everything that decides how identities become people; comes with the ruleset. */
export interface StitchRules {
  readonly namespaces: CompiledNamespaces;
  /** Most identities of one profile; the next one evicts the oldest of the least telling type. */
  readonly maxIdentities: number;
  readonly maxIdentitiesPerEvent: number;
  /** Merges that made one profile; beyond it events are kept and link nothing. */
  readonly maxMerges: number;
  readonly policy: StitchPolicy;
}

export interface StitchPolicy {
  /** `stay`: history that a person has claimed stays with that person when the device leaves. `follow-device`: it moves along. */
  readonly anonymousHistory: 'stay' | 'follow-device';
  /** `authenticated`: a claim never displaces what a proof has linked. `any`: the newest wins whoever said it. */
  readonly displace: 'authenticated' | 'any';
  readonly maxClockSkewMs: number;
  /** Idle time after which a profile made only of `anonymousNamespaces` ends; null keeps it. */
  readonly anonymousTtlMs: number | null;
  /** Null: every namespace of type device or cookie. */
  readonly anonymousNamespaces: readonly string[] | null;
  /** Idle time after which one identity leaves with what came through it; null keeps it. */
  readonly identityTtlMs: number | null;
}

/** The product's defaults: private on a shared device, and no claim displaces a proof. */
export const DEFAULT_STITCH: Omit<StitchRules, 'namespaces'> = {
  maxIdentities: 50,
  maxIdentitiesPerEvent: 20,
  maxMerges: 256,
  policy: {
    anonymousHistory: 'stay',
    displace: 'authenticated',
    maxClockSkewMs: 5 * 60_000,
    anonymousTtlMs: 30 * 86_400_000,
    anonymousNamespaces: null,
    identityTtlMs: null,
  },
};
