import type { Purpose } from '../../policy/purposes.ts';
import type { Expression } from '../../segment/language/expression.ts';
import type { DecisionPlace } from './decision-problem.ts';

/** A rule or a value of the program that decisions need and operators do not see. */
export interface HiddenRule {
  /** With a colon, which no id of an operator's has. */
  readonly id: string;
  readonly tree: Expression;
  readonly purpose: Purpose;
  /** Who is told when it does not compile. */
  readonly place: DecisionPlace;
}

/** Equal rules are one: what is asked for a hundred times is evaluated once. */
export class HiddenRules {
  readonly #byKey = new Map<string, HiddenRule>();

  /** The id to find it by in the program: its own, or that of an equal one that was there before. */
  add(rule: HiddenRule): string {
    const key = `${rule.purpose} ${JSON.stringify(rule.tree)}`;
    const held = this.#byKey.get(key);
    if (held) return held.id;
    this.#byKey.set(key, rule);
    return rule.id;
  }

  get all(): readonly HiddenRule[] {
    return [...this.#byKey.values()];
  }
}
