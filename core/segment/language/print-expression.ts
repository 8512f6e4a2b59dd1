import { type Chain, type ChainStep, type Expression, isExclusion, type Moment } from './expression.ts';
import { functionEntry, isInfix } from './function-table.ts';
import { TIME_UNITS, type TimeUnit } from './time-unit.ts';

/** How tightly a form binds; a looser one inside of a tighter place stands in parentheses. */
const LEVEL = { open: 0, or: 1, and: 2, not: 3, comparison: 4, sum: 5, product: 6, postfix: 7 } as const;

/** Written between their operands; the other functions follow their subject after a dot. */
const INFIX = new Set(['in', 'notIn', 'like']);

/** The canonical text of a tree: parsing it gives an equal tree. */
export function printExpression(node: Expression): string {
  return print(node, LEVEL.open);
}

function print(node: Expression, level: number): string {
  const [own, text] = form(node);
  return own < level ? `(${text})` : text;
}

function form(node: Expression): readonly [number, string] {
  switch (node.op) {
    case 'literal':
      return [LEVEL.postfix, JSON.stringify(node.value)];
    case 'list':
      return [LEVEL.postfix, `[${printAll(node.items)}]`];
    case 'date':
      return [LEVEL.postfix, `date(${node.year}, ${node.month}, ${node.day})`];
    case 'calendar':
      return [LEVEL.postfix, calendar(node.unit, node.shift)];
    case 'now':
      return [LEVEL.postfix, 'now'];
    case 'path':
      // `let occurs = …` would begin a binding.
      if (node.climb === 0 && /^let$/i.test(node.steps.join('.'))) return [LEVEL.postfix, `(${node.steps[0]})`];
      return [LEVEL.postfix, [...(node.climb > 0 ? ['^'.repeat(node.climb)] : []), ...node.steps].join('.')];
    case 'field':
      return [LEVEL.postfix, [print(node.of, LEVEL.postfix), ...node.steps].join('.')];
    case 'and':
    case 'or': {
      if (node.of.length < 2) return [LEVEL.postfix, `${node.op}(${printAll(node.of)})`];
      const inner = node.op === 'and' ? LEVEL.not : LEVEL.and;
      return [LEVEL[node.op], node.of.map((part) => print(part, inner)).join(` ${node.op} `)];
    }
    case 'not':
      return [LEVEL.not, `not ${print(node.of, LEVEL.comparison)}`];
    case 'if':
      return [LEVEL.postfix, `if(${printAll([node.condition, node.whenTrue, node.whenFalse])})`];
    case 'compare':
      return [LEVEL.comparison, `${print(node.left, LEVEL.comparison)} ${node.is} ${print(node.right, LEVEL.sum)}`];
    case 'arithmetic': {
      const own = node.is === '+' || node.is === '-' ? LEVEL.sum : LEVEL.product;
      return [own, `${print(node.left, own)} ${node.is} ${print(node.right, own + 1)}`];
    }
    case 'call':
      return call(node.function, node.args);
    case 'filter':
      return [LEVEL.postfix, `${print(node.of, LEVEL.postfix)}[${print(node.where, LEVEL.open)}]`];
    case 'exists':
    case 'forall':
    case 'select':
      return [LEVEL.open, `${node.op} ${node.bindings.map(source).join(', ')}`];
    case 'sum':
    case 'average':
    case 'min':
    case 'max':
      return [LEVEL.open, `${node.op} ${aggregated(node.value)} over ${source(node)}`];
    case 'let':
      return [
        LEVEL.open,
        `let ${node.variable} = (${print(node.value, LEVEL.open)}) in (${print(node.in, LEVEL.open)})`,
      ];
    case 'inSegment':
      return [LEVEL.postfix, `inSegment(${JSON.stringify(node.segment)})`];
    case 'score':
      return [LEVEL.postfix, `score(${JSON.stringify(node.model)})`];
    case 'occurs':
      return [LEVEL.comparison, `${print(node.of, LEVEL.comparison)} occurs ${moment(node.when)}`];
    case 'chain':
      return [LEVEL.postfix, chain(node)];
    case 'duration':
      return [LEVEL.open, printSpan(node.amount, node.unit)];
  }
}

