import type {
  Aggregate,
  Binding,
  Chain,
  Expression,
  Path,
  Quantifier,
} from '../../core/segment/language/expression.ts';
import { dayOf, instantOf, neighbour } from './calendar.ts';
import { type Labels, searchChain } from './chain-search.ts';
import { Clock } from './clock.ts';
import { compare } from './comparing.ts';
import { extremeOf, IMPLEMENTATIONS } from './function-values.ts';
import { occurs } from './occurs.ts';
import {
  all,
  EventItem,
  field,
  fields,
  Instant,
  isList,
  isMoving,
  not,
  type OracleEvent,
  Span,
  some,
  type Truth,
  truth,
  type Value,
} from './value.ts';

export interface OracleInput {
  readonly rule: Expression;
  readonly measures: ReadonlyMap<string, Expression>;
  readonly segments: ReadonlyMap<string, Expression>;
  readonly timeZone: string;
  readonly profile: Value;
  /** One of each (source, id), by time, then id. */
  readonly events: readonly OracleEvent[];
  readonly scores: Readonly<Record<string, number>>;
}

/** What names mean where an expression stands. */
interface Scope {
  readonly variables: ReadonlyMap<string, Value>;
  /** The innermost last. */
  readonly elements: readonly Value[];
}

const PROFILE: Scope = { variables: new Map(), elements: [] };

/** Evaluates one rule at one instant by looking at everything, the way the specification says it. */
export class Interpreter {
  readonly clock: Clock;
  readonly #input: OracleInput;
  readonly #events: readonly EventItem[];

  constructor(input: OracleInput, now: number) {
    this.#input = input;
    this.clock = new Clock(now, input.timeZone);
    this.#events = input.events.filter(({ at }) => at <= now).map((event) => new EventItem(event));
    for (const { at } of input.events) if (at > now) this.clock.mayChangeAt(at);
  }

