import type { Instant } from '../lib/ids.ts';
import { formatInstant } from '../lib/instant.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { type Columns, type Complaints, findColumn, findNumberColumn, type Line } from './line.ts';
import type { ValueExpression } from './schema.ts';
import { compileTemplate, soleColumn } from './template.ts';

/** Computes a value from the lines of a group (the first one speaks for all); undefined means: leave the member out. */
export type Value = (lines: readonly Line[]) => JsonValue | undefined;

const NOTHING: Value = () => undefined;

/** Compiles an expression of a mapping. `$items` is no value: `items.ts` compiles it where it may stand. */
export function compileValue(
  expression: ValueExpression,
  columns: Columns,
  where: string,
  complaints: Complaints,
): Value {
  if (typeof expression === 'string') return compileText(expression, columns, where, complaints);
  if (typeof expression !== 'object') return () => expression;
  if (isOperator(expression, '$sum')) {
    const indexes = expression.$sum.map((name) => findNumberColumn(columns, name, `${where}.$sum`, complaints));
    const finish = compileFinish(expression.decimals, expression.absolute);
    return (lines) => {
      let sum = 0;
      for (const line of lines) {
        let product = 1;
        for (const index of indexes) product *= numberIn(line, index) ?? 0;
        sum += product;
      }
      return finish(sum);
    };
  }
  if (isOperator(expression, '$number')) {
    const index = findNumberColumn(columns, expression.$number, `${where}.$number`, complaints);
    const finish = compileFinish(expression.decimals, expression.absolute);
    const sign = expression.negate ? -1 : 1;
    return ([line]) => {
      const value = line && numberIn(line, index);
      return value === undefined ? undefined : finish(sign * value);
    };
  }
  if (isOperator(expression, '$count')) return (lines) => lines.length;
  if (isOperator(expression, '$translate')) {
    const name = expression.$translate;
    const { values, otherwise } = expression;
    const plain = compileColumn(name, columns, `${where}.$translate`, complaints);
    return (lines) => {
      const value = plain(lines);
      if (value === undefined) return undefined;
      const key = String(value);
      return Object.hasOwn(values, key) ? values[key] : (otherwise ?? value);
    };
  }
  if (isOperator(expression, '$items')) {
    complaints.add(where, '$items may only stand directly under data');
    return NOTHING;
  }
  const members = compileMembers(expression, columns, where, complaints);
  return (lines) => {
    const made = members(lines);
    return Object.keys(made).length === 0 ? undefined : made;
  };
}

/** Compiles an object whose members are expressions; members without a value are left out. */
export function compileMembers(
  members: Readonly<Record<string, ValueExpression>>,
  columns: Columns,
  where: string,
  complaints: Complaints,
): (lines: readonly Line[]) => JsonObject {
  const values = Object.entries(members).map(
    ([key, inner]) => [key, compileValue(inner, columns, `${where}.${key}`, complaints)] as const,
  );
  return (lines) => {
    const made: Record<string, JsonValue> = {};
    for (const [key, value] of values) {
      const computed = value(lines);
      if (computed !== undefined) made[key] = computed;
    }
    return made;
  };
}

export function isOperator<K extends string>(
  expression: object,
  key: K,
): expression is Extract<ValueExpression, { readonly [P in K]: unknown }> {
  return Object.hasOwn(expression, key);
}

function compileText(text: string, columns: Columns, where: string, complaints: Complaints): Value {
  const sole = soleColumn(text);
  if (sole !== null && sole !== 'row') return compileColumn(sole, columns, where, complaints);
  const template = compileTemplate(text, columns, where, complaints);
  return ([line]) => (line && template(line)) ?? undefined;
}

function compileColumn(name: string, columns: Columns, where: string, complaints: Complaints): Value {
  const index = findColumn(columns, name, where, complaints);
  if (index === null) return NOTHING;
  const isDate = columns.get(name)?.type === 'date';
  return ([line]) => {
    const value = line?.cells[index] ?? undefined;
    return isDate && value !== undefined ? formatInstant(value as Instant) : value;
  };
}

/** Rounds half away from the nearest binary fraction, as `toFixed` does; never answers -0. */
function compileFinish(decimals: number | undefined, absolute: boolean | undefined): (value: number) => number {
  return (value) => {
    const rounded = decimals === undefined ? value : Number(value.toFixed(decimals));
    return (absolute ? Math.abs(rounded) : rounded) + 0;
  };
}

function numberIn(line: Line, index: number | null): number | undefined {
  const value = index === null ? null : line.cells[index];
  return typeof value === 'number' ? value : undefined;
}
