import type { CellValue } from './cell.ts';
import type { Column } from './schema.ts';

/** One cleansed row. Cells stand in the order of the mapping's columns. */
export interface Line {
  readonly row: number;
  readonly cells: readonly CellValue[];
}

/** The columns that expressions may name, with their place in a line. */
export type Columns = ReadonlyMap<string, { readonly index: number; readonly type: Column['type'] }>;

/** Collects what is wrong with a mapping, so that one run shows all of it. */
export interface Complaints {
  add(where: string, what: string): void;
}

/** The place of a column, or null after complaining. */
export function findColumn(columns: Columns, name: string, where: string, complaints: Complaints): number | null {
  const column = columns.get(name);
  if (column) return column.index;
  complaints.add(where, `there is no column "${name}"; the mapping has ${[...columns.keys()].join(', ')}`);
  return null;
}

/** The place of a column that holds numbers, or null after complaining. */
export function findNumberColumn(columns: Columns, name: string, where: string, complaints: Complaints): number | null {
  const index = findColumn(columns, name, where, complaints);
  const type = columns.get(name)?.type;
  if (index === null || type === 'number' || type === 'integer') return index;
  complaints.add(where, `column "${name}" is of type ${type}: only number and integer can be computed with`);
  return null;
}
