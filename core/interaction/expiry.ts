import type { StitchRules } from '../identity/replay/stitch-rules.ts';
import type { Instant } from '../lib/ids.ts';
import type { Strand } from '../profile/strand.ts';
import { isSomebody, type ProfileState } from './state.ts';

/** When a profile of nobody known ends, if nothing comes before; null: never. */
export function expiresAt(state: ProfileState, rules: StitchRules): Instant | null {
  const { anonymousTtlMs } = rules.policy;
  const { state: is, expiry } = state.stitch;
  if (anonymousTtlMs === null || is !== 'live' || expiry !== null || !isSomebody(state)) return null;
  const isAnonymous = state.strands.every((strand) => strand.state === 'gone' || isAnonymousStrand(strand, rules));
  return isAnonymous ? ((state.activeAt + anonymousTtlMs) as Instant) : null;
}

function isAnonymousStrand({ identity, keptBy }: Strand, { namespaces, policy }: StitchRules): boolean {
  if (keptBy !== null) return false;
  if (policy.anonymousNamespaces !== null) return policy.anonymousNamespaces.includes(identity.namespace);
  const type = namespaces.byCode.get(identity.namespace)?.type;
  return type === 'device' || type === 'cookie';
}
