import { JUMP } from '../runtime/program.ts';
import type { Formula } from './formula.ts';
import type { LiteralLayout } from './literal-layout.ts';

/** Writes formulas as jump code. Equal ends of different segments are written once. */
export class JumpWriter {
  readonly code: number[] = [];
  readonly #layout: LiteralLayout;
  readonly #known = new Map<string, number>();

  constructor(layout: LiteralLayout) {
    this.#layout = layout;
  }

  /** Where the formula begins, or an end. */
  write(formula: Formula): number {
    return this.#emit(formula, JUMP.member, JUMP.notMember);
  }

  /** A literal without which the formula is not true, the rarest; -1: none. */
  access(formula: Formula): number {
    let [best, least] = [-1, 2];
    for (const [literal, cost] of this.#required(formula)) {
      if (cost < least || (cost === least && literal < best)) [best, least] = [literal, cost];
    }
    return best;
  }

  /** From the end to the beginning, so that a place to go on is known when it is written. */
  #emit(formula: Formula, whenSet: number, whenNot: number): number {
    switch (formula.is) {
      case 'constant':
        return formula.value ? whenSet : whenNot;
      case 'leaf':
        return this.#triple(this.#layout.literal(formula), whenSet, whenNot);
      case 'and':
        return this.#ordered(formula.of, 1).reduceRight((next, part) => this.#emit(part, next, whenNot), whenSet);
      case 'or':
        return this.#ordered(formula.of, -1).reduceRight((next, part) => this.#emit(part, whenSet, next), whenNot);
    }
  }

  #triple(literal: number, whenSet: number, whenNot: number): number {
    const key = `${literal} ${whenSet} ${whenNot}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const at = this.code.length;
    this.code.push(literal, whenSet, whenNot);
    this.#known.set(key, at);
    return at;
  }

  /** What decides most often comes first: in an `and` what is rarely true, in an `or` what is often true. */
  #ordered(parts: readonly Formula[], sign: 1 | -1): readonly Formula[] {
    return parts
      .map((part) => ({ part, chance: this.#chance(part) }))
      .sort((a, b) => sign * (a.chance - b.chance) || (a.part.key < b.part.key ? -1 : 1))
      .map(({ part }) => part);
  }

  #chance(formula: Formula): number {
    switch (formula.is) {
      case 'constant':
        return formula.value ? 1 : 0;
      case 'leaf':
        return this.#layout.chance(formula);
      case 'and':
        return formula.of.reduce((product, part) => product * this.#chance(part), 1);
      case 'or':
        return 1 - formula.of.reduce((product, part) => product * (1 - this.#chance(part)), 1);
    }
  }

  /** The literals that are set whenever the formula is true, with their chance; an equality counts as rarer than all else. */
  #required(formula: Formula): ReadonlyMap<number, number> {
    switch (formula.is) {
      case 'constant':
        return new Map();
      case 'leaf': {
        const { leaf, when } = formula;
        const isEquality = when && leaf.kind === 'predicate' && leaf.predicate.is === '=' && leaf.type !== 'boolean';
        const chance = this.#layout.chance(formula);
        return new Map([[this.#layout.literal(formula), isEquality ? chance / 10 : chance]]);
      }
      case 'and':
        return new Map(formula.of.flatMap((part) => [...this.#required(part)]));
      case 'or': {
        const [first = new Map<number, number>(), ...others] = formula.of.map((part) => this.#required(part));
        return new Map([...first].filter(([literal]) => others.every((other) => other.has(literal))));
      }
    }
  }
}
