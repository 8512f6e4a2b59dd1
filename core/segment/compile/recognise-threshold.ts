import type { Code } from '../runtime/code.ts';
import type { Window } from '../runtime/window.ts';
import { constant, type Formula, join, literal, negate } from './formula.ts';
import type { Tables } from './tables.ts';

type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** Events that a query and a window say completely. */
export interface PlainRows {
  readonly query: number;
  readonly window: Window | null;
}

/** "So many events": `xEvent[…]`, `exists`, `count()` against a number, `head()` against null; null for anything else. */
export function countOf(code: Code, tables: Tables): Formula | null {
  switch (code.op) {
    case 'rows':
      return atLeast(code, 1, tables);
    case 'exists': {
      const [first, ...others] = code.bindings;
      const isPlain = first?.from.op === 'rows' && first.where === null && others.length === 0;
      return isPlain && first.from.op === 'rows' ? atLeast(first.from, 1, tables) : null;
    }
    case 'call': {
      if (code.function !== 'isNull') return null;
      const of = through(code.args[0], tables);
      const list = of?.op === 'call' && of.function === 'head' ? of.args[0] : undefined;
      return list?.op === 'rows' ? negate(atLeast(list, 1, tables)) : null;
    }
    case 'compare': {
      const found = againstNumber(code, tables);
      const list =
        found?.of.op === 'call' && found.of.function === 'count' ? through(found.of.args[0], tables) : undefined;
      return found && list?.op === 'rows' ? countFormula(list, found.is, found.value, tables) : null;
    }
    default:
      return null;
  }
}

/** The number of events compared with a number. Counts are whole and never unknown. */
export function countFormula(rows: PlainRows, is: Comparison, value: number, tables: Tables): Formula {
  switch (is) {
    case '>=':
      return atLeast(rows, Math.ceil(value), tables);
    case '>':
      return atLeast(rows, Math.floor(value) + 1, tables);
    case '<':
      return negate(atLeast(rows, Math.ceil(value), tables));
    case '<=':
      return negate(atLeast(rows, Math.floor(value) + 1, tables));
    case '=':
      if (!Number.isInteger(value)) return constant(false);
      return join('and', [atLeast(rows, value, tables), negate(atLeast(rows, value + 1, tables))]);
    case '!=':
      return negate(countFormula(rows, '=', value, tables));
  }
}

function atLeast({ query, window }: PlainRows, n: number, tables: Tables): Formula {
  if (n <= 0) return constant(true);
  return literal({ kind: 'cell', cell: tables.cell({ kind: 'count', query, window, n }) });
}

/** A sum of a field of events against a number; null for anything else. */
export function sumOf(code: Code, tables: Tables): Formula | null {
  if (code.op !== 'compare' || code.is === '=' || code.is === '!=') return null;
  const found = againstNumber(code, tables);
  const summed = found ? summedRows(found.of, tables) : null;
  if (!found || !summed) return null;
  const is = found.is === '>=' || found.is === '<' ? '>=' : '>';
  const cell = tables.cell({ kind: 'sum', ...summed, is, value: found.value });
  return literal({ kind: 'cell', cell }, found.is === is);
}

function summedRows(code: Code, tables: Tables): (PlainRows & { readonly column: number }) | null {
  if (code.op === 'sum') {
    const { value, from, where, slot } = code;
    const list = through(from, tables);
    const isField = value.op === 'field' && value.of.op === 'slot' && value.of.slot === slot && value.column >= 0;
    if (list?.op !== 'rows' || where !== null || !isField) return null;
    return { query: list.query, window: list.window, column: value.column };
  }
  // `xEvent.price.sum()`: the path maps, and what is no number is skipped in both.
  const list = code.op === 'call' && code.function === 'sum' ? code.args[0] : undefined;
  if (list?.op !== 'field' || list.column < 0 || list.of.op !== 'rows') return null;
  return { query: list.of.query, window: list.of.window, column: list.column };
}

const FLIPPED = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function againstNumber(
  code: Extract<Code, { op: 'compare' }>,
  tables: Tables,
): { readonly of: Code; readonly is: Comparison; readonly value: number } | null {
  const [left, right, is] =
    code.left.op === 'literal' ? [code.right, code.left, FLIPPED[code.is]] : [code.left, code.right, code.is];
  const of = through(left, tables);
  if (!of || right.op !== 'literal' || typeof right.value !== 'number') return null;
  return { of, is, value: right.value };
}

/** What a measure says, where a measure is named. */
function through(code: Code | undefined, tables: Tables): Code | undefined {
  if (code?.op !== 'cell') return code;
  const plan = tables.cellAt(code.cell);
  return plan.kind === 'value' ? through(plan.code, tables) : code;
}