/** What an aggregate sums up. In parentheses wherever its words could be read as those of the aggregate. */
function aggregated(value: Expression): string {
  const plain = value.op === 'path' && value.climb === 0 && !isTaken(value.steps[0] ?? '');
  return plain ? print(value, LEVEL.sum) : `(${print(value, LEVEL.open)})`;
}

const isTaken = (word: string) =>
  /^(?:sum|average|min|max|over|occurs|exists|forall|select)$/i.test(word) || isInfix(word);

function printAll(nodes: readonly Expression[]): string {
  return nodes.map((node) => print(node, node.op === 'duration' ? LEVEL.open : LEVEL.or)).join(', ');
}

function call(name: string, args: readonly Expression[]): readonly [number, string] {
  const [subject, ...others] = args;
  const [operand] = others;
  if (subject === undefined || subject.op === 'duration') return [LEVEL.postfix, `${name}(${printAll(args)})`];
  if (INFIX.has(name) && functionEntry(name) && operand && others.length === 1 && operand.op !== 'duration') {
    return [LEVEL.comparison, `${print(subject, LEVEL.comparison)} ${name} ${print(operand, LEVEL.sum)}`];
  }
  return [LEVEL.postfix, `${print(subject, LEVEL.postfix)}.${name}(${printAll(others)})`];
}

function source({
  variable,
  from,
  where,
}: {
  readonly variable: string;
  readonly from: Expression;
  readonly where?: Expression;
}): string {
  return `${variable} from ${print(from, LEVEL.sum)}${where ? ` where (${print(where, LEVEL.open)})` : ''}`;
}

/** `1 day`, `7 days`. */
export function printSpan(amount: number, unit: TimeUnit): string {
  return `${amount} ${amount === 1 ? unit : TIME_UNITS[unit].plural}`;
}

function calendar(unit: TimeUnit, shift: -1 | 0 | 1): string {
  if (unit === 'day') return shift === 0 ? 'today' : shift < 0 ? 'yesterday' : 'tomorrow';
  return `${shift === 0 ? 'this' : shift < 0 ? 'last' : 'next'} ${unit}`;
}

function moment(when: Moment): string {
  switch (when.is) {
    case 'between':
      return `between ${print(when.from, LEVEL.sum)} and ${print(when.to, LEVEL.sum)}`;
    case 'at': {
      const time = print(when.time, LEVEL.sum);
      // A name that would be read as the word of another form.
      return /^(?:before|after|on|between)(?![\p{L}\p{M}\p{N}_$])/iu.test(time) ? `(${time})` : time;
    }
    case 'before':
    case 'after':
    case 'on':
      return `${when.is} ${print(when.time, LEVEL.sum)}`;
    default:
      return `${when.is} ${printSpan(when.amount, when.unit)} ${when.side} ${print(when.time, LEVEL.sum)}`;
  }
}

function chain({ of, by, steps }: Chain): string {
  const printed = steps.map((step) =>
    isExclusion(step) ? `${step.label}: EXCLUDE WHAT(${print(step.exclude, LEVEL.open)})` : chainStep(step),
  );
  return `chain(${print(of, LEVEL.sum)}, ${by.join('.')}, [${printed.join(', ')}])`;
}

function chainStep({ label, what, when, after, count }: ChainStep): string {
  const clauses = [`${label}: WHAT(${print(what, LEVEL.open)})`];
  if (when) clauses.push(`WHEN(${moment(when)})`);
  if (after) clauses.push(`AFTER(${after.label}, ${after.is} ${printSpan(after.amount, after.unit)})`);
  if (count) clauses.push(`COUNT(${count.is === '>=' ? '' : `${count.is} `}${count.n})`);
  return clauses.join(' ');
}
