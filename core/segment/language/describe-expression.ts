import {
  type ChainExclusion,
  type ChainStep,
  type Comparison,
  type Expression,
  isExclusion,
  type Moment,
} from './expression.ts';
import { functionEntry } from './function-table.ts';
import { printSpan } from './print-expression.ts';

const COMPARISONS: Readonly<Record<Comparison, string>> = {
  '=': 'is',
  '!=': 'is not',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is more than',
  '>=': 'is at least',
};
const ARITHMETIC = { '+': 'plus', '-': 'minus', '*': 'times', '/': 'divided by', '%': 'modulo' } as const;
const COUNTS = { '=': 'exactly', '<': 'fewer than', '<=': 'at most', '>': 'more than', '>=': 'at least' } as const;

/** How a function reads: `$0` is its subject, `$1`, `$2` its arguments. */
const PHRASES: Readonly<Record<string, string>> = {
  in: '$0 is one of $1',
  notIn: '$0 is none of $1',
  intersects: '$0 and $1 have something in common',
  intersection: 'what $0 and $1 have in common',
  subsetOf: 'everything in $0 is in $1',
  supersetOf: '$0 has everything in $1',
  includes: '$0 includes $1',
  distinct: 'the different values of $0',
  map: '$1 of each of $0',
  topN: 'the $2 of $0 with the highest $1',
  bottomN: 'the $2 of $0 with the lowest $1',
  head: 'the first of $0',
  count: 'the number of $0',
  exists: 'there is one of $0 where $1',
  sum: 'the sum of $1 over $0',
  average: 'the average of $1 over $0',
  min: 'the lowest $1 of $0',
  max: 'the highest $1 of $0',
  get: '$0 at $1',
  keys: 'the keys of $0',
  values: 'the values of $0',
  like: '$0 looks like $1',
  startsWith: '$0 starts with $1',
  doesNotStartWith: '$0 does not start with $1',
  endsWith: '$0 ends with $1',
  doesNotEndWith: '$0 does not end with $1',
  contains: '$0 contains $1',
  doesNotContain: '$0 does not contain $1',
  equals: '$0 is $1',
  notEqualTo: '$0 is not $1',
  matches: '$0 matches the pattern $1',
  regexGroup: 'part $2 of $0 by the pattern $1',
  isNull: '$0 is missing',
  isNotNull: '$0 is known',
  currentMonth: 'the current month',
  currentYear: 'the current year',
  currentDayOfMonth: 'the current day of the month',
  getMonth: 'the month of $0',
  getYear: 'the year of $0',
  getDayOfMonth: 'the day of the month of $0',
  anniversary: 'today is the anniversary of $0',
  first: 'the first $1 of $0',
  last: 'the last $1 of $0',
  favourite: 'the favourite $1 of $0',
  decayed: 'the fading interest in $1 over $0',
};
const FOLDED = new Set([
  'startsWith',
  'doesNotStartWith',
  'endsWith',
  'doesNotEndWith',
  'contains',
  'doesNotContain',
  'equals',
  'notEqualTo',
]);

