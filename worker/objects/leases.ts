import type { CompiledOffer } from '../../core/decision/compiled.ts';
import { leaseSize } from '../../core/decision/lease.ts';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { Env } from '../env.ts';
import { budgetStub } from '../stores/budget-stub.ts';

/** What this isolate holds of budgets. Gone with the isolate: a budget is never exceeded, and what was lost is shown as outstanding. */
export interface Leases {
  /** Waits a little where nothing is at hand of an offer with a budget that these placements may show; null: nothing to wait for. */
  ready(ruleset: LoadedRuleset, placements: readonly string[]): Promise<unknown> | null;
  /** What is at hand of those offers now; null: there are none. Good for this turn only: others take of it, too. */
  atHand(ruleset: LoadedRuleset, placements: readonly string[]): Readonly<Record<string, number>> | null;
  /** To be called in the turn in which `atHand` was asked. */
  use(space: Space, used: ReadonlyMap<string, number>): void;
  giveBack(space: Space, used: ReadonlyMap<string, number>): void;
}

/** A page waits no longer for a lease: without one the offer is passed over. */
const WAIT_MS = 50;
/** A budget that was spent is asked about again after this: it may have been raised. */
const SPENT_MS = 30_000;

interface Held {
  count: number;
  /** No asking before this. */
  spentUntil: number;
  asking: Promise<void> | null;
}

/** Shared by all profile objects of the isolate, so that a lease serves them all. */
const shared = new WeakMap<object, Leases>();
/** Offers with a budget, by placement. */
const budgeted = new WeakMap<LoadedRuleset, ReadonlyMap<string, readonly CompiledOffer[]>>();

export function leasesOf(env: Env, now: () => Instant): Leases {
  const held = shared.get(env.BUDGET);
  if (held) return held;
  const made = createLeases((space, offer, total, wanted) => budgetStub(env, space, offer).lease(total, wanted), now);
  shared.set(env.BUDGET, made);
  return made;
}

export function createLeases(
  lease: (space: Space, offer: string, total: number, wanted: number) => Promise<number>,
  now: () => number,
): Leases {
  const all = new Map<string, Held>();
  const heldOf = (space: Space, offer: string): Held => {
    const name = `${space}:${offer}`;
    const held = all.get(name) ?? { count: 0, spentUntil: 0, asking: null };
    all.set(name, held);
    return held;
  };

  function ask(space: Space, offer: string, total: number): Promise<void> | null {
    const held = heldOf(space, offer);
    if (held.asking || held.spentUntil > now()) return held.asking;
    held.asking = lease(space, offer, total, leaseSize(total))
      .then((granted) => {
        held.count += granted;
        if (granted === 0) held.spentUntil = now() + SPENT_MS;
      })
      .catch(() => undefined)
      .finally(() => {
        held.asking = null;
      });
    return held.asking;
  }

  return {
    ready(ruleset, placements) {
      const { space } = ruleset;
      const offers = offersOf(ruleset, placements);
      const waits = offers.flatMap(({ id, budget }) =>
        heldOf(space, id).count === 0 ? (ask(space, id, budget?.total ?? 0) ?? []) : [],
      );
      if (waits.length === 0) return null;
      return Promise.race([Promise.all(waits), new Promise((resolve) => setTimeout(resolve, WAIT_MS))]);
    },
    atHand(ruleset, placements) {
      const { space } = ruleset;
      const offers = offersOf(ruleset, placements);
      if (offers.length === 0) return null;
      return Object.fromEntries(offers.map(({ id }) => [id, heldOf(space, id).count]));
    },
    use(space, used) {
      for (const [offer, count] of used) heldOf(space, offer).count -= count;
    },
    giveBack(space, used) {
      for (const [offer, count] of used) heldOf(space, offer).count += count;
    },
  };
}

function offersOf(ruleset: LoadedRuleset, placements: readonly string[]): readonly CompiledOffer[] {
  let byPlacement = budgeted.get(ruleset);
  if (!byPlacement) {
    const found = [...ruleset.offersByPlacement].map(
      ([placement, offers]) => [placement, offers.filter(({ budget }) => budget !== undefined)] as const,
    );
    byPlacement = new Map(found.filter(([, offers]) => offers.length > 0));
    budgeted.set(ruleset, byPlacement);
  }
  if (byPlacement.size === 0) return [];
  return [...new Set(placements.flatMap((placement) => byPlacement.get(placement) ?? []))];
}
