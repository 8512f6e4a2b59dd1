import { didYouMean } from '../nearest-name.ts';
import { isIsoText } from './calendar-date.ts';
import { type Check, type CheckScope, withElement } from './check-scope.ts';
import type { Call, Expression } from './expression.ts';
import {
  DECAYED_TOTAL,
  FUNCTIONS,
  type FunctionEntry,
  functionEntry,
  NODE_FUNCTIONS,
  type Param,
} from './function-table.ts';
import { compilePattern } from './pattern.ts';
import { elementOf, isComparable, isListType, type StaticType, typeName } from './static-type.ts';
import { TIME_UNITS } from './time-unit.ts';

type Infer = (check: Check, node: Expression, scope: CheckScope) => StaticType;

const NODE_USES: Readonly<Record<string, string>> = {
  if: 'if(condition, a, b)',
  date: 'date(year, month, day) with numbers',
  filter: 'list.filter(condition)',
  chain: 'chain(xEvent, timestamp, [steps])',
  inSegment: 'inSegment("id")',
  score: 'score("model")',
  and: 'conditions: and(a, b)',
  or: 'conditions: or(a, b)',
  not: 'one condition: not condition',
  now: '"now" without arguments',
  today: '"today" without arguments',
  yesterday: '"yesterday" without arguments',
  tomorrow: '"tomorrow" without arguments',
};

/** Checks a call against the function table and returns what it gives. */
export function checkCall(check: Check, node: Call, scope: CheckScope, infer: Infer): StaticType {
  const entry =
    node.function === 'decayed' && node.args[1]?.op === 'duration' ? DECAYED_TOTAL : functionEntry(node.function);
  if (entry === null) {
    reportUnknown(check, node);
    for (const arg of node.args) if (arg.op !== 'duration') infer(check, arg, withElement(scope, 'any'));
    return 'any';
  }
  const needed = entry.params.filter(({ optional }) => !optional).length;
  if (node.args.length < needed || node.args.length > entry.params.length) {
    check.report(node, 'wrongArguments', `${node.function} takes ${signature(entry)}; found ${node.args.length}.`);
    return 'any';
  }
  const types: StaticType[] = [];
  for (const [i, arg] of node.args.entries()) {
    const param = entry.params[i] as Param;
    const inner = param.perElement ? withElement(scope, elementOf(types[0] ?? 'any')) : scope;
    const type = param.kind === 'duration' ? 'any' : infer(check, arg, inner);
    types.push(type);
    checkArgument(check, node, arg, type, param);
  }
  checkTogether(check, node, types);
  return resultOf(entry, types);
}

function reportUnknown(check: Check, node: Call): void {
  const use = NODE_USES[node.function];
  if (use !== undefined) check.report(node, 'wrongArguments', `Expected ${use}.`);
  else {
    const hint = didYouMean(node.function, [...Object.keys(FUNCTIONS), ...NODE_FUNCTIONS]);
    check.report(node, 'unknownFunction', `There is no function "${node.function}".${hint}`);
  }
}

function signature({ params }: FunctionEntry): string {
  if (params.length === 0) return 'no arguments';
  const kinds = params.map(
    ({ kind, perElement, optional }) => `${perElement ? `${kind} of each element` : kind}${optional ? '?' : ''}`,
  );
  return `(${kinds.join(', ')})`;
}

function checkArgument(check: Check, call: Call, node: Expression, type: StaticType, param: Param): void {
  const { kind } = param;
  if (kind === 'duration') {
    const exact =
      node.op === 'duration' && TIME_UNITS[node.unit].ms > 0 && Number.isInteger(node.amount) && node.amount > 0;
    if (!exact)
      check.report(
        node,
        'wrongArguments',
        'A half-life is written like "7 days": a whole number of milliseconds … weeks.',
      );
    return;
  }
  if (param.constant && node.op !== 'literal') {
    check.report(
      node,
      'wrongArguments',
      `${call.function} takes this argument as a literal, so that it can be checked.`,
    );
    return;
  }
  if (!fits(kind, type)) {
    check.report(node, 'typeMismatch', `${call.function} expects ${EXPECTED[kind]}, found ${typeName(type)}.`);
  } else if (kind === 'instant' && node.op === 'literal' && !isIsoText(String(node.value))) {
    check.report(node, 'impossibleDate', `"${node.value}" is no date or instant in ISO 8601 form.`);
  } else if (kind === 'pattern' && node.op === 'literal') {
    const pattern = compilePattern(String(node.value));
    if (!pattern.ok) check.report(node, 'badPattern', pattern.error);
  }
}

