import type { NamespaceRule } from './namespace-set.ts';

const BASE = { unique: false, limit: null, windowMs: null, pattern: null } as const;

/**
 * The namespaces that every space has, whatever its operator lists: devices are minted by us and proven by the token that we signed;
 * `anonymous` is a client's own id, whose profile is born by a keyed hash. Their types never change. Priorities are those of the default set.
 */
export const RESERVED_NAMESPACES = [
  { ...BASE, code: 'device', type: 'device', priority: 6, normalise: 'lower', linkTrust: 'claimed' },
  // Who sends the anonymous id of another browser must not be joined with whoever is behind it: only a server links by it.
  { ...BASE, code: 'anonymous', type: 'cookie', priority: 7, normalise: 'trim', linkTrust: 'verified' },
] as const satisfies readonly NamespaceRule[];

/** A list with the reserved namespaces that it lacks, ranked below all that it has. */
export function withReserved<N extends { readonly code: string; readonly priority: number }>(
  namespaces: readonly N[],
): readonly (N | NamespaceRule)[] {
  let lowest = Math.max(0, ...namespaces.map(({ priority }) => priority));
  const missing = RESERVED_NAMESPACES.filter(({ code }) => !namespaces.some((each) => each.code === code));
  return [...namespaces, ...missing.map((reserved): NamespaceRule => ({ ...reserved, priority: ++lowest }))];
}
