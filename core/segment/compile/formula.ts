import type { Code } from '../runtime/code.ts';
import type { Predicate, PredicateGroup } from '../runtime/program.ts';

/** A condition that owns literals. */
export type Leaf =
  | { readonly kind: 'cell'; readonly cell: number }
  | { readonly kind: 'segment'; readonly segment: number }
  | {
      readonly kind: 'predicate';
      readonly attribute: number;
      readonly type: PredicateGroup['type'];
      readonly predicate: Predicate;
      /** The same as general code. */
      readonly code: Code;
    };

/** `when`: the literal "is true" or "is false" of the leaf. `name`: of the leaf; equal leaves have equal names. */
export interface LeafFormula {
  readonly is: 'leaf';
  readonly leaf: Leaf;
  readonly name: string;
  readonly when: boolean;
  readonly key: string;
}

/** A rule in negation normal form. */
export type Formula =
  | { readonly is: 'constant'; readonly value: boolean; readonly key: string }
  | LeafFormula
  | { readonly is: 'and' | 'or'; readonly of: readonly Formula[]; readonly key: string };

export function constant(value: boolean): Formula {
  return { is: 'constant', value, key: String(value) };
}

export function literal(leaf: Leaf, when = true): Formula {
  return named(leaf, leafName(leaf), when);
}

function named(leaf: Leaf, name: string, when: boolean): Formula {
  return { is: 'leaf', leaf, name, when, key: `${when ? '+' : '-'}${name}` };
}

export function leafName(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'cell':
      return `c${leaf.cell}`;
    case 'segment':
      return `s${leaf.segment}`;
    case 'predicate':
      return `p${leaf.attribute} ${leaf.type} ${JSON.stringify(leaf.predicate)}`;
  }
}

/** `and` or `or`, flat, each part once. */
export function join(is: 'and' | 'or', parts: readonly Formula[]): Formula {
  const neutral = is === 'and';
  const byKey = new Map<string, Formula>();
  for (const part of parts) {
    for (const one of part.is === is ? part.of : [part]) {
      if (one.is !== 'constant') byKey.set(one.key, one);
      else if (one.value !== neutral) return one;
    }
  }
  const of = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
  const [first] = of;
  if (!first) return constant(neutral);
  return of.length === 1 ? first : { is, of, key: `${is}(${of.map(({ key }) => key).join(',')})` };
}

/** "Is false" of a formula that says "is true". Not for one in which a constant stands for unknown. */
export function negate(formula: Formula): Formula {
  if (formula.is === 'constant') return constant(!formula.value);
  if (formula.is === 'leaf') return named(formula.leaf, formula.name, !formula.when);
  return join(formula.is === 'and' ? 'or' : 'and', formula.of.map(negate));
}

/** Shows every literal. */
export function visitLiterals(formula: Formula, see: (leaf: Leaf, formula: LeafFormula) => void): void {
  if (formula.is === 'leaf') see(formula.leaf, formula);
  else if (formula.is !== 'constant') for (const part of formula.of) visitLiterals(part, see);
}

/** As general code. */
export function codeOf(formula: Formula): Code {
  if (formula.is === 'constant') return { op: 'literal', value: formula.value };
  if (formula.is !== 'leaf') return { op: formula.is, of: formula.of.map(codeOf) };
  const { leaf, when } = formula;
  const code: Code =
    leaf.kind === 'predicate'
      ? leaf.code
      : leaf.kind === 'cell'
        ? { op: 'cell', cell: leaf.cell }
        : { op: 'member', segment: leaf.segment };
  return when ? code : { op: 'not', of: code };
}