const EXPECTED: Readonly<Record<Param['kind'], string>> = {
  any: 'a value',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  instant: 'an instant',
  list: 'a list',
  map: 'a map',
  condition: 'a condition',
  pattern: 'a regular expression',
  duration: 'a duration',
};

function fits(kind: Param['kind'], type: StaticType): boolean {
  if (type === 'any' || kind === 'any') return true;
  if (kind === 'list') return isListType(type);
  if (kind === 'condition') return type === 'boolean' || isListType(type);
  if (kind === 'instant') return type === 'instant' || type === 'string';
  return type === (kind === 'pattern' ? 'string' : kind);
}

/** What concerns more than one argument. */
function checkTogether(check: Check, node: Call, types: readonly StaticType[]): void {
  const [a = 'any', b = 'any'] = types;
  const mismatch = (left: StaticType, right: StaticType) => {
    if (!isComparable(left, right))
      check.report(node, 'typeMismatch', `${node.function}: ${typeName(left)} never equals ${typeName(right)}.`);
  };
  switch (node.function) {
    case 'in':
    case 'notIn':
      mismatch(a, elementOf(b));
      return;
    case 'includes':
      mismatch(b, elementOf(a));
      return;
    case 'intersects':
    case 'intersection':
    case 'subsetOf':
    case 'supersetOf':
      mismatch(elementOf(a), elementOf(b));
      return;
    case 'equals':
    case 'notEqualTo':
      mismatch(a, b);
      return;
    case 'sum':
    case 'average':
    case 'min':
    case 'max':
      checkSummed(check, node, types);
      return;
    case 'topN':
    case 'bottomN':
      checkWhole(check, node.args[2], Number.POSITIVE_INFINITY);
      return;
    case 'regexGroup': {
      const pattern = node.args[1];
      const compiled = pattern?.op === 'literal' ? compilePattern(String(pattern.value)) : null;
      if (compiled?.ok) checkWhole(check, node.args[2], compiled.value.groups);
      return;
    }
    case 'decayed':
      if (!['any', 'event'].includes(elementOf(a) as string))
        check.report(node, 'typeMismatch', 'decayed is for events: other elements have no time.');
  }
}

function checkSummed(check: Check, node: Call, types: readonly StaticType[]): void {
  const type = node.args.length > 1 ? types[1] : elementOf(types[0] ?? 'any');
  const extreme = node.function === 'min' || node.function === 'max';
  if (type === 'any' || type === 'number' || (extreme && type === 'instant') || type === undefined) return;
  // A wrong argument has been reported by itself.
  if (node.args.length > 1 && !extreme) return;
  check.report(
    node,
    'typeMismatch',
    `${node.function} takes numbers, found ${typeName(type)}: name a field, as in "orders.${node.function}(price)".`,
  );
}

function checkWhole(check: Check, node: Expression | undefined, max: number): void {
  if (node?.op !== 'literal' || typeof node.value !== 'number') return;
  if (Number.isInteger(node.value) && node.value >= 0 && node.value <= max) return;
  check.report(
    node,
    'wrongArguments',
    `Expected a whole number from 0${max < Number.POSITIVE_INFINITY ? ` to ${max}` : ''}.`,
  );
}

function resultOf(entry: FunctionEntry, types: readonly StaticType[]): StaticType {
  const [subject = 'any', argument] = types;
  switch (entry.result) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'any':
    case 'map':
      return entry.result;
    case 'strings':
      return { list: 'string' };
    case 'list':
      return { list: 'any' };
    case 'subject':
      return isListType(subject) ? subject : { list: 'any' };
    case 'element':
      return elementOf(subject);
    case 'argument':
      return argument ?? elementOf(subject);
    case 'arguments':
      return { list: argument ?? 'any' };
  }
}
