import type { DecisionInputs } from './decision-inputs.ts';
import type { Candidate } from './plan/candidate.ts';
import type { PlacementPlan } from './plan/decision-plan.ts';
import type { Rejection } from './proposition.ts';

/** What the offers chosen so far leave for the rest of the answer. The first to choose wins: placements come in the order of their priority, then as they were asked for. */
export class Arbitration {
  readonly #inputs: DecisionInputs;
  /** Placements that are asked for more than once. */
  readonly #again: ReadonlySet<string>;
  #isBegun = false;
  /** Offers by placement, of those that could show one twice, and by dedupe group. */
  readonly #shown = new Map<string, Set<string>>();
  /** The offer of each exclusion group. */
  readonly #groups = new Map<string, string>();
  readonly #taken = new Map<string, number>();
  readonly #leased = new Map<string, number>();

  /** `asked`: the placements of the answer. */
  constructor(inputs: DecisionInputs, asked: readonly string[]) {
    this.#inputs = inputs;
    this.#again = repeated(asked);
  }

  /** How often each key of caps was used in this answer. */
  get taken(): ReadonlyMap<string, number> {
    return this.#taken;
  }

  /** How much of each budget this answer used. */
  get leased(): ReadonlyMap<string, number> {
    return this.#leased;
  }

  /** Why an offer that fits by itself is out, given what was chosen before. */
  reject(candidate: Candidate, plan: PlacementPlan): Rejection | null {
    if (!this.#isBegun) return null;
    const { id, exclusionGroup, caps } = candidate;
    const { dedupeGroup } = plan.placement;
    if (this.#shown.get(plan.placement.id)?.has(id)) return 'repeated';
    if (dedupeGroup !== undefined && this.#shown.get(groupKey(dedupeGroup))?.has(id)) return 'repeated';
    if (exclusionGroup !== null && (this.#groups.get(exclusionGroup) ?? id) !== id) return 'excluded';
    if (caps !== null && this.#isUsedUp(caps)) return 'capped';
    if (plan.caps !== null && this.#isUsedUp(plan.caps)) return 'placementCapped';
    if (candidate.isBudgeted && this.#inputs.lease(id) <= (this.#leased.get(id) ?? 0)) return 'budgetSpent';
    return null;
  }

  take(candidate: Candidate, plan: PlacementPlan): void {
    const { id, exclusionGroup, caps, isBudgeted } = candidate;
    const { dedupeGroup } = plan.placement;
    this.#isBegun = true;
    if (plan.count > 1 || this.#again.has(plan.placement.id)) this.#show(plan.placement.id, id);
    if (dedupeGroup !== undefined) this.#show(groupKey(dedupeGroup), id);
    if (exclusionGroup !== null) this.#groups.set(exclusionGroup, id);
    if (caps !== null) for (const key of caps.keys) add(this.#taken, key);
    if (plan.caps !== null) for (const key of plan.caps.keys) add(this.#taken, key);
    if (isBudgeted) add(this.#leased, id);
  }

  /** A preview's offer: stands in its placement, and counts for nothing. */
  showForced(candidate: Candidate, plan: PlacementPlan): void {
    this.#isBegun = true;
    this.#show(plan.placement.id, candidate.id);
  }

  #show(where: string, offer: string): void {
    const shown = this.#shown.get(where);
    if (shown) shown.add(offer);
    else this.#shown.set(where, new Set([offer]));
  }

  #isUsedUp({ once, counts }: NonNullable<Candidate['caps']>): boolean {
    if (once?.some((key) => this.#taken.has(key))) return true;
    return (
      counts?.some((counted) => {
        const taken = this.#taken.get(counted.key) ?? 0;
        return taken > 0 && this.#inputs.counted(counted) + taken >= counted.cap.decisions;
      }) ?? false
    );
  }
}

const NONE: ReadonlySet<string> = new Set();

/** There are few: comparing them all is cheaper than a set. */
function repeated(names: readonly string[]): ReadonlySet<string> {
  let again: Set<string> | null = null;
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as string;
    if (names.indexOf(name) === i) continue;
    again ??= new Set();
    again.add(name);
  }
  return again ?? NONE;
}

/** No id of a placement begins so. */
function groupKey(group: string): string {
  return `~${group}`;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
