import type { JsonValue } from '../../lib/json.ts';
import type { Expression } from '../../segment/language/expression.ts';
import { didYouMean } from '../../segment/nearest-name.ts';
import type { Offer } from '../offer.ts';

/** What a formula may read of the offer that it is computed for, as `offer.<member>`. Null: this offer has none. */
const MEMBERS: Readonly<Record<string, (offer: Offer) => Expression | null>> = {
  id: (offer) => ({ op: 'literal', value: offer.id }),
  priority: (offer) => ({ op: 'literal', value: offer.priority }),
  tags: (offer) => ({ op: 'list', items: (offer.tags ?? []).map((value) => ({ op: 'literal', value })) }),
  item: (offer) => (offer.item === undefined ? null : { op: 'literal', value: offer.item }),
};

/** Why a formula reads what no offer has; null: it reads nothing else. */
export function formulaProblem(formula: Expression): string | null {
  let problem: string | null = null;
  replaceMembers(formula, (steps) => {
    const [member = '', ...deeper] = steps;
    if (!Object.hasOwn(MEMBERS, member)) {
      const known = Object.keys(MEMBERS);
      problem ??= `An offer has no "${member}" that a formula could read, only ${known.join(', ')}.${didYouMean(member, known)}`;
    } else if (deeper.length > 0) problem ??= `"offer.${member}" has no members of its own.`;
    return null;
  });
  return problem;
}

/**
 * The formula for one offer: its own constants in place of `offer.<member>`, wherever that stands; null where the offer has no such member. It gives a number or
 * does not compile.
 */
export function formulaFor(formula: Expression, offer: Offer): Expression | null {
  let isComplete = true;
  const tree = replaceMembers(formula, ([member = '']) => {
    const constant = MEMBERS[member]?.(offer) ?? null;
    if (constant === null) isComplete = false;
    return constant;
  });
  // Arithmetic takes nothing but numbers, so the rule language checks the type.
  return isComplete ? { op: 'arithmetic', is: '+', left: tree, right: { op: 'literal', value: 0 } } : null;
}

/** A tree is plain JSON, so its parts are found without knowing every kind of node. */
function replaceMembers(tree: Expression, replace: (steps: readonly string[]) => Expression | null): Expression {
  const walk = (value: JsonValue): JsonValue => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(walk);
    const { op, steps } = value as { readonly op?: JsonValue; readonly steps?: JsonValue };
    if (op === 'path' && Array.isArray(steps) && steps.length > 1 && steps[0] === 'offer') {
      const found = replace(steps.slice(1) as readonly string[]);
      if (found) return found as unknown as JsonValue;
    }
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, walk(member as JsonValue)]));
  };
  return walk(tree as unknown as JsonValue) as unknown as Expression;
}
