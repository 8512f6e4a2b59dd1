import type { Purpose } from '../../policy/purposes.ts';
import type { Expression, Let } from '../language/expression.ts';
import { isCondition, profileParts } from './profile-parts.ts';

/** A rule or measure with what it was declared for. */
export interface NamedRule {
  readonly tree: Expression;
  readonly purpose: Purpose;
}

/** Rules that may be named by the one that is explained. */
export interface RuleBook {
  readonly segments: ReadonlyMap<string, NamedRule>;
  readonly measures: ReadonlyMap<string, NamedRule>;
}

/** Whose rule a node is, where the rule above only names it. */
export interface Origin {
  readonly kind: 'segment' | 'measure';
  readonly id: string;
}

/** One node of an explanation. */
export interface RuleNode {
  readonly kind: 'condition' | 'value';
  /** As it stands in the rule. */
  readonly expression: Expression;
  /** The same, such that it can be asked alone: with the names that `let` gives around it. */
  readonly alone: Expression;
  /** Through which it is reached, without `necessary`: a fact must have been collected for all of them. */
  readonly purposes: readonly Purpose[];
  readonly origin: Origin | null;
  /** Of a chain's step. */
  readonly label: string | null;
  /** Positions in the list of nodes. */
  readonly children: number[];
  /** It has parts beyond the limit of nodes. */
  isCut: boolean;
}

interface Place {
  readonly lets: readonly Let[];
  readonly purposes: readonly Purpose[];
}

type Child = Pick<RuleNode, 'kind' | 'expression' | 'origin' | 'label'> & { readonly place: Place };

/**
 * Takes a rule apart into what has a value for the profile, level by level, through the segments and measures that it names; the rule itself is the
 * first node. Cycles end at the limit.
 */
export function splitRule(rule: NamedRule, book: RuleBook, maxNodes: number): readonly RuleNode[] {
  const nodes: RuleNode[] = [];
  const places: Place[] = [];
  const add = ({ place, ...child }: Child): number => {
    const alone = place.lets.reduceRight<Expression>((inner, each) => ({ ...each, in: inner }), child.expression);
    places.push(place);
    return nodes.push({ ...child, alone, purposes: place.purposes, children: [], isCut: false }) - 1;
  };
  const place = { lets: [], purposes: joined([], rule.purpose) };
  add({ kind: 'condition', expression: rule.tree, origin: null, label: null, place });
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at] as RuleNode;
    const children = childrenOf(node.expression, node.kind === 'condition', places[at] as Place, book);
    for (const child of children) {
      if (nodes.length < maxNodes) node.children.push(add(child));
      else node.isCut = true;
    }
  }
  return nodes;
}

function childrenOf(node: Expression, asCondition: boolean, place: Place, book: RuleBook): readonly Child[] {
  if (node.op === 'let') {
    const value: Child = {
      kind: kindOf(node.value),
      expression: node.value,
      origin: null,
      label: node.variable,
      place,
    };
    const inside = { ...place, lets: [...place.lets, node] };
    return [value, ...childrenOf(node.in, asCondition, inside, book)];
  }
  if (node.op === 'inSegment') return named('segment', node.segment, place, book);
  if (node.op === 'path') {
    const [name] = node.steps;
    const isVariable = place.lets.some(({ variable }) => variable === name);
    return name === undefined || isVariable ? [] : named('measure', name, place, book);
  }
  return profileParts(node, asCondition).map(({ expression, asCondition: wanted, label }) => ({
    kind: wanted ? 'condition' : 'value',
    expression,
    origin: null,
    label,
    place,
  }));
}

/** The rule behind a name. Only a bare name can be one: what stands inside of brackets is never split. */
function named(kind: Origin['kind'], id: string, place: Place, book: RuleBook): readonly Child[] {
  const rule = (kind === 'segment' ? book.segments : book.measures).get(id);
  if (!rule) return [];
  const { tree } = rule;
  const inside: Place = { lets: [], purposes: joined(place.purposes, rule.purpose) };
  const asked = kind === 'segment' ? 'condition' : kindOf(tree);
  return [{ kind: asked, expression: tree, origin: { kind, id }, label: null, place: inside }];
}

function kindOf(expression: Expression): RuleNode['kind'] {
  return isCondition(expression) ? 'condition' : 'value';
}

/** Every fact was collected for what is necessary. */
function joined(purposes: readonly Purpose[], purpose: Purpose): readonly Purpose[] {
  return purpose === 'necessary' || purposes.includes(purpose) ? purposes : [...purposes, purpose];
}
