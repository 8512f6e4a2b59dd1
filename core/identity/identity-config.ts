import { compileNamespaces } from './compiled-namespaces.ts';
import { DEFAULT_NAMESPACES } from './default-namespaces.ts';
import type { NamespaceSet } from './namespace-set.ts';
import { DEFAULT_STITCH, type StitchPolicy, type StitchRules } from './replay/stitch-rules.ts';

/** Everything about identities that an operator of a space configures. */
export interface IdentityConfig extends NamespaceSet {
  readonly policy: StitchPolicy;
  readonly limits: IdentityLimits;
}

export interface IdentityLimits {
  /** Most identities of one profile: at most 50. */
  readonly maxIdentities: number;
  /** Most identities of one event: at most 20. */
  readonly maxIdentitiesPerEvent: number;
  /** Merges that made one profile; beyond it events are kept and link nothing. */
  readonly maxMerges: number;
}

const { policy, ...limits } = DEFAULT_STITCH;

/** What a space has that configured nothing. */
export const DEFAULT_IDENTITY: IdentityConfig = { ...DEFAULT_NAMESPACES, policy, limits };

/** The form of the hot path; expressions are compiled, so this is for the load of a ruleset, never for a request. */
export function compileIdentity(config: IdentityConfig): StitchRules {
  return { namespaces: compileNamespaces(config), policy: config.policy, ...config.limits };
}

/** The default rules, compiled. */
export const DEFAULT_STITCH_RULES: StitchRules = compileIdentity(DEFAULT_IDENTITY);
