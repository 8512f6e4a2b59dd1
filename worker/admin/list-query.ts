import { z } from 'zod';
import { fingerprint64 } from '../../core/lib/hash.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { LIST_SORTS, type ListPlace, type ListSort, type ResourceList } from '../../core/ruleset/resource-list.ts';
import type { ResourceKind } from '../../core/ruleset/resources.ts';
import type { AdminAnswer } from './route.ts';

const SORTS = LIST_SORTS.flatMap((sort) => [sort, `-${sort}`] as const);
const WORDS = 10;

/** What lists of resources can be asked. All conditions hold together. */
export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2000).exactOptional().meta({ description: '`next` of the page before, of the same list' }),
  q: z
    .string()
    .max(200)
    .refine((text) => wordsOf(text).length <= WORDS, `at most ${WORDS} words`)
    .exactOptional()
    .meta({
      description: 'Words, each of which stands in id, name or description; large and small letters are the same',
    }),
  folder: z.string().max(200).exactOptional().meta({ description: 'This folder and those below it' }),
  tag: z.string().max(64).exactOptional(),
  owner: z.string().max(64).exactOptional(),
  archived: z.stringbool().default(false).meta({ description: 'Show archived ones as well' }),
  sort: z.enum(SORTS).default('id').meta({ description: '`-` turns it round' }),
  count: z.stringbool().default(false).meta({ description: 'Tell how many there are on all pages' }),
});
type ListQuery = z.output<typeof listQuery>;

export const listPage = {
  next: z.string().nullable().meta({ description: '`cursor` of the next page; null: this is the last' }),
  count: z.number().int().exactOptional(),
};

/** A query → the list that it means; a cursor of another list is no place in this one. */
export function readListQuery(
  { limit, cursor, q, folder, tag, owner, archived, sort: written }: ListQuery,
  kind: ResourceKind | undefined,
): Result<ResourceList, AdminAnswer> {
  const sort = (written.startsWith('-') ? written.slice(1) : written) as ListSort;
  const order = written.startsWith('-') ? 'desc' : 'asc';
  const list: ResourceList = { kind, words: wordsOf(q ?? ''), folder, tag, owner, archived, sort, order, limit };
  if (cursor === undefined) return ok(list);
  const after = readCursor(cursor, list);
  if (after) return ok({ ...list, after });
  const errors = [{ pointer: '/cursor', code: 'value', detail: 'not the next page of this list: begin anew' }];
  return err({ problem: 'badRequest', extras: { errors } });
}

/** One more than wanted tells whether there is a next page. */
export function pageOf<T>(
  list: ResourceList,
  found: readonly T[],
  placeOf: (item: T) => Required<ListPlace>,
): { readonly items: readonly T[]; readonly next: string | null } {
  const items = found.slice(0, list.limit);
  const last = items.at(-1);
  return { items, next: found.length > list.limit && last ? writeCursor(placeOf(last), list) : null };
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

function writeCursor({ key, kind, id }: Required<ListPlace>, list: ResourceList): string {
  const parts = [tieOf(list), kind, id, ...(list.sort === 'id' ? [] : [key])];
  return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(parts))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function readCursor(cursor: string, list: ResourceList): ListPlace | null {
  const key = { id: z.tuple([]), name: z.tuple([z.string()]), updatedAt: z.tuple([z.number()]) }[list.sort];
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0));
    const [tie, kind, id, ...rest] = JSON.parse(new TextDecoder().decode(bytes)) as unknown[];
    const parsed = key.safeParse(rest);
    if (tie !== tieOf(list) || typeof kind !== 'string' || typeof id !== 'string' || !parsed.success) return null;
    const [value] = parsed.data;
    return { kind, id, ...(value !== undefined && { key: value }) };
  } catch {
    return null;
  }
}

/** A place in one list says nothing in another. */
function tieOf({ kind, words, folder, tag, owner, archived, sort, order }: ResourceList): string {
  return fingerprint64(JSON.stringify([kind, words, folder, tag, owner, archived, sort, order]));
}
