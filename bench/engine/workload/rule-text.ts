import type { BehaviourSegment, BehaviourTest, EventCondition, EventFilter, ProfileRule } from './descriptor.ts';

/** The rule in our language (PQL). */
export function textOfProfileRule(rule: ProfileRule): string {
  switch (rule.is) {
    case 'eq':
      return `${rule.attribute} = ${JSON.stringify(rule.value)}`;
    case 'in':
      return `${rule.attribute} in ${JSON.stringify(rule.values)}`;
    case 'range':
      return [
        ...(rule.from === null ? [] : [`${rule.attribute} >= ${rule.from}`]),
        ...(rule.below === null ? [] : [`${rule.attribute} < ${rule.below}`]),
      ].join(' and ');
    case 'contains':
    case 'startsWith':
      return `${rule.attribute}.${rule.is}(${JSON.stringify(rule.text)})`;
    case 'matches':
      return `${rule.attribute}.matches(${JSON.stringify(rule.pattern)})`;
    case 'and':
    case 'or':
      return rule.of.map((child) => `(${textOfProfileRule(child)})`).join(` ${rule.is} `);
    case 'not':
      return `not (${textOfProfileRule(rule.of)})`;
  }
}

export function textOfBehaviour({ test, negated }: BehaviourSegment): string {
  return negated ? `not (${textOfTest(test)})` : textOfTest(test);
}

function textOfTest(test: BehaviourTest): string {
  switch (test.is) {
    case 'count':
      return `xEvent[${textOfFilter(test.filter)} and ${inWindow(test.days)}].count() >= ${test.atLeast}`;
    case 'sum':
      return `xEvent[${textOfFilter(test.filter)} and ${inWindow(test.days)}].sum(price) >= ${test.atLeast}`;
    case 'recency':
      return `select e from xEvent where ${textOfFilter(test.filter, 'e.')} and ${inWindow(test.days, 'e.')}`;
    case 'sequence': {
      const steps = [
        `A: WHAT(${textOfFilter(test.first)}) WHEN(<= ${test.days} days before now)`,
        ...(test.without ? [`X: EXCLUDE WHAT(${textOfFilter(test.without)})`] : []),
        `B: WHAT(${textOfFilter(test.second)}) AFTER(A, <= ${test.withinMinutes} minutes)`,
      ];
      return `chain(xEvent, timestamp, [${steps.join(', ')}])`;
    }
  }
}

function inWindow(days: number, of = ''): string {
  return `${of}timestamp occurs <= ${days} days before now`;
}

function textOfFilter({ type, where }: EventFilter, of = ''): string {
  return [`${of}eventType = "${type}"`, ...where.map((condition) => textOfCondition(condition, of))].join(' and ');
}

function textOfCondition(condition: EventCondition, of: string): string {
  const name = of + condition.property;
  switch (condition.is) {
    case 'eq':
      return `${name} = ${JSON.stringify(condition.value)}`;
    case 'in':
      return `${name} in ${JSON.stringify(condition.values)}`;
    case 'range':
      return `${name} >= ${condition.from} and ${name} < ${condition.below}`;
  }
}
