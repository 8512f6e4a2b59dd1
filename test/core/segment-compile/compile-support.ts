import type { Instant } from '../../../core/lib/ids.ts';
import {
  type CompiledSegments,
  type CompileInput,
  compileProgram,
} from '../../../core/segment/compile/compile-program.ts';
import type { Cell, Program } from '../../../core/segment/runtime/program.ts';

export const NOW = Date.UTC(2026, 2, 10) as Instant;

export const ATTRIBUTES: NonNullable<CompileInput['attributes']> = new Map([
  ['country', { type: 'string', labels: ['location'] }],
  ['age', { type: 'number', labels: [] }],
  ['vip', { type: 'boolean', labels: [] }],
  ['born', { type: 'instant', labels: ['sensitive'] }],
  ['tags', { type: 'list', labels: [] }],
]);

export function inputOf(rules: Readonly<Record<string, string>>, more: Partial<CompileInput> = {}): CompileInput {
  return {
    segments: Object.entries(rules).map(([id, rule]) => ({ id, rule, purpose: 'personalization' })),
    measures: [],
    attributes: ATTRIBUTES,
    models: null,
    timeZone: 'UTC',
    now: NOW,
    ...more,
  };
}

export function compileRules(
  rules: Readonly<Record<string, string>>,
  more: Partial<CompileInput> = {},
): CompiledSegments {
  const compiled = compileProgram(inputOf(rules, more));
  if (!compiled.ok) throw new Error(compiled.error.map(({ detail }) => detail).join(' '));
  return compiled.value;
}

/** Cells of a program without the noise: no reads, no literals; queries and columns by what they are. */
export function shownCells(program: Program): readonly object[] {
  return program.cells.map((cell) => shown(cell, program));
}

function shown(cell: Cell, program: Program): object {
  const query = (position: number) => {
    if (position < 0) return null;
    const { types, where, rest } = program.queries[position] ?? { types: null, where: [], rest: null };
    const tests = where.map(({ column, is, values }) => `${nameOf(column, program)} ${is} ${values.join('|')}`);
    return [types?.join('|') ?? 'any', ...tests, ...(rest ? ['rest'] : [])].join(', ');
  };
  switch (cell.kind) {
    case 'count':
      return { count: query(cell.query), window: cell.window, n: cell.n };
    case 'sum':
      return {
        sum: query(cell.query),
        of: nameOf(cell.column, program),
        window: cell.window,
        is: cell.is,
        value: cell.value,
      };
    case 'sequence':
      return {
        steps: cell.steps.map((step) => ({ ...step, query: query(step.query), exclude: query(step.exclude) })),
        exclude: query(cell.exclude),
      };
    default:
      return { [cell.kind]: cell.code.op };
  }
}

function nameOf(column: number, program: Program): string {
  return column < 0 ? `#${column}` : (program.log.columns[column]?.steps.join('.') ?? '?');
}
