import { didYouMean } from '../nearest-name.ts';
import { type Check, type CheckScope, withElement, withVariable } from './check-scope.ts';
import { type Chain, type ChainStep, type Expression, isExclusion, type Moment } from './expression.ts';
import { elementOf, fieldType, type StaticType, typeName } from './static-type.ts';
import { isTimeSpan } from './time-unit.ts';

interface Checkers {
  readonly checkCondition: (check: Check, node: Expression, scope: CheckScope) => void;
  readonly checkMoment: (check: Check, when: Moment, scope: CheckScope) => void;
}

/** The grammar of chains beyond syntax: order of steps, labels, counts, gaps. */
export function checkChain(check: Check, chain: Chain, list: StaticType, outer: CheckScope, checkers: Checkers): void {
  const element = elementOf(list);
  const time = fieldType(element, chain.by);
  if (time !== 'any' && time !== 'instant' && time !== 'string') {
    check.report(chain, 'badChain', `A chain is ordered by a time, and "${chain.by.join('.')}" is ${typeName(time)}.`);
  }
  const later = new Map(
    chain.steps.map((step): [string, string] => [
      step.label,
      isExclusion(step)
        ? `"${step.label}" is an EXCLUDE step: it has no event.`
        : `"${step.label}" is not chosen yet here: a step may use only the steps before it.`,
    ]),
  );
  let scope: CheckScope = { ...outer, closedLabels: new Map([...outer.closedLabels, ...later]) };
  const seen = new Set<string>();
  for (const [i, step] of chain.steps.entries()) {
    if (seen.has(step.label)) check.report(step, 'badChain', `The label "${step.label}" is used twice.`);
    seen.add(step.label);
    const previous = chain.steps[i - 1];
    if (isExclusion(step)) {
      if (previous === undefined) check.report(step, 'badChain', 'EXCLUDE cannot come first: it stands after a step.');
      else if (isExclusion(previous))
        check.report(step, 'badChain', 'Two EXCLUDE steps in a row: join them with "or".');
      checkers.checkCondition(check, step.exclude, withElement(scope, element));
      continue;
    }
    checkers.checkCondition(check, step.what, withElement(scope, element));
    if (step.when) checkers.checkMoment(check, step.when, scope);
    checkGap(check, step, chain, scope);
    checkCount(check, step, i === chain.steps.length - 1);
    const opened = withVariable(scope, step.label, element);
    scope = { ...opened, closedLabels: new Map([...scope.closedLabels].filter(([label]) => label !== step.label)) };
  }
}

function checkGap(check: Check, { after }: ChainStep, chain: Chain, scope: CheckScope): void {
  if (!after) return;
  const closed = scope.closedLabels.get(after.label);
  const labels = chain.steps.map(({ label }) => label);
  if (closed !== undefined) check.report(after, 'badChain', closed);
  else if (!labels.includes(after.label)) {
    check.report(
      after,
      'badChain',
      `There is no step "${after.label}" in this chain.${didYouMean(after.label, labels)}`,
    );
  }
  if (!isTimeSpan(after.amount, after.unit)) {
    check.report(
      after,
      'badWindow',
      `A gap is a whole number of units, at most 10,000 years; found ${after.amount} ${after.unit}s.`,
    );
  }
}

function checkCount(check: Check, { count }: ChainStep, isLast: boolean): void {
  if (!count) return;
  const { is, n } = count;
  if (!Number.isInteger(n)) check.report(count, 'badChain', `COUNT takes a whole number, found ${n}.`);
  else if (n === 0 && is === '>=')
    check.report(count, 'badChain', 'COUNT(0) asks for nothing: use EXCLUDE for "none".');
  else if (n === 0 && is === '<') check.report(count, 'badChain', 'There are never fewer than 0.');
  if (is !== '>=' && !isLast) {
    check.report(count, 'badChain', `COUNT(${is} ${n}) stands only on the last step, because it counts up to now.`);
  }
}
