import type { Chain, Expression, Moment, Path } from '../language/expression.ts';
import { isExclusion } from '../language/expression.ts';
import { partsOf } from '../language/expression-size.ts';
import { functionEntry } from '../language/function-table.ts';
import { profileNames } from './profile-names.ts';

/** A part of a rule that has a value for the profile as a whole: nothing in it depends on an element or a variable. */
export interface ProfilePart {
  readonly expression: Expression;
  /** Stands where a condition is wanted. */
  readonly asCondition: boolean;
  /** Of a chain's step. */
  readonly label: string | null;
}

const CONDITIONS: ReadonlySet<Expression['op']> = new Set([
  'and',
  'or',
  'not',
  'compare',
  'exists',
  'forall',
  'inSegment',
  'occurs',
  'chain',
]);

/** Whether it is true, false or unknown wherever it stands. */
export function isCondition(node: Expression): boolean {
  if (node.op === 'let') return isCondition(node.in);
  if (node.op === 'if') return isCondition(node.whenTrue) && isCondition(node.whenFalse);
  if (node.op === 'call') return functionEntry(node.function)?.result === 'boolean';
  return CONDITIONS.has(node.op) || (node.op === 'literal' && typeof node.value === 'boolean');
}

/**
 * The parts that one expression is made of, what its elements are compared with, and lists of the elements that made the difference in quantifiers and chains. What says no more than its
 * text (literals, dates, all events) is left out. `let` and references are the caller's.
 */
export function profileParts(node: Expression, asCondition: boolean): readonly ProfilePart[] {
  switch (node.op) {
    case 'and':
    case 'or':
      return node.of.flatMap((of) => part(of, true));
    case 'not':
      return part(node.of, true);
    case 'if':
      return [...part(node.condition, true), ...part(node.whenTrue, asCondition), ...part(node.whenFalse, asCondition)];
    case 'compare':
    case 'arithmetic':
      return [...part(node.left), ...part(node.right)];
    case 'list':
      return node.items.flatMap((item) => part(item));
    case 'field':
      return part(node.of);
    case 'filter':
      return [...part(node.of), ...namesIn({ ...node, of: ALL_EVENTS })];
    case 'call':
      return callParts(node.function, node.args);
    case 'occurs':
      return [...part(node.of), ...momentParts(node.when)];
    case 'exists':
      return [...fromOf(node.bindings[0]), ...part({ op: 'select', bindings: node.bindings })];
    case 'forall':
    case 'select':
      return [...fromOf(node.bindings[0]), ...namesIn(node)];
    case 'sum':
    case 'average':
    case 'min':
    case 'max': {
      const { variable, from, where } = node;
      const matches = where ? part({ op: 'select', bindings: [{ variable, from, where }] }) : [];
      return [...part(from), ...matches];
    }
    case 'chain':
      return [...part(node.of), ...stepParts(node)];
    default:
      return [];
  }
}

function part(expression: Expression, asCondition = false, label: string | null = null): readonly ProfilePart[] {
  return saysItAll(expression) ? [] : [{ expression, asCondition: asCondition || isCondition(expression), label }];
}

function saysItAll(node: Expression): boolean {
  switch (node.op) {
    case 'literal':
    case 'date':
    case 'calendar':
    case 'now':
    case 'duration':
      return true;
    case 'list':
    case 'arithmetic':
      return partsOf(node).every(saysItAll);
    case 'path':
      return node.steps.length === 1 && node.steps[0] === 'xEvent';
    default:
      return false;
  }
}

const ALL_EVENTS: Path = { op: 'path', climb: 0, steps: ['xEvent'] };

/** What is read of the profile for each element. */
function namesIn(node: Expression): readonly ProfilePart[] {
  return profileNames(node).flatMap((path) => part(path));
}

function fromOf(binding: { readonly from: Expression } | undefined): readonly ProfilePart[] {
  return binding ? part(binding.from) : [];
}

/** Arguments that are evaluated for each element are no parts of the profile's. */
function callParts(name: string, args: readonly Expression[]): readonly ProfilePart[] {
  const [subject, condition] = args;
  const params = functionEntry(name)?.params ?? [];
  // Its second form has other places.
  const own =
    name === 'decayed' ? args.slice(0, 1) : args.filter((_, i) => !params[i]?.perElement && !params[i]?.constant);
  const matches =
    name === 'exists' && subject && condition ? part({ op: 'filter', of: subject, where: condition }) : [];
  const isElementwise = own.length < args.length && matches.length === 0;
  const names = isElementwise ? namesIn({ op: 'call', function: name, args: [ALL_EVENTS, ...args.slice(1)] }) : [];
  return [...own.flatMap((arg) => part(arg)), ...matches, ...names];
}

function momentParts(when: Moment): readonly ProfilePart[] {
  return when.is === 'between' ? [...part(when.from), ...part(when.to)] : part(when.time);
}

/** For each step the elements that fit it by themselves. A step that looks at another one has none. */
function stepParts({ of, by, steps }: Chain): readonly ProfilePart[] {
  const labels = new Set(steps.map((step) => step.label));
  return steps.flatMap((step) => {
    const what = isExclusion(step) ? step.exclude : step.what;
    const when = isExclusion(step) ? undefined : step.when;
    // Outside of the brackets a name means the profile's, inside the element's.
    const isClosed = !when || momentParts(when).length === 0;
    if (names(what, labels) || !isClosed) return [];
    const inTime: readonly Expression[] = when ? [{ op: 'occurs', of: { op: 'path', climb: 0, steps: by }, when }] : [];
    const where: Expression = inTime.length === 0 ? what : { op: 'and', of: [what, ...inTime] };
    return part({ op: 'filter', of, where }, false, step.label);
  });
}

function names(root: Expression, labels: ReadonlySet<string>): boolean {
  const open: Expression[] = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.op === 'path' && node.steps[0] !== undefined && labels.has(node.steps[0])) return true;
    open.push(...partsOf(node));
  }
  return false;
}