  run(): Truth {
    return truth(this.#evaluate(this.#input.rule, PROFILE));
  }

  #evaluate(node: Expression, scope: Scope): Value {
    const value = (part: Expression) => this.#evaluate(part, scope);
    const holds = (part: Expression) => truth(value(part));
    const { clock } = this;
    switch (node.op) {
      case 'literal':
        return node.value;
      case 'list':
        return node.items.map(value).filter((item) => item !== null);
      case 'date':
        return dayOf(node.year, node.month, node.day, clock.zone);
      case 'calendar': {
        const here = neighbour(clock.now, node.unit, 0, clock.zone);
        clock.mayChangeAt(here.end);
        return neighbour(clock.now, node.unit, node.shift, clock.zone);
      }
      case 'now':
        return new Instant(clock.now, true);
      case 'path':
        return this.#path(node, scope);
      case 'field':
        return fields(value(node.of), node.steps);
      case 'and':
        return all(node.of.map(holds));
      case 'or':
        return some(node.of.map(holds));
      case 'not':
        return not(holds(node.of));
      case 'if': {
        const condition = holds(node.condition);
        return condition === null ? null : value(condition ? node.whenTrue : node.whenFalse);
      }
      case 'compare': {
        const [left, right] = [value(node.left), value(node.right)];
        for (const side of [left, right]) {
          const at =
            side instanceof Instant || side instanceof Span || typeof side === 'string'
              ? instantOf(side, clock.zone)
              : null;
          if (at !== null && !isMoving(side)) clock.mayChangeAt(at);
        }
        return compare(left, node.is, right, clock.zone);
      }
      case 'arithmetic':
        return arithmetic(value(node.left), node.is, value(node.right));
      case 'call': {
        const implementation = IMPLEMENTATIONS[node.function];
        if (!implementation) throw new Error(`no function ${node.function}`);
        return implementation(node.args, {
          clock,
          evaluate: value,
          evaluateFor: (part, element) => this.#evaluate(part, { ...scope, elements: [...scope.elements, element] }),
        });
      }
      case 'filter': {
        const list = value(node.of);
        if (!isList(list)) return null;
        return list.filter((item) => this.#matches(node.where, { ...scope, elements: [...scope.elements, item] }));
      }
      case 'exists':
      case 'forall':
      case 'select':
        return this.#quantify(node, scope);
      case 'sum':
      case 'average':
      case 'min':
      case 'max':
        return this.#aggregate(node, scope);
      case 'let':
        return this.#evaluate(node.in, bind(scope, node.variable, value(node.value)));
      case 'inSegment': {
        const rule = this.#input.segments.get(node.segment);
        return rule !== undefined && truth(this.#evaluate(rule, PROFILE)) === true;
      }
      case 'score':
        return this.#input.scores[node.model] ?? null;
      case 'occurs':
        return occurs(value(node.of), node.when, value, clock);
      case 'chain':
        return this.#chain(node, scope);
      case 'duration':
        throw new Error('a duration is read by its function');
    }
  }

  /** An element whose condition is unknown does not match. */
  #matches(where: Expression | undefined, scope: Scope): boolean {
    return where === undefined || truth(this.#evaluate(where, scope)) === true;
  }

  #path({ climb, steps }: Path, { variables, elements }: Scope): Value {
    const [name = '', ...rest] = steps;
    if (climb === 0 && variables.has(name)) return fields(variables.get(name) ?? null, rest);
    if (climb === 0 && name === 'xEvent') return fields(this.#events, rest);
    const element = elements[elements.length - 1 - climb];
    if (element !== undefined) return fields(element, steps);
    if (name === 'xEvent') return fields(this.#events, rest);
    const attribute = field(this.#input.profile, name);
    if (attribute !== null) return fields(attribute, rest);
    const measure = this.#input.measures.get(name);
    return measure === undefined ? null : fields(this.#evaluate(measure, PROFILE), rest);
  }

  #quantify({ op, bindings }: Quantifier, scope: Scope): Value {
    const list = this.#listOf(bindings[0], scope);
    if (list === null) return null;
    const [first, ...others] = bindings as [Binding, ...Binding[]];
    const meets = (item: Value, kind: 'exists' | 'forall'): boolean => {
      const inner = bind(scope, first.variable, item);
      return this.#matches(first.where, inner) && this.#inner(kind, others, inner);
    };
    if (op === 'select') return list.filter((item) => meets(item, 'exists'));
    return op === 'exists' ? list.some((item) => meets(item, op)) : list.every((item) => meets(item, op));
  }

  #inner(kind: 'exists' | 'forall', bindings: readonly Binding[], scope: Scope): boolean {
    const [binding, ...others] = bindings;
    if (!binding) return true;
    const list = this.#listOf(binding, scope);
    if (list === null) return false;
    const meets = (item: Value): boolean => {
      const inner = bind(scope, binding.variable, item);
      return this.#matches(binding.where, inner) && this.#inner(kind, others, inner);
    };
    return kind === 'exists' ? list.some(meets) : list.every(meets);
  }

  #listOf(binding: Binding | undefined, scope: Scope): readonly Value[] | null {
    const list = binding ? this.#evaluate(binding.from, scope) : null;
    return isList(list) ? list : null;
  }

  #aggregate(node: Aggregate, scope: Scope): Value {
    const list = this.#listOf(node, scope);
    if (list === null) return null;
    const found = list
      .map((item) => bind(scope, node.variable, item))
      .filter((inner) => this.#matches(node.where, inner))
      .map((inner) => this.#evaluate(node.value, inner));
    if (node.op === 'min' || node.op === 'max') return extremeOf(found, node.op === 'max' ? 1 : -1, this.clock.zone);
    const numbers = found.filter((value) => typeof value === 'number');
    const sum = numbers.reduce((a, b) => a + b, 0);
    if (node.op === 'sum') return sum;
    return numbers.length === 0 ? null : sum / numbers.length;
  }

  #chain(chain: Chain, scope: Scope): Value {
    const list = this.#evaluate(chain.of, scope);
    if (!isList(list)) return null;
    const labelled = (labels: Labels): Scope => ({ ...scope, variables: new Map([...scope.variables, ...labels]) });
    return searchChain(chain, list, {
      zone: this.clock.zone,
      matches: (what, item, labels) =>
        this.#matches(what, { ...labelled(labels), elements: [...scope.elements, item] }),
      happens: (at, when, labels) =>
        occurs(new Instant(at), when, (part) => this.#evaluate(part, labelled(labels)), this.clock) === true,
    });
  }
}

function bind(scope: Scope, name: string, value: Value): Scope {
  return { ...scope, variables: new Map([...scope.variables, [name, value]]) };
}

function arithmetic(a: Value, is: '+' | '-' | '*' | '/' | '%', b: Value): Value {
  if (typeof a !== 'number' || typeof b !== 'number') return null;
  switch (is) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? null : a / b;
    case '%':
      return b === 0 ? null : a % b;
  }
}
