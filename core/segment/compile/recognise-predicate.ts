import type { Code } from '../runtime/code.ts';
import type { Predicate, PredicateGroup } from '../runtime/program.ts';
import type { ConditionContext } from './condition-context.ts';
import { constant, type Formula, join, literal, negate } from './formula.ts';
import { literalsOf } from './split-condition.ts';

type Scalar = string | number | boolean;
type Attribute = Extract<Code, { op: 'attribute' }>;

/** An attribute against literals, as bits of predicate groups; null for any other condition. */
export function predicateOf(code: Code, context: ConditionContext): Formula | null {
  switch (code.op) {
    case 'attribute':
      // What is not declared may be a list, and a list as a condition means "not empty".
      return typeOf(code, context) === 'boolean' && isPlain(code, context) ? leafOf(code, '=', true, code) : null;
    case 'compare':
      return comparison(code, context);
    case 'call':
      return call(code, context);
    default:
      return null;
  }
}

function typeOf({ attribute }: Attribute, { tables, attributes }: ConditionContext): string | undefined {
  return attributes?.get(tables.attributes[attribute] ?? '');
}

/** An attribute whose stored value is compared as it is. */
function isPlain(code: Code | undefined, context: ConditionContext): code is Attribute {
  if (code?.op !== 'attribute' || code.otherwise >= 0) return false;
  const type = typeOf(code, context);
  return type !== 'instant' && type !== 'list';
}

function leafOf({ attribute }: Attribute, is: '=' | '>=' | '>', value: Scalar, code: Code): Formula {
  return predicate(attribute, value, { is, value }, code);
}

function predicate(attribute: number, value: Scalar, of: Predicate, code: Code): Formula {
  const type = typeof value as PredicateGroup['type'];
  return literal({ kind: 'predicate', attribute, type, predicate: of, code });
}

const FLIPPED = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function comparison(code: Extract<Code, { op: 'compare' }>, context: ConditionContext): Formula | null {
  const [left, right, is] =
    code.left.op === 'literal' ? [code.right, code.left, FLIPPED[code.is]] : [code.left, code.right, code.is];
  if (!isPlain(left, context) || right.op !== 'literal') return null;
  const { value } = right;
  if (is === '=' || is === '!=') {
    const equal = leafOf(left, '=', value, { op: 'compare', is: '=', left, right });
    return is === '=' ? equal : negate(equal);
  }
  // Booleans have no order.
  if (typeof value === 'boolean') return null;
  const bound = is === '>=' || is === '<' ? '>=' : '>';
  const above = leafOf(left, bound, value, { op: 'compare', is: bound, left, right });
  return is === bound ? above : negate(above);
}

function call(code: Extract<Code, { op: 'call' }>, context: ConditionContext): Formula | null {
  const [first, second, third] = code.args;
  if (code.function === 'in' && second?.op === 'list') return membership(first, second, code, context);
  if (code.function === 'includes' && first?.op === 'list') return membership(second, first, code, context);
  if (code.function === 'isNull' && first?.op === 'attribute' && first.otherwise < 0) {
    return literal({ kind: 'predicate', attribute: first.attribute, type: 'null', predicate: { is: 'isNull' }, code });
  }
  if (!isPlain(first, context)) return null;
  const { attribute } = first;
  if (second?.op !== 'literal' || !(third === undefined || third.op === 'literal')) return null;
  const { value } = second;
  const fold = third?.value === false;
  if (code.function === 'equals' && typeof value !== 'string') return leafOf(first, '=', value, code);
  if (typeof value !== 'string') return null;
  const text = (of: Predicate) => predicate(attribute, value, of, code);
  switch (code.function) {
    case 'startsWith':
    case 'endsWith':
    case 'contains':
      return text({ is: code.function, value: fold ? value.toLowerCase() : value, fold });
    case 'equals':
      return fold ? text({ is: 'equalsFolded', value: value.toLowerCase() }) : text({ is: '=', value });
    case 'like':
      return text({ is: 'like', value });
    case 'matches':
      return code.pattern ? text({ is: 'matches', pattern: code.pattern }) : null;
    default:
      return null;
  }
}

/** An `or` of equalities, which is unknown where the type is another one: a predicate for each type. */
function membership(
  value: Code | undefined,
  list: Extract<Code, { op: 'list' }>,
  code: Code,
  context: ConditionContext,
): Formula | null {
  const values = literalsOf(list.items);
  if (values === null || value === undefined) return null;
  if (values.length === 0) return constant(false);
  if (!isPlain(value, context)) return null;
  const kinds = new Map<string, Scalar[]>();
  for (const one of values) kinds.set(typeof one, [...(kinds.get(typeof one) ?? []), one]);
  const parts = [...kinds.values()].map((ofKind) => {
    const [first = ''] = ofKind;
    const items = ofKind.map((one): Code => ({ op: 'literal', value: one }));
    const same =
      kinds.size === 1
        ? code
        : ({ op: 'call', function: 'in', args: [value, { op: 'list', items }], slot: -1 } as const);
    if (ofKind.length === 1) return predicate(value.attribute, first, { is: '=', value: first }, same);
    const sorted = [...ofKind].sort((a, b) => (a < b ? -1 : 1));
    return predicate(value.attribute, first, { is: 'in', values: sorted }, same);
  });
  return join('or', parts);
}
