import { codePointOrder } from '../runtime/bits/code-point-order.ts';
import type { LiteralPair, Predicate, PredicateGroup } from '../runtime/program.ts';
import { type Formula, type Leaf, type LeafFormula, leafName, visitLiterals } from './formula.ts';
import { withAtoms } from './pattern-atoms.ts';

/** Where the literal of every condition stands. */
export interface LiteralLayout {
  readonly words: number;
  readonly predicates: readonly PredicateGroup[];
  readonly literal: (of: LeafFormula) => number;
  /** Of a cell or a segment; -1 where no rule asks. */
  readonly pair: (leaf: Leaf) => LiteralPair;
  /** About how many profiles set it, from 0 to 1: a guess, for the order of tests. */
  readonly chance: (of: LeafFormula) => number;
}

type PredicateLeaf = Extract<Leaf, { kind: 'predicate' }>;

const TYPES: readonly PredicateGroup['type'][] = ['string', 'number', 'boolean', 'null'];
const KINDS: readonly Predicate['is'][] = [
  '=',
  'in',
  '>=',
  '>',
  'equalsFolded',
  'startsWith',
  'endsWith',
  'contains',
  'like',
  'matches',
  'isNull',
];

/** `attributes`: from the numbers in the formulas to those of the program. */
export function layOutLiterals(formulas: readonly Formula[], attributes: ReadonlyMap<number, number>): LiteralLayout {
  const byGroup = new Map<string, Map<string, PredicateLeaf>>();
  const others = new Map<string, { whenTrue: boolean; whenFalse: boolean }>();
  for (const formula of formulas) {
    visitLiterals(formula, (leaf, { name: key, when }) => {
      if (leaf.kind === 'predicate') {
        const group = groupKey(leaf);
        const leaves = byGroup.get(group) ?? new Map<string, PredicateLeaf>();
        byGroup.set(group, leaves.set(key, leaf));
        return;
      }
      const asked = others.get(key) ?? { whenTrue: false, whenFalse: false };
      others.set(key, asked);
      if (when) asked.whenTrue = true;
      else asked.whenFalse = true;
    });
  }

  const position = (leaf: PredicateLeaf) => attributes.get(leaf.attribute) ?? -1;
  const sorted = [...byGroup.values()].map((leaves) => [...leaves].sort(byPredicate));
  sorted.sort(([a], [b]) => {
    const [x, y] = [a?.[1], b?.[1]];
    return x && y ? position(x) - position(y) || TYPES.indexOf(x.type) - TYPES.indexOf(y.type) : 0;
  });
  const predicates: PredicateGroup[] = [];
  const places = new Map<string, { readonly ifTrue: number; readonly ifFalse: number }>();
  let word = 0;
  for (const leaves of sorted) {
    const [first] = leaves;
    if (!first) continue;
    const words = (leaves.length + 31) >> 5;
    for (const [bit, [key]] of leaves.entries())
      places.set(key, { ifTrue: 32 * word + bit, ifFalse: 32 * (word + words) + bit });
    const { type } = first[1];
    predicates.push({
      attribute: position(first[1]),
      type,
      word,
      words,
      predicates: leaves.map(([, { predicate }]) => withAtoms(predicate)),
    });
    word += 2 * words;
  }
  let next = 32 * word;
  for (const [key, { whenTrue, whenFalse }] of others) {
    places.set(key, { ifTrue: whenTrue ? next++ : -1, ifFalse: whenFalse ? next++ : -1 });
  }

  const nobody = { ifTrue: -1, ifFalse: -1 };
  return {
    words: (next + 31) >> 5,
    predicates,
    pair: (leaf) => places.get(leafName(leaf)) ?? nobody,
    literal: ({ name, when }) => {
      const { ifTrue, ifFalse } = places.get(name) ?? nobody;
      return when ? ifTrue : ifFalse;
    },
    chance: ({ leaf, when }) => {
      const known = byGroup.get(leaf.kind === 'predicate' ? groupKey(leaf) : '')?.size ?? 1;
      return when ? chanceOf(leaf, known) : 1 - chanceOf(leaf, known);
    },
  };
}

function groupKey({ attribute, type }: PredicateLeaf): string {
  return `${attribute} ${type}`;
}

function byPredicate([keyA, a]: readonly [string, PredicateLeaf], [keyB, b]: readonly [string, PredicateLeaf]): number {
  const kinds = KINDS.indexOf(a.predicate.is) - KINDS.indexOf(b.predicate.is);
  return kinds || byValue(boundOf(a.predicate), boundOf(b.predicate)) || (keyA < keyB ? -1 : keyA > keyB ? 1 : 0);
}

function boundOf(predicate: Predicate): string | number | boolean {
  return 'value' in predicate ? predicate.value : '';
}

function byValue(a: string | number | boolean, b: string | number | boolean): number {
  return typeof a === 'string' && typeof b === 'string' ? codePointOrder(a, b) : Number(a) - Number(b);
}

/** `known`: how many conditions there are on the same attribute: the more values rules tell apart, the fewer have each. */
function chanceOf(leaf: Leaf, known: number): number {
  if (leaf.kind === 'cell') return 0.3;
  if (leaf.kind === 'segment') return 0.25;
  const { predicate, type } = leaf;
  switch (predicate.is) {
    case '=':
      return type === 'boolean' ? 0.5 : 1 / (known + 4);
    case 'in':
      return Math.min(0.5, predicate.values.length / (known + 4));
    case 'equalsFolded':
      return 1 / (known + 4);
    case 'startsWith':
    case 'endsWith':
      return 0.15;
    case 'contains':
    case 'like':
    case 'matches':
      return 0.2;
    case 'isNull':
      return 0.3;
    default:
      return 0.5;
  }
}
