import { and, asc, desc, eq, gte, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Space } from '../../core/lib/ids.ts';
import type { ListPlace, ResourceList } from '../../core/ruleset/resource-list.ts';
import { resource } from '../../db/control/schema.ts';

export function listConditions(space: Space, list: ResourceList, onPage: boolean): readonly (SQL | undefined)[] {
  const { kind, words, folder, tag, owner, archived, after } = list;
  return [
    eq(resource.space, space),
    kind === undefined ? undefined : eq(resource.kind, kind),
    archived ? undefined : eq(resource.archived, false),
    folder === undefined ? undefined : or(eq(resource.folder, folder), below(folder)),
    owner === undefined ? undefined : eq(resource.owner, owner),
    tag === undefined ? undefined : sql`EXISTS (SELECT 1 FROM json_each(${resource.tags}) WHERE value = ${tag})`,
    ...words.map((word) => sql`instr(${resource.search}, ${word}) > 0`),
    onPage && after ? isBehind(list, after) : undefined,
  ];
}

/** The character after a slash bounds what begins with one. */
function below(folder: string): SQL | undefined {
  return and(gte(resource.folder, `${folder}/`), lt(resource.folder, `${folder}0`));
}

/** Each order is that of an index, read forwards or backwards. */
export function listOrder(list: ResourceList): readonly SQL[] {
  const direction = list.order === 'asc' ? asc : desc;
  return columnsOf(list).map((column) => direction(column));
}

function columnsOf({ kind, sort }: ResourceList): readonly SQL[] {
  const own = { id: [], name: [sql`${resource.name} COLLATE NOCASE`], updatedAt: [sql`${resource.updatedAt}`] }[sort];
  return [...own, ...(kind === undefined ? [sql`${resource.kind}`] : []), sql`${resource.id}`];
}

function isBehind(list: ResourceList, { key, kind, id }: ListPlace): SQL {
  const columns = columnsOf(list);
  const values = [...(key === undefined ? [] : [key]), ...(list.kind === undefined ? [kind] : []), id];
  const than = list.order === 'asc' ? sql`>` : sql`<`;
  const all = (items: readonly unknown[]) =>
    sql.join(
      items.map((item) => sql`${item}`),
      sql`, `,
    );
  const behind = sql`(${all(columns)}) ${than} (${all(values)})`;
  // SQLite finds no place in an index by a list of columns one of which has a collation: so the first of them is said alone, too.
  return list.sort === 'name' ? sql`(${columns[0]} ${than}= ${key} AND ${behind})` : behind;
}
