import type { ResourceKind } from '../../../core/ruleset/resources.ts';

/** Names one resource among all: `segment loyal`. */
export type ResourceKey = `${ResourceKind} ${string}`;

export function keyOf({ kind, id }: { readonly kind: ResourceKind; readonly id: string }): ResourceKey {
  return `${kind} ${id}`;
}
