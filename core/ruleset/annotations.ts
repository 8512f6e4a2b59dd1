import type { ResourceKind } from './resources.ts';

/** What a resource of any kind may say for the people who look after it. */
export interface Annotations {
  readonly description?: string;
  /** Where lists show it: `summer/sale`. */
  readonly folder?: string;
  /** Lists find it by them. Those of an offer are what affinity rankers compare with interests, too. */
  readonly tags?: readonly string[];
  /** Name of the operator who looks after it. */
  readonly owner?: string;
}

const MEMBERS: ReadonlySet<string> = new Set([
  'description',
  'folder',
  'tags',
  'owner',
] satisfies (keyof Annotations)[]);

/** What a ruleset is compiled of: annotations change nothing that the edge reads. */
export function withoutAnnotations<T extends object>(kind: ResourceKind, resource: T): T {
  const read = Object.entries(resource).filter(
    ([member]) => !MEMBERS.has(member) || (kind === 'offer' && member === 'tags'),
  );
  return Object.fromEntries(read) as T;
}
