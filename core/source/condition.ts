import type { CellValue } from './cell.ts';
import { type Columns, type Complaints, findColumn, type Line } from './line.ts';
import type { Comparison, Condition } from './schema.ts';

export type Test = (line: Line) => boolean;
type CellTest = (value: Exclude<CellValue, null>) => boolean;

const NEVER: Test = () => false;

/** Compiles a condition. An empty cell fails every comparison but `present: false`; `not` turns that round. */
export function compileCondition(condition: Condition, columns: Columns, where: string, complaints: Complaints): Test {
  if ('all' in condition) {
    const tests = condition.all.map((inner, i) => compileCondition(inner, columns, `${where}.all[${i}]`, complaints));
    return (line) => tests.every((test) => test(line));
  }
  if ('any' in condition) {
    const tests = condition.any.map((inner, i) => compileCondition(inner, columns, `${where}.any[${i}]`, complaints));
    return (line) => tests.some((test) => test(line));
  }
  if ('not' in condition) {
    const test = compileCondition(condition.not, columns, `${where}.not`, complaints);
    return (line) => !test(line);
  }
  return compileComparison(condition, columns, where, complaints);
}

function compileComparison(comparison: Comparison, columns: Columns, where: string, complaints: Complaints): Test {
  const index = findColumn(columns, comparison.column, where, complaints);
  if (index === null) return NEVER;
  const type = columns.get(comparison.column)?.type;
  const tests: CellTest[] = [];
  const { equals, startsWith, contains, lessThan, atMost, moreThan, atLeast, present } = comparison;
  const numeric = [lessThan, atMost, moreThan, atLeast].some((bound) => bound !== undefined);
  if (numeric && type !== 'number' && type !== 'integer') {
    complaints.add(
      where,
      `column "${comparison.column}" is of type ${type}: only number and integer can be compared by size`,
    );
  }
  for (const wanted of [...(equals === undefined ? [] : [equals]), ...(comparison.in ?? [])]) {
    const fits = type === 'text' ? 'string' : type === 'boolean' ? 'boolean' : type === 'date' ? 'nothing' : 'number';
    if (typeof wanted !== fits)
      complaints.add(
        where,
        `column "${comparison.column}" is of type ${type} and never equals ${JSON.stringify(wanted)}`,
      );
  }
  if (equals !== undefined) tests.push((value) => value === equals);
  if (comparison.in) {
    const wanted = new Set<CellValue>(comparison.in);
    tests.push((value) => wanted.has(value));
  }
  if (startsWith !== undefined) tests.push((value) => String(value).startsWith(startsWith));
  if (contains !== undefined) tests.push((value) => String(value).includes(contains));
  if (lessThan !== undefined) tests.push((value) => typeof value === 'number' && value < lessThan);
  if (atMost !== undefined) tests.push((value) => typeof value === 'number' && value <= atMost);
  if (moreThan !== undefined) tests.push((value) => typeof value === 'number' && value > moreThan);
  if (atLeast !== undefined) tests.push((value) => typeof value === 'number' && value >= atLeast);
  return (line) => {
    const value = line.cells[index] ?? null;
    if (value === null) return present === false && tests.length === 0;
    return present !== false && tests.every((test) => test(value));
  };
}
