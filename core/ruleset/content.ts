import type { ResourceKind } from './resources.ts';

/** One resource of a sequence: the version that it was compiled of. */
export type ContentEntry = readonly [kind: ResourceKind, id: string, version: number];

/** Part `content`: everything that a sequence was compiled of, in the order of (kind, id). Sequences of before there was one have none. */
export interface ContentPart {
  readonly format: 1;
  readonly resources: readonly ContentEntry[];
}

/** Null takes the resource out. */
export interface ContentChange {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly version: number | null;
}

export function contentPart(resources: readonly ContentEntry[]): ContentPart {
  return { format: 1, resources: [...resources].sort(byKindAndId) };
}

/** A content with changes laid over it. */
export function layOver(entries: readonly ContentEntry[], changes: readonly ContentChange[]): readonly ContentEntry[] {
  const laid = new Map(entries.map((entry) => [keyOf(entry[0], entry[1]), entry]));
  for (const { kind, id, version } of changes) {
    if (version === null) laid.delete(keyOf(kind, id));
    else laid.set(keyOf(kind, id), [kind, id, version]);
  }
  return [...laid.values()].sort(byKindAndId);
}

/** No kind and no id has a slash. */
function keyOf(kind: string, id: string): string {
  return `${kind}/${id}`;
}

function byKindAndId([kind, id]: ContentEntry, [otherKind, otherId]: ContentEntry): number {
  if (kind !== otherKind) return kind < otherKind ? -1 : 1;
  return id < otherId ? -1 : id > otherId ? 1 : 0;
}
