import type { ResourceKind } from '../resources.ts';

/** That a resource names another one. */
export interface Reference {
  /** What the name may mean: a bare name in a rule is an attribute or a measure. */
  readonly kinds: readonly ResourceKind[];
  readonly id: string;
  /** JSON pointer: where it names it. */
  readonly pointer: string;
}

/** To one resource of one kind. */
export function to(kind: ResourceKind, id: string, pointer: string): Reference {
  return { kinds: [kind], id, pointer };
}
