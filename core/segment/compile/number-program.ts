import { fingerprint64 } from '../../lib/hash.ts';
import type { Code } from '../runtime/code.ts';
import type { FieldTest, LogPlan, Query } from '../runtime/program.ts';
import { codeReads, readsOf } from './cell-reads.ts';
import { rewriteCode } from './code-walk.ts';
import type { CellPlan, Tables } from './tables.ts';

/** From the numbers of Tables, given in the order of asking, to those of the program: without what nobody needs, in an order of its own. */
export interface Numbers {
  /** Sorted names. */
  readonly attributes: ReadonlyMap<number, number>;
  readonly columns: ReadonlyMap<number, number>;
  readonly queries: ReadonlyMap<number, number>;
  readonly cells: ReadonlyMap<number, number>;
}

/** Log and queries do not depend on how many rules there are beside those that read them, so that hashes change only with a reason. */
export interface NumberedLog {
  readonly attributes: readonly string[];
  readonly log: LogPlan;
  readonly queries: readonly Query[];
  readonly logHash: string;
  readonly queryHash: string;
  readonly numbers: Numbers;
}

/** `cells`: those of the program, in order. `attributes`: what is read by predicates. */
export function numberProgram(tables: Tables, cells: readonly number[], predicated: ReadonlySet<number>): NumberedLog {
  const attributes = new Set(predicated);
  const columns = new Set<number>();
  const queries = new Set<number>();
  for (const cell of cells) {
    const reads = readsOf(tables.cellAt(cell));
    for (const attribute of reads.attributes) attributes.add(attribute);
    for (const column of reads.columns) columns.add(column);
    for (const query of reads.queries) queries.add(query);
  }
  for (const query of queries) for (const column of queryColumns(tables.queryAt(query))) columns.add(column);
  const numbers: Numbers = {
    attributes: byKey(attributes, (attribute) => tables.attributes[attribute] ?? ''),
    columns: byKey(columns, (column) => JSON.stringify(tables.columns[column])),
    queries: byKey(queries, (query) => namedQuery(tables, tables.queryAt(query))),
    cells: new Map(cells.map((cell, position) => [cell, position])),
  };
  const ordered = [...numbers.queries.keys()].map((query) => tables.queryAt(query));
  const log: LogPlan = {
    types: ordered.some(({ types }) => types === null)
      ? null
      : [...new Set(ordered.flatMap(({ types }) => types ?? []))].sort(),
    columns: [...numbers.columns.keys()].map((column) => ({ steps: tables.columns[column]?.steps ?? [] })),
  };
  return {
    attributes: [...numbers.attributes.keys()].map((attribute) => tables.attributes[attribute] ?? ''),
    log,
    queries: ordered.map((query) => numberQuery(tables, query, numbers)),
    logHash: fingerprint64(JSON.stringify(log)),
    queryHash: fingerprint64(JSON.stringify(ordered.map((query) => namedQuery(tables, query)))),
    numbers,
  };
}

/** The numbers of what is kept, in the order of a name. */
function byKey(kept: ReadonlySet<number>, nameOf: (item: number) => string): ReadonlyMap<number, number> {
  const named = [...kept].map((item): [string, number] => [nameOf(item), item]);
  named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return new Map(named.map(([, item], position) => [item, position]));
}

/** Columns that a query reads. */
export function queryColumns({ where, rest }: Query): ReadonlySet<number> {
  const columns = new Set(where.map(({ column }) => column).filter((column) => column >= 0));
  if (rest) for (const column of codeReads(rest.code).columns) columns.add(column);
  return columns;
}

/** A query with the names of its columns: equal wherever the query is equal, whatever stands beside it. */
function namedQuery(tables: Tables, { purposes, types, where, rest }: Query): string {
  // Fields name their steps already; whether they are read as an event's is the sign.
  const code = rest && rewriteCode(rest.code, (node) => withoutColumn(node));
  const tests = where.map((test) => namedTest(tables, test)).sort();
  return JSON.stringify([types, tests, code, purposes]);
}

function namedTest(tables: Tables, { column, is, values }: FieldTest): string {
  return JSON.stringify([column < 0 ? column : tables.columns[column]?.steps, is, values]);
}

function withoutColumn(node: Code): Code | null {
  if (node.op !== 'field' || node.column <= 0) return null;
  return { ...node, column: 0, of: rewriteCode(node.of, withoutColumn) };
}

function numberQuery(tables: Tables, query: Query, numbers: Numbers): Query {
  const named = query.where.map((test): [string, FieldTest] => [namedTest(tables, test), test]);
  const where = named.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, test]) => test);
  return {
    purposes: query.purposes,
    types: query.types,
    where: where.map((test) => ({ ...test, column: numbers.columns.get(test.column) ?? test.column })),
    rest: query.rest && { slot: query.rest.slot, code: numberCode(query.rest.code, numbers) },
  };
}

function numberCode(code: Code, numbers: Numbers): Code {
  const { attributes, columns, queries, cells } = numbers;
  const to = (map: ReadonlyMap<number, number>, item: number) => map.get(item) ?? item;
  return rewriteCode(code, (node) => {
    switch (node.op) {
      case 'attribute':
        return { ...node, attribute: to(attributes, node.attribute), otherwise: to(cells, node.otherwise) };
      case 'cell':
        return { ...node, cell: to(cells, node.cell) };
      case 'rows':
        return { ...node, query: to(queries, node.query) };
      case 'field':
        return { ...node, of: numberCode(node.of, numbers), column: to(columns, node.column) };
      default:
        return null;
    }
  });
}

export function numberCell(plan: CellPlan, numbers: Numbers): CellPlan {
  const query = (item: number) => numbers.queries.get(item) ?? item;
  switch (plan.kind) {
    case 'value':
    case 'truth':
      return { ...plan, code: numberCode(plan.code, numbers) };
    case 'count':
      return { ...plan, query: query(plan.query) };
    case 'sum':
      return { ...plan, query: query(plan.query), column: numbers.columns.get(plan.column) ?? plan.column };
    case 'sequence': {
      const steps = plan.steps.map((step) => ({ ...step, query: query(step.query), exclude: query(step.exclude) }));
      return { ...plan, steps, exclude: query(plan.exclude) };
    }
  }
}
