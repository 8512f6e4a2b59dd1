import { didYouMean } from '../nearest-name.ts';
import { isDate, isIsoText } from './calendar-date.ts';
import { checkCall } from './check-call.ts';
import { checkChain } from './check-chain.ts';
import { type Check, type CheckScope, pathType, withElement, withVariable } from './check-scope.ts';
import type { Aggregate, Arithmetic, Binding, Compare, Expression, Moment, Quantifier } from './expression.ts';
import {
  elementOf,
  fieldType,
  hasOrder,
  isComparable,
  isListType,
  joinTypes,
  type StaticType,
  typeName,
} from './static-type.ts';
import { isTimeSpan } from './time-unit.ts';

/** Finds the type of an expression and reports whatever in it cannot be right. The tree is within the limit of depth. */
export function inferType(check: Check, node: Expression, scope: CheckScope): StaticType {
  const infer = (part: Expression) => inferType(check, part, scope);
  switch (node.op) {
    case 'literal':
      if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
        check.report(node, 'typeMismatch', 'The number is beyond the range of doubles.');
      }
      return typeof node.value as 'string' | 'number' | 'boolean';
    case 'list':
      return { list: joinTypes(node.items.map(infer)) };
    case 'date':
      if (!isDate(node.year, node.month, node.day)) {
        check.report(
          node,
          'impossibleDate',
          `There is no day ${node.day} of month ${node.month} in the year ${node.year}.`,
        );
      }
      return 'instant';
    case 'calendar':
    case 'now':
      return 'instant';
    case 'path':
      return pathType(check, node, scope);
    case 'field':
      return fieldType(infer(node.of), node.steps);
    case 'and':
    case 'or':
      for (const part of node.of) checkCondition(check, part, scope);
      return 'boolean';
    case 'not':
      checkCondition(check, node.of, scope);
      return 'boolean';
    case 'if':
      checkCondition(check, node.condition, scope);
      return joinTypes([infer(node.whenTrue), infer(node.whenFalse)]);
    case 'compare':
      return compareType(check, node, infer(node.left), infer(node.right));
    case 'arithmetic':
      return arithmeticType(check, node, infer(node.left), infer(node.right));
    case 'call':
      return checkCall(check, node, scope, inferType);
    case 'filter': {
      const list = checkList(check, node.of, scope);
      checkCondition(check, node.where, withElement(scope, elementOf(list)));
      return isListType(list) ? list : { list: 'any' };
    }
    case 'exists':
    case 'forall':
    case 'select':
      return quantifierType(check, node, scope);
    case 'sum':
    case 'average':
    case 'min':
    case 'max':
      return aggregateType(check, node, scope);
    case 'let':
      return inferType(check, node.in, withVariable(scope, node.variable, infer(node.value)));
    case 'inSegment':
      if (check.names.segments.has(node.segment)) check.refer({ kind: 'segment', name: node.segment, node });
      else
        check.report(
          node,
          'unknownSegment',
          `There is no segment "${node.segment}".${didYouMean(node.segment, check.names.segments)}`,
        );
      return 'boolean';
    case 'score':
      if (check.names.models?.has(node.model) === false) {
        check.report(
          node,
          'unknownModel',
          `There is no model "${node.model}".${didYouMean(node.model, check.names.models)}`,
        );
      }
      return 'number';
    case 'occurs':
      checkInstant(check, node.of, infer(node.of));
      checkMoment(check, node.when, scope);
      return 'boolean';
    case 'chain':
      checkChain(check, node, checkList(check, node.of, scope), scope, { checkCondition, checkMoment });
      return 'boolean';
    case 'duration':
      check.report(node, 'wrongArguments', 'A duration such as "7 days" stands only as the half-life of decayed.');
      return 'any';
  }
}

/** A condition is a boolean, or a list, which means "not empty". */
export function checkCondition(check: Check, node: Expression, scope: CheckScope): void {
  const type = inferType(check, node, scope);
  if (type === 'any' || type === 'boolean' || isListType(type)) return;
  check.report(node, 'typeMismatch', `Expected a condition, which is true or false, found ${typeName(type)}.`);
}

