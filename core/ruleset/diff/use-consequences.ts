import { referencesOf } from '../references/references.ts';
import type { ResourceKind } from '../resources.ts';
import type { Consequence } from './consequence.ts';
import type { ContentResource, ResourceChange } from './content-diff.ts';

/** Who feels a change or an end of something that others name. Others are those that will be there, and those that change with it as they were. */
export function useConsequences(
  changes: readonly ResourceChange[],
  after: readonly ContentResource[],
): readonly Consequence[] {
  const wanted = new Map<string, ResourceChange>(
    changes.flatMap((change) => (change.change === 'added' ? [] : [[`${change.kind}/${change.id}`, change] as const])),
  );
  if (wanted.size === 0) return [];
  const users = new Map<string, Map<string, Use>>();
  for (const content of [after, changes.flatMap(({ before }) => before ?? [])])
    for (const { kind, id, body } of content)
      for (const { kinds, id: named } of referencesOf(kind, body))
        for (const of of kinds) {
          const key = `${of}/${named}`;
          if (!wanted.has(key) || key === `${kind}/${id}`) continue;
          users.set(key, (users.get(key) ?? new Map<string, Use>()).set(`${kind}/${id}`, { kind, id }));
        }
  return [...wanted].flatMap(([key, { kind, id, change }]): readonly Consequence[] => {
    const by = [...(users.get(key)?.values() ?? [])].sort((a, b) => compare(a.kind, b.kind) || compare(a.id, b.id));
    if (by.length === 0) return [];
    const what = change === 'removed' ? 'goes and was' : 'changes and is';
    const sentence = `${title(kind)} ${id} ${what} used by ${listed(by.map((use) => `${use.kind} ${use.id}`))}.`;
    return [{ code: 'used', about: { kind, id }, data: { change, by }, sentence }];
  });
}

interface Use {
  readonly kind: ResourceKind;
  readonly id: string;
}

const NAMED = 5;

function listed(words: readonly string[]): string {
  if (words.length > NAMED) return `${words.slice(0, NAMED).join(', ')} and ${words.length - NAMED} more`;
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function title(kind: string): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
