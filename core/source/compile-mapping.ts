import type { CompiledNamespaces } from '../identity/compiled-namespaces.ts';
import { DEFAULT_STITCH_RULES } from '../identity/identity-config.ts';
import type { JsonValue } from '../lib/json.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { compileEvent, type EventBuilder } from './build-event.ts';
import { compileCell, type ParseCell } from './cell.ts';
import { compileCondition, type Test } from './condition.ts';
import { type Columns, type Complaints, findColumn } from './line.ts';
import type { Column, Mapping } from './schema.ts';

/** A column as the mapper needs it. */
export interface CompiledColumn {
  readonly name: string;
  /** Names to look for in the file, first found wins. */
  readonly names: readonly string[];
  readonly optional: boolean;
  readonly parse: ParseCell;
}

/** A mapping that was checked as a whole. It keeps the last cell of each column, nothing else. */
export interface CompiledMapping {
  readonly mapping: Mapping;
  readonly columns: readonly CompiledColumn[];
  readonly drops: readonly { readonly reason: string; readonly holds: Test }[];
  /** Places of the grouping columns; null: every row is a group of its own. */
  readonly groupBy: readonly number[] | null;
  readonly events: readonly EventBuilder[];
}

/** A row as the file has it, by header name. */
export type RawRow = Readonly<Record<string, JsonValue>>;

/**
 * Checks what the parts of a mapping say about each other. Errors are one line each: where, then what to change. `namespaces` are those of
 * the space that the events go to.
 */
export function compileMapping(
  mapping: Mapping,
  namespaces: CompiledNamespaces = DEFAULT_STITCH_RULES.namespaces,
): Result<CompiledMapping, readonly string[]> {
  const errors: string[] = [];
  const complaints: Complaints = { add: (where, what) => void errors.push(`${where}: ${what}`) };
  const entries = Object.entries(mapping.columns);
  const scope: Columns = new Map(entries.map(([name, column], index) => [name, { index, type: column.type }]));
  if (entries.length === 0) complaints.add('columns', 'name at least one column');
  if (scope.has('row'))
    complaints.add('columns.row', 'row is the row number: give the column another key and put its header under names');

  const columns = entries.flatMap(([name, column]) => compileColumn(name, column, complaints));
  const drops = (mapping.drop ?? []).map((rule, i) => ({
    reason: rule.reason,
    holds: compileCondition(rule.when, scope, `drop[${i}].when`, complaints),
  }));
  const groupBy = mapping.group
    ? mapping.group.by.map((name) => findColumn(scope, name, 'group.by', complaints) ?? 0)
    : null;
  const events = mapping.events.map((rule, i) => compileEvent(rule, scope, `events[${i}]`, complaints, namespaces));
  for (let i = 0; i < mapping.events.length - 1; i++) {
    if (!mapping.events[i]?.when)
      complaints.add(`events[${i}]`, 'holds for every row, so the rules after it never apply: add a when');
  }
  return errors.length > 0 ? err(errors) : ok({ mapping, columns, drops, groupBy, events });
}

function compileColumn(name: string, column: Column, complaints: Complaints): readonly CompiledColumn[] {
  const parse = compileCell(column);
  if (parse.ok)
    return [{ name, names: column.names ?? [name], optional: column.optional ?? false, parse: parse.value }];
  complaints.add(`columns.${name}`, parse.error);
  return [];
}

/** The columns that a file's header lacks, each as the list of names that were looked for. */
export function missingColumns({ mapping, columns }: CompiledMapping, header: readonly string[]): readonly string[] {
  const spelling = mapping.looseNames ? looseName : (name: string) => name;
  const present = new Set(header.map(spelling));
  return columns
    .filter((column) => !column.optional && !column.names.some((name) => present.has(spelling(name))))
    .map((column) => column.names.join(' or '));
}

/** What two spellings of a header name have in common. */
export function looseName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}
