import type { Call, Expression } from '../language/expression.ts';
import { type FunctionEntry, functionEntry } from '../language/function-table.ts';
import { compilePattern } from '../language/pattern.ts';
import { TIME_UNITS } from '../language/time-unit.ts';
import type { Code } from '../runtime/code.ts';
import type { LowerContext, Lowered } from './lower-context.ts';
import { narrowRows } from './narrow-rows.ts';
import { type Scope, withElement } from './scope.ts';

type Lower = (node: Expression, scope: Scope, context: LowerContext) => Lowered;

/** Names that are another function turned around; unknown stays unknown in both. */
const NEGATED: Readonly<Record<string, string>> = {
  notIn: 'in',
  doesNotStartWith: 'startsWith',
  doesNotEndWith: 'endsWith',
  doesNotContain: 'contains',
  notEqualTo: 'equals',
  isNotNull: 'isNull',
};

/** Functions whose value may hold the elements of their subject. */
const OF_SUBJECT = new Set(['distinct', 'topN', 'bottomN', 'intersection', 'head']);
/** Functions whose value may hold what their second argument gives. */
const OF_ARGUMENT = new Set(['map', 'first', 'last']);

/** A call, with the arguments of each element in one slot, and the several spellings of one thing made equal. */
export function lowerCall(node: Call, scope: Scope, context: LowerContext, lower: Lower): Lowered {
  const negated = NEGATED[node.function];
  if (negated !== undefined) {
    const { code } = lowerCall({ ...node, function: negated }, scope, context, lower);
    return { code: { op: 'not', of: code }, events: false };
  }
  const entry = functionEntry(node.function);
  if (!entry) throw new Error(`no function ${node.function}`);
  if (node.function === 'decayed') return { code: lowerDecayed(node, scope, context, lower), events: false };
  const args = lowerArgs(node.args, entry, scope, context, lower);
  const codes = args.map(({ code }) => code);
  return {
    code: plainCall(node, entry, codes, scope.depth, context),
    events:
      (OF_SUBJECT.has(node.function) && args[0]?.events === true) ||
      (OF_ARGUMENT.has(node.function) && args[1]?.events === true),
  };
}

function lowerArgs(
  args: readonly Expression[],
  entry: FunctionEntry,
  scope: Scope,
  context: LowerContext,
  lower: Lower,
): readonly Lowered[] {
  const lowered: Lowered[] = [];
  for (const [i, arg] of args.entries()) {
    const isPerElement = entry.params[i]?.perElement === true;
    lowered.push(lower(arg, isPerElement ? withElement(scope, lowered[0]?.events ?? false) : scope, context));
  }
  return lowered;
}

function plainCall(
  node: Call,
  entry: FunctionEntry,
  args: readonly Code[],
  depth: number,
  { tables }: LowerContext,
): Code {
  const [first, second, third] = args;
  switch (node.function) {
    case 'equals':
      if (!first || !second || !(third === undefined || isLiteral(third, true))) break;
      return { op: 'compare', is: '=', left: first, right: second };
    case 'exists': {
      if (!first || !second) break;
      const { list, rest } = narrowRows(tables, first, depth, second);
      return { op: 'exists', bindings: [{ slot: depth, from: list, where: rest }] };
    }
    case 'sum':
    case 'average':
    case 'min':
    case 'max':
      if (!first || !second) break;
      return { op: node.function, value: second, slot: depth, from: first, where: null };
    case 'matches':
    case 'regexGroup': {
      const pattern = compilePattern(second?.op === 'literal' ? String(second.value) : '');
      if (!pattern.ok) throw new Error(pattern.error);
      return { op: 'call', function: node.function, args, slot: -1, pattern: pattern.value };
    }
  }
  const isPerElement = args.some((_, i) => entry.params[i]?.perElement === true);
  return { op: 'call', function: node.function, args, slot: isPerElement ? depth : -1 };
}

function isLiteral(code: Code, value: string | number | boolean): boolean {
  return code.op === 'literal' && code.value === value;
}

function lowerDecayed({ args }: Call, scope: Scope, context: LowerContext, lower: Lower): Code {
  const byPath = args[1]?.op !== 'duration';
  const duration = args[byPath ? 2 : 1];
  const [list] = args;
  if (!list || duration?.op !== 'duration') throw new Error('decayed has been checked');
  const of = lower(list, scope, context);
  const inner = withElement(scope, of.events);
  const each = args.slice(1).filter((arg) => arg.op !== 'duration');
  return {
    op: 'call',
    function: 'decayed',
    args: [of.code, ...each.map((arg) => lower(arg, inner, context).code)],
    slot: scope.depth,
    halfLifeMs: duration.amount * TIME_UNITS[duration.unit].ms,
    byPath,
  };
}