function checkList(check: Check, node: Expression, scope: CheckScope): StaticType {
  const type = inferType(check, node, scope);
  if (type !== 'any' && !isListType(type))
    check.report(node, 'typeMismatch', `Expected a list, found ${typeName(type)}.`);
  return type;
}

function checkInstant(check: Check, node: Expression, type: StaticType): void {
  if (node.op === 'literal' && typeof node.value === 'string') {
    if (!isIsoText(node.value))
      check.report(node, 'impossibleDate', `"${node.value}" is no date or instant in ISO 8601 form.`);
  } else if (type !== 'any' && type !== 'instant' && type !== 'string') {
    check.report(node, 'typeMismatch', `Expected an instant, found ${typeName(type)}.`);
  }
}

function checkMoment(check: Check, when: Moment, scope: CheckScope): void {
  for (const time of when.is === 'between' ? [when.from, when.to] : [when.time]) {
    checkInstant(check, time, inferType(check, time, scope));
  }
  if ('amount' in when && !isTimeSpan(when.amount, when.unit)) {
    check.report(
      when,
      'badWindow',
      `A window is a whole number of units, at most 10,000 years; found ${when.amount} ${when.unit}s.`,
    );
  }
}

function compareType(check: Check, node: Compare, left: StaticType, right: StaticType): StaticType {
  const ordered = node.is !== '=' && node.is !== '!=';
  if (!isComparable(left, right)) {
    check.report(
      node,
      'typeMismatch',
      `${typeName(left)} cannot be compared with ${typeName(right)}.`.replace(/^./, (first) => first.toUpperCase()),
    );
  } else if (ordered && !(hasOrder(left) && hasOrder(right))) {
    check.report(
      node,
      'typeMismatch',
      `"${node.is}" has no meaning for ${typeName(hasOrder(left) ? right : left)}: there is no order.`,
    );
  } else if (left === 'instant' || right === 'instant') {
    checkInstant(check, node.left, left);
    checkInstant(check, node.right, right);
  }
  return 'boolean';
}

function arithmeticType(check: Check, node: Arithmetic, left: StaticType, right: StaticType): StaticType {
  for (const [part, type] of [
    [node.left, left],
    [node.right, right],
  ] as const) {
    if (type === 'any' || type === 'number') continue;
    const hint = node.is === '+' && type === 'string' ? ' Text is not joined.' : '';
    check.report(part, 'typeMismatch', `"${node.is}" takes numbers, found ${typeName(type)}.${hint}`);
  }
  return 'number';
}

function bind(
  check: Check,
  binding: Binding,
  scope: CheckScope,
): { readonly list: StaticType; readonly inner: CheckScope } {
  const list = checkList(check, binding.from, scope);
  const inner = withVariable(scope, binding.variable, elementOf(list));
  if (binding.where) checkCondition(check, binding.where, inner);
  return { list, inner };
}

function quantifierType(check: Check, { op, bindings }: Quantifier, scope: CheckScope): StaticType {
  let inner = scope;
  let first: StaticType = 'any';
  for (const [i, binding] of bindings.entries()) {
    const bound = bind(check, binding, inner);
    if (i === 0) first = bound.list;
    inner = bound.inner;
  }
  return op === 'select' ? { list: elementOf(first) } : 'boolean';
}

function aggregateType(check: Check, node: Aggregate, scope: CheckScope): StaticType {
  const { inner } = bind(check, node, scope);
  const type = inferType(check, node.value, inner);
  const extreme = node.op === 'min' || node.op === 'max';
  if (type === 'any' || type === 'number') return extreme ? type : 'number';
  if (extreme && type === 'instant') return type;
  check.report(node.value, 'typeMismatch', `"${node.op}" takes numbers, found ${typeName(type)}.`);
  return 'any';
}
