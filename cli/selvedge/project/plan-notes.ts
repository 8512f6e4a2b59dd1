import { referencesOf } from '../../../core/ruleset/references/references.ts';
import type { ResourceKind } from '../../../core/ruleset/resources.ts';
import type { Plain } from './canonical.ts';
import { keyOf } from './resource-key.ts';

export interface Present {
  readonly kind: ResourceKind;
  readonly id: string;
  /** Canonical. */
  readonly resource: Plain;
}

/** What a change means elsewhere: who is built on what changes, and what is left with nothing to show. */
export function planNotes(
  before: readonly Present[],
  after: readonly Present[],
  changed: readonly Pick<Present, 'kind' | 'id'>[],
): readonly string[] {
  return [...dependents(after, changed), ...emptied(before, after)];
}

/** Transitively: a segment of a segment changes with it. */
function dependents(after: readonly Present[], changed: readonly Pick<Present, 'kind' | 'id'>[]): readonly string[] {
  const reads = after.map((each) => ({ key: keyOf(each), names: namesIn(each) }));
  const own = new Set(changed.map(keyOf));
  return changed.flatMap((each) => {
    if (!['segment', 'measure', 'attribute', 'ranker', 'strategy'].includes(each.kind)) return [];
    const reached = new Set([keyOf(each)]);
    for (const name of reached) {
      for (const { key, names } of reads) if (names.has(name)) reached.add(key);
    }
    const others = [...reached].filter((key) => !own.has(key)).sort();
    if (others.length === 0) return [];
    const shown = others.slice(0, 8).join(', ');
    return [
      `${keyOf(each)} is read by ${shown}${others.length > 8 ? ` and ${others.length - 8} more` : ''}: they change with it.`,
    ];
  });
}

function namesIn({ kind, resource }: Present): ReadonlySet<string> {
  return new Set(referencesOf(kind, resource).flatMap(({ kinds, id }) => kinds.map((each) => `${each} ${id}`)));
}

function emptied(before: readonly Present[], after: readonly Present[]): readonly string[] {
  const shownAt = (present: readonly Present[]) => {
    const ids = new Set(present.filter(({ kind }) => kind === 'placement').map(({ id }) => id));
    const offers = new Map(
      present
        .filter(({ kind }) => kind === 'offer')
        .map(({ id, resource }) => [id, (resource.placements as readonly string[]).filter((each) => ids.has(each))]),
    );
    return { ids, offers, filled: new Set([...offers.values()].flat()) };
  };
  const [old, now] = [shownAt(before), shownAt(after)];
  return [
    ...[...now.ids]
      .filter((id) => old.filled.has(id) && !now.filled.has(id))
      .map((id) => `placement ${id} loses its last offer: it shows its fallback.`),
    ...[...now.offers]
      .filter(([id, places]) => places.length === 0 && (old.offers.get(id)?.length ?? 0) > 0)
      .map(([id]) => `offer ${id} loses its only placement: it is shown nowhere.`),
  ];
}
