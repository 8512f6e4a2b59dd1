import type { Binding, Expression, Moment, Path } from '../language/expression.ts';
import type { BindingCode, Code, MomentCode } from '../runtime/code.ts';
import { EVENT_FIELD } from '../runtime/program.ts';
import { lowerCall } from './lower-call.ts';
import { lowerChain } from './lower-chain.ts';
import type { LowerContext, Lowered } from './lower-context.ts';
import { allRows, filterCode, narrowRows } from './narrow-rows.ts';
import { type Scope, withElement, withVariable } from './scope.ts';
import { daySpan } from './zone-table.ts';

/** Resolves the names of a checked expression and gives the static parts of its conditions to queries. */
export function lower(node: Expression, scope: Scope, context: LowerContext): Lowered {
  const code = (part: Expression) => lower(part, scope, context).code;
  switch (node.op) {
    case 'literal':
      return plain({ op: 'literal', value: node.value });
    case 'list': {
      const items = node.items.map((item) => lower(item, scope, context));
      return {
        code: { op: 'list', items: items.map((item) => item.code) },
        events: items.some(({ events }) => events),
      };
    }
    case 'date':
      return plain({ op: 'span', ...daySpan(context.timeZone, node) });
    case 'calendar':
      return plain({ op: 'calendar', unit: node.unit, shift: node.shift });
    case 'now':
      return plain({ op: 'now' });
    case 'path':
      return lowerPath(node, scope, context);
    case 'field':
      return fieldOf(lower(node.of, scope, context), node.steps, context);
    case 'and':
    case 'or':
      return plain({ op: node.op, of: node.of.map(code) });
    case 'not':
      return plain({ op: 'not', of: code(node.of) });
    case 'if': {
      const [yes, no] = [lower(node.whenTrue, scope, context), lower(node.whenFalse, scope, context)];
      const condition = code(node.condition);
      return { code: { op: 'if', condition, whenTrue: yes.code, whenFalse: no.code }, events: yes.events || no.events };
    }
    case 'compare':
      return plain({ op: 'compare', is: node.is, left: code(node.left), right: code(node.right) });
    case 'arithmetic':
      return plain({ op: 'arithmetic', is: node.is, left: code(node.left), right: code(node.right) });
    case 'call':
      return lowerCall(node, scope, context, lower);
    case 'filter': {
      const of = lower(node.of, scope, context);
      const where = lower(node.where, withElement(scope, of.events), context).code;
      return { code: filterCode(context.tables, of.code, scope.depth, where), events: of.events };
    }
    case 'exists':
    case 'forall':
    case 'select':
      return lowerQuantifier(node.op, node.bindings, scope, context);
    case 'sum':
    case 'average':
    case 'min':
    case 'max': {
      const bound = lowerBinding(node, scope, context, true);
      const value = lower(node.value, bound.inner, context).code;
      return plain({ op: node.op, value, ...bound.code });
    }
    case 'let': {
      const value = lower(node.value, scope, context);
      const body = lower(node.in, withVariable(scope, node.variable, value.events), context);
      return { code: { op: 'let', slot: scope.depth, value: value.code, in: body.code }, events: body.events };
    }
    case 'inSegment':
      return plain(context.segment(node.segment));
    case 'score':
      return plain({ op: 'score', model: node.model });
    case 'occurs':
      return plain({ op: 'occurs', of: code(node.of), when: lowerMoment(node.when, scope, context) });
    case 'chain':
      return plain(lowerChain(node, scope, context, { lower, lowerMoment, fieldOf }));
    case 'duration':
      throw new Error('a duration stands only as the half-life of decayed');
  }
}

function plain(code: Code): Lowered {
  return { code, events: false };
}

export function lowerMoment(when: Moment, scope: Scope, context: LowerContext): MomentCode {
  const code = (part: Expression) => lower(part, scope, context).code;
  if (when.is === 'between') return { is: when.is, from: code(when.from), to: code(when.to) };
  const time = code(when.time);
  if (!('amount' in when)) return { is: when.is, time };
  return { is: when.is, amount: when.amount, unit: when.unit, side: when.side, time };
}

/** A field below a value; nothing below an event is an event. */
export function fieldOf(of: Lowered, steps: readonly string[], { tables }: LowerContext): Lowered {
  if (steps.length === 0) return of;
  const column = of.events ? tables.column(steps) : EVENT_FIELD.none;
  return plain({ op: 'field', of: of.code, steps, column });
}

function lowerPath({ climb, steps }: Path, scope: Scope, context: LowerContext): Lowered {
  const [name = '', ...rest] = steps;
  const variable = climb === 0 ? scope.variables.get(name) : undefined;
  if (variable) return fieldOf({ code: { op: 'slot', slot: variable.slot }, events: variable.events }, rest, context);
  const isAllEvents = climb === 0 && name === 'xEvent';
  const element = isAllEvents ? undefined : scope.elements[scope.elements.length - 1 - climb];
  if (element) return fieldOf({ code: { op: 'slot', slot: element.slot }, events: element.events }, steps, context);
  return fieldOf(profileName(name, context), rest, context);
}

function profileName(name: string, context: LowerContext): Lowered {
  const { tables, declared } = context;
  if (name === 'xEvent') return { code: allRows(tables, context.purposes), events: true };
  const measure = declared?.has(name) ? null : context.measure(name);
  if (measure && declared) return { code: { op: 'cell', cell: measure.cell }, events: measure.events };
  const attribute = tables.attribute(name);
  return {
    code: { op: 'attribute', attribute, otherwise: measure?.cell ?? -1 },
    events: measure?.events ?? false,
  };
}

function lowerQuantifier(
  op: 'exists' | 'forall' | 'select',
  bindings: readonly Binding[],
  scope: Scope,
  context: LowerContext,
): Lowered {
  let inner = scope;
  let events = false;
  const codes: BindingCode[] = [];
  for (const [i, binding] of bindings.entries()) {
    // All elements of a `forall` must meet the condition, so it says nothing of the list.
    const bound = lowerBinding(binding, inner, context, op !== 'forall');
    codes.push(bound.code);
    if (i === 0) events = bound.events;
    inner = bound.inner;
  }
  const [only] = codes;
  if (op !== 'select' || codes.length > 1 || !only) return { code: { op, bindings: codes }, events };
  const code = only.where ? filterCode(context.tables, only.from, only.slot, only.where) : only.from;
  return { code: asList(code, only.slot), events };
}

/** A selection is a list or unknown, whatever it is taken from. */
function asList(code: Code, slot: number): Code {
  if (code.op === 'rows' || code.op === 'filter') return code;
  return { op: 'select', bindings: [{ slot, from: code, where: null }] };
}

function lowerBinding(binding: Binding, scope: Scope, context: LowerContext, narrows: boolean) {
  const from = lower(binding.from, scope, context);
  const inner = withVariable(scope, binding.variable, from.events);
  const slot = scope.depth;
  let [list, where] = [from.code, binding.where ? lower(binding.where, inner, context).code : null];
  if (where && narrows) ({ list, rest: where } = narrowRows(context.tables, list, slot, where));
  return { code: { slot, from: list, where }, inner, events: from.events };
}
