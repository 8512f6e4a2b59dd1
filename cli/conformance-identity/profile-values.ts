import type { IdentityKey } from '../../core/identity/identity-key.ts';
import { compareStamps } from '../../core/identity/replay/stamp.ts';
import type { StitchedFact } from '../../core/identity/replay/stitch-state.ts';
import type { VectorConfig, VectorStep } from './vector.schema.ts';

type Counters = Readonly<Record<string, number>>;

/** Counters are kept per strand and added up for the profile, as the product does: a repeated move cannot double them. */
export function countersOf(facts: readonly StitchedFact[], steps: ReadonlyMap<string, VectorStep>): Counters {
  const strands = new Map<IdentityKey, Record<string, number>>();
  for (const fact of facts) {
    const held = strands.get(fact.strand) ?? {};
    // Vectors that count nothing themselves count events as views.
    add(held, steps.get(fact.id)?.inc ?? { views: 1 });
    strands.set(fact.strand, held);
  }
  const total: Record<string, number> = {};
  for (const counters of strands.values()) add(total, counters);
  return total;
}

function add(total: Record<string, number>, more: Counters): void {
  for (const [name, amount] of Object.entries(more)) total[name] = (total[name] ?? 0) + amount;
}

/** Stored values under the merge policy: newest wins, or the first dataset of a list that has the field. Null removes. */
export function attributesOf(
  facts: readonly StitchedFact[],
  steps: ReadonlyMap<string, VectorStep>,
  policy: NonNullable<VectorConfig['policy']>['attributes'],
): Readonly<Record<string, unknown>> {
  const order = datasetsOf(policy);
  const rankOf = (fact: StitchedFact) => {
    const rank = order.indexOf(steps.get(fact.id)?.dataset ?? '');
    return rank < 0 ? order.length : rank;
  };
  const strongestLast = facts.toSorted((a, b) => rankOf(b) - rankOf(a) || compareStamps(a.stamp, b.stamp));
  const merged = Object.assign({}, ...strongestLast.map((fact) => steps.get(fact.id)?.set ?? {}));
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

function datasetsOf(policy: NonNullable<VectorConfig['policy']>['attributes']): readonly string[] {
  if (Array.isArray(policy)) return policy;
  return typeof policy === 'object' ? (policy.precedence ?? policy.datasetPrecedence ?? policy.order ?? []) : [];
}
