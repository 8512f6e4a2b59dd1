import type { Expression, Moment } from './expression.ts';
import { isExclusion } from './expression.ts';

/** The expressions directly inside of one, in the order of the text. */
export function partsOf(node: Expression): readonly Expression[] {
  switch (node.op) {
    case 'literal':
    case 'date':
    case 'calendar':
    case 'now':
    case 'path':
    case 'inSegment':
    case 'score':
    case 'duration':
      return [];
    case 'list':
      return node.items;
    case 'field':
    case 'not':
      return [node.of];
    case 'and':
    case 'or':
      return node.of;
    case 'if':
      return [node.condition, node.whenTrue, node.whenFalse];
    case 'compare':
    case 'arithmetic':
      return [node.left, node.right];
    case 'call':
      return node.args;
    case 'filter':
      return [node.of, node.where];
    case 'exists':
    case 'forall':
    case 'select':
      return node.bindings.flatMap(({ from, where }) => (where ? [from, where] : [from]));
    case 'sum':
    case 'average':
    case 'min':
    case 'max':
      return node.where ? [node.value, node.from, node.where] : [node.value, node.from];
    case 'let':
      return [node.value, node.in];
    case 'occurs':
      return [node.of, ...momentParts(node.when)];
    case 'chain':
      return [
        node.of,
        ...node.steps.flatMap((step) =>
          isExclusion(step) ? [step.exclude] : [step.what, ...(step.when ? momentParts(step.when) : [])],
        ),
      ];
  }
}

function momentParts(when: Moment): readonly Expression[] {
  return when.is === 'between' ? [when.from, when.to] : [when.time];
}

export interface ExpressionSize {
  readonly nodes: number;
  /** Levels; a leaf alone has 1. */
  readonly depth: number;
  /** The first node found beyond `maxDepth`, or null. */
  readonly tooDeep: Expression | null;
}

/** Counts without recursion: a tree may be as deep as its text was long. */
export function sizeOf(root: Expression, maxDepth: number): ExpressionSize {
  const open: { readonly node: Expression; readonly level: number }[] = [{ node: root, level: 1 }];
  let nodes = 0;
  let depth = 0;
  let tooDeep: Expression | null = null;
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, level } = next;
    nodes++;
    depth = Math.max(depth, level);
    if (level > maxDepth) tooDeep ??= node;
    for (const part of partsOf(node)) {
      // A list of literals is one operand, however long: its text is limited by itself.
      if (node.op !== 'list' || part.op !== 'literal') open.push({ node: part, level: level + 1 });
    }
  }
  return { nodes, depth, tooDeep };
}
