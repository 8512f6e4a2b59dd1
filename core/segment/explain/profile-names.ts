import { type Expression, isExclusion, type Path } from '../language/expression.ts';
import { partsOf } from '../language/expression-size.ts';
import { functionEntry } from '../language/function-table.ts';

interface Open {
  readonly node: Expression;
  /** Elements around it. */
  readonly depth: number;
  readonly variables: ReadonlySet<string>;
}

/**
 * What an expression reads of the profile from within its elements (`^.preferredCategory` in a filter, a bare name beside a quantifier's variable): as
 * paths of the profile, each once. All events are left out.
 */
export function profileNames(root: Expression): readonly Path[] {
  const found = new Map<string, Path>();
  const open: Open[] = [{ node: root, depth: 0, variables: new Set() }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, depth, variables } = next;
    const [name] = node.op === 'path' ? node.steps : [];
    // Directly of the profile is what stands in no element: the caller sees that itself, but for what stands beside a variable.
    const isOuter = depth > 0 || variables.size > 0;
    if (node.op === 'path' && node.climb === depth && isOuter && name !== undefined && name !== 'xEvent') {
      if (depth > 0 || !variables.has(name)) found.set(node.steps.join('.'), { ...node, climb: 0 });
    }
    open.push(...inside(next));
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

function inside({ node, depth, variables }: Open): readonly Open[] {
  const here = (part: Expression): Open => ({ node: part, depth, variables });
  const element = (part: Expression): Open => ({ node: part, depth: depth + 1, variables });
  const beside = (part: Expression, names: readonly string[]): Open => ({
    node: part,
    depth,
    variables: new Set([...variables, ...names]),
  });
  switch (node.op) {
    case 'filter':
      return [here(node.of), element(node.where)];
    case 'call': {
      const params = functionEntry(node.function)?.params ?? [];
      const isShort = node.function === 'decayed' && node.args[1]?.op === 'duration';
      return node.args.map((arg, i) => (params[i]?.perElement || (isShort && i > 0) ? element(arg) : here(arg)));
    }
    case 'exists':
    case 'forall':
    case 'select': {
      const names = node.bindings.map(({ variable }) => variable);
      return node.bindings.flatMap(({ from, where }, i) => [
        i === 0 ? here(from) : beside(from, names),
        ...(where ? [beside(where, names)] : []),
      ]);
    }
    case 'sum':
    case 'average':
    case 'min':
    case 'max': {
      const parts = [node.value, ...(node.where ? [node.where] : [])];
      return [here(node.from), ...parts.map((part) => beside(part, [node.variable]))];
    }
    case 'let':
      return [here(node.value), beside(node.in, [node.variable])];
    case 'chain': {
      const labels = node.steps.map(({ label }) => label);
      const whats = node.steps.map((step) => (isExclusion(step) ? step.exclude : step.what));
      return [here(node.of), ...whats.map((what) => ({ ...beside(what, labels), depth: depth + 1 }))];
    }
    default:
      return partsOf(node).map(here);
  }
}
