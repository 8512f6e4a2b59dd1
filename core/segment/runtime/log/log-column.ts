import type { Value } from '../value.ts';
import { type Codes, withCode } from './codes.ts';

/**
 * One field of all rows. While nothing but numbers comes, they stand in `numbers` (NaN: absent) and `codes` is empty. From the first other value
 * on it is the other way round: `codes` are places in `values`, 0 is absent.
 */
export interface LogColumn {
  numbers: Float64Array;
  codes: Codes;
  isNumeric: boolean;
  /** By code. Nobody changes the lists and maps in it. */
  values: Value[];
  /** Codes by value; null until searching gets expensive. */
  index: Map<Value, number> | null;
  /** Codes of lists and maps by their JSON. */
  lists: Map<string, number> | null;
  searches: number;
}

/** Most events look up a few values in a log that was just decoded: not worth an index. */
const FEW_SEARCHES = 8;
export const NO_NUMBERS = new Float64Array(0);
export const NO_CODES = new Uint8Array(0);

export function createLogColumn(capacity: number, isNumeric: boolean): LogColumn {
  const numbers = isNumeric ? new Float64Array(capacity) : NO_NUMBERS;
  const codes = isNumeric ? NO_CODES : new Uint8Array(capacity);
  return { numbers, codes, isNumeric, values: [null], index: null, lists: null, searches: 0 };
}

export function columnValue(column: LogColumn, row: number): Value {
  if (!column.isNumeric) return column.values[column.codes[row] as number] as Value;
  const number = column.numbers[row] as number;
  return Number.isNaN(number) ? null : number;
}

/** Writes the value of a row; `length` rows are in use. */
export function putValue(column: LogColumn, row: number, value: Value, length: number): void {
  if (column.isNumeric) {
    if (value === null || typeof value === 'number') {
      column.numbers[row] = value ?? Number.NaN;
      return;
    }
    const { numbers } = column;
    column.isNumeric = false;
    column.codes = new Uint8Array(numbers.length);
    column.numbers = NO_NUMBERS;
    for (let i = 0; i < length; i++) {
      const number = numbers[i] as number;
      column.codes = withCode(column.codes, i, Number.isNaN(number) ? 0 : codeOf(column, number));
    }
  }
  column.codes = withCode(column.codes, row, value === null ? 0 : codeOf(column, value));
}

/** The code of a value, a new one if need be. */
function codeOf(column: LogColumn, value: Value): number {
  const { values } = column;
  if (typeof value === 'object') {
    column.lists ??= indexLists(values);
    return codeIn(column.lists, JSON.stringify(value), value, values);
  }
  if (column.index === null && column.searches++ < FEW_SEARCHES) {
    const found = values.indexOf(value, 1);
    return found > 0 ? found : values.push(value) - 1;
  }
  column.index ??= new Map(values.map((known, code) => [known, code]));
  return codeIn(column.index, value, value, values);
}

function codeIn<K>(index: Map<K, number>, key: K, value: Value, values: Value[]): number {
  const known = index.get(key);
  if (known !== undefined) return known;
  index.set(key, values.length);
  return values.push(value) - 1;
}

function indexLists(values: readonly Value[]): Map<string, number> {
  const lists = new Map<string, number>();
  for (let code = 1; code < values.length; code++) {
    if (typeof values[code] === 'object') lists.set(JSON.stringify(values[code]), code);
  }
  return lists;
}

/** Forgets values that no row has any more. */
export function dropUnusedValues(column: LogColumn, length: number): void {
  const { values, codes } = column;
  if (column.isNumeric) return;
  const moved = new Int32Array(values.length);
  column.values = [null];
  column.index = column.lists = null;
  for (let row = 0; row < length; row++) {
    const code = codes[row] as number;
    if (code === 0) continue;
    moved[code] ||= column.values.push(values[code] as Value) - 1;
    codes[row] = moved[code] as number;
  }
}