/** The plain-English sentence of a rule, made from its tree alone. */
export function describeExpression(node: Expression): string {
  const text = say(node);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Compound parts stand in parentheses, so that the sentence has one reading. */
function part(node: Expression): string {
  const compound = ['and', 'or', 'not', 'if', 'arithmetic', 'let', 'exists', 'forall', 'select'].includes(node.op);
  return compound ? `(${say(node)})` : say(node);
}

/** A part that something is said about: in parentheses too where it says something itself, as in `a = (b = c)`. */
function operand(node: Expression): string {
  const isStatement =
    ['compare', 'occurs', 'inSegment', 'chain'].includes(node.op) || (node.op === 'call' && isTest(node.function));
  return isStatement ? `(${say(node)})` : part(node);
}

const isTest = (name: string) => functionEntry(name)?.result === 'boolean';

function say(node: Expression): string {
  switch (node.op) {
    case 'literal':
      return JSON.stringify(node.value);
    case 'list':
      return `[${node.items.map(say).join(', ')}]`;
    case 'date':
      return `${node.year}-${String(node.month).padStart(2, '0')}-${String(node.day).padStart(2, '0')}`;
    case 'calendar':
      if (node.unit === 'day') return ['yesterday', 'today', 'tomorrow'][node.shift + 1] as string;
      return `${['last', 'this', 'next'][node.shift + 1]} ${node.unit}`;
    case 'now':
      return 'now';
    case 'path':
      return sayPath(node.climb, node.steps);
    case 'field':
      return `${node.steps.join(' ')} of ${operand(node.of)}`;
    case 'and':
    case 'or':
      if (node.of.length === 0) return node.op === 'and' ? 'always' : 'never';
      return node.of.map(part).join(` ${node.op} `);
    case 'not':
      return `it is not true that ${part(node.of)}`;
    case 'if':
      return `${part(node.whenTrue)} if ${part(node.condition)}, else ${part(node.whenFalse)}`;
    case 'compare':
      return `${operand(node.left)} ${COMPARISONS[node.is]} ${operand(node.right)}`;
    case 'arithmetic':
      return `${operand(node.left)} ${ARITHMETIC[node.is]} ${operand(node.right)}`;
    case 'call':
      return sayCall(node.function, node.args);
    case 'filter':
      return `${part(node.of)} where ${part(node.where)}`;
    case 'exists':
    case 'forall':
    case 'select':
      return sayQuantifier(node.op, node.bindings);
    case 'sum':
    case 'average':
    case 'min':
    case 'max':
      return `the ${node.op} of ${part(node.value)} over ${sayBinding(node)}`;
    case 'let':
      return `with ${node.variable} as ${part(node.value)}, ${say(node.in)}`;
    case 'inSegment':
      return `is in the segment ${JSON.stringify(node.segment)}`;
    case 'score':
      return `the score of the model ${JSON.stringify(node.model)}`;
    case 'occurs':
      return `${operand(node.of)} is ${sayMoment(node.when)}`;
    case 'chain':
      return `in the order of ${node.by.join(' ')} of ${part(node.of)}: ${node.steps.map((step, i) => sayStep(step, i)).join(', ')}`;
    case 'duration':
      return printSpan(node.amount, node.unit);
  }
}

function sayPath(climb: number, steps: readonly string[]): string {
  const names = steps[0] === 'xEvent' && climb === 0 ? ['events', ...steps.slice(1)] : steps;
  const outer = climb === 0 ? '' : climb === 1 ? 'the enclosing ' : `the enclosing (${climb} levels up) `;
  return `${outer}${names.length === 0 ? 'element' : names.join(' ')}`;
}

function sayCall(name: string, args: readonly Expression[]): string {
  const phrase = PHRASES[name];
  const [subject, halfLife] = args;
  const weighted = (weight: Expression | undefined) => (weight ? `, weighted by ${part(weight)}` : '');
  if (name === 'decayed' && subject && halfLife?.op === 'duration')
    return `the fading weight of ${part(subject)}, half in ${say(halfLife)}${weighted(args[2])}`;
  if (phrase === undefined) return `${name}(${args.map(say).join(', ')})`;
  const text = phrase.replace(/\$([012])/g, (_, digit: string) => {
    const arg = args[Number(digit)];
    if (arg === undefined) return 'each';
    // What is asked of each element is no operand.
    return isTest(name) && name !== 'exists' ? operand(arg) : part(arg);
  });
  const extra = args[2];
  if (name === 'favourite') return `${text}${weighted(extra)}`;
  if (name === 'decayed' && extra) return `${text}, half in ${say(extra)}${weighted(args[3])}`;
  return FOLDED.has(name) && extra?.op === 'literal' && extra.value === false ? `${text}, in any case` : text;
}

interface Bound {
  readonly variable: string;
  readonly from: Expression;
  readonly where?: Expression;
}

function sayBinding({ variable, from, where }: Bound): string {
  return `${part(from)} (each called ${variable})${where ? ` where ${part(where)}` : ''}`;
}

function sayQuantifier(op: 'exists' | 'forall' | 'select', bindings: readonly Bound[]): string {
  if (op === 'forall') {
    const conditions = bindings.flatMap(({ where }) => (where ? [part(where)] : []));
    const lists = bindings.map(({ variable, from }) => `every ${variable} of ${part(from)}`);
    return `for ${lists.join(' and ')}: ${conditions.length > 0 ? conditions.join(' and ') : 'always'}`;
  }
  return `${op === 'exists' ? 'there is one of' : 'those of'} ${bindings.map(sayBinding).join(', with one of ')}`;
}

function sayMoment(when: Moment): string {
  switch (when.is) {
    case 'between':
      return `between ${part(when.from)} and ${part(when.to)}`;
    case 'at':
      return `at ${part(when.time)}`;
    case 'on':
    case 'before':
    case 'after':
      return `${when.is} ${part(when.time)}`;
    case '=':
      return `in the ${when.unit} that is ${printSpan(when.amount, when.unit)} ${when.side} ${part(when.time)}`;
    default:
      return `${COUNTS[when.is].replace('fewer', 'less')} ${printSpan(when.amount, when.unit)} ${when.side} ${part(when.time)}`;
  }
}

function sayStep(step: ChainStep | ChainExclusion, index: number): string {
  if (isExclusion(step)) return `without (${step.label}) ${part(step.exclude)}`;
  const words = [index === 0 ? 'first' : 'then', `(${step.label})`, part(step.what)];
  if (step.count) words.push(`${COUNTS[step.count.is]} ${step.count.n} times`);
  if (step.when) words.push(sayMoment(step.when));
  if (step.after)
    words.push(
      `${COUNTS[step.after.is].replace('fewer', 'less')} ${printSpan(step.after.amount, step.after.unit)} after ${step.after.label}`,
    );
  return words.join(' ');
}
