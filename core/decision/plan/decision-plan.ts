import type { LoadedExperiment } from '../../experiment/loaded-experiments.ts';
import type { CompiledOffer, CompiledPlacement } from '../compiled.ts';
import type { DecisionRules } from '../decision-rules.ts';
import type { DecisionCap } from '../decision-window.ts';
import { ledgerKey } from '../ledger.ts';
import { createRanking } from '../ranking/registry.ts';
import {
  type Candidate,
  type CandidateCaps,
  compileCaps,
  createCandidate,
  type OfferChange,
  type OfferTouch,
} from './candidate.ts';
import { createOrder, type Order } from './order.ts';
import type { PlacementChange, PlacementTouch } from './placement-touch.ts';
import type { Say } from './say.ts';

/** A placement with its candidates, ready to be decided for anybody. */
export interface PlacementPlan {
  readonly placement: CompiledPlacement;
  readonly count: number;
  readonly priority: number;
  readonly caps: CandidateCaps | null;
  /** In the order of their ids. */
  readonly candidates: readonly Candidate[];
  readonly order: Order;
  readonly touches: readonly PlacementTouch[] | null;
  /** Positions of the experiments that have a say in it, or in one of its candidates. */
  readonly experiments: readonly number[];
  /** Positions of all rules that deciding it may read, rising. */
  readonly rules: Int32Array;
}

/** Everything about a ruleset that deciding works out once. */
export interface DecisionPlan {
  /** Whether some placement chooses before others. */
  readonly hasPriorities: boolean;
  readonly placements: ReadonlyMap<string, PlacementPlan>;
  /** Caps on decisions by what they count. */
  readonly capsByKey: ReadonlyMap<string, readonly DecisionCap[]>;
}

/** Plans of rulesets in use. */
const plans = new WeakMap<DecisionRules, DecisionPlan>();

/** Equal rules give equal plans, whatever the order of their offers. */
export function planOf(rules: DecisionRules): DecisionPlan {
  let plan = plans.get(rules);
  if (plan === undefined) {
    plan = createPlan(rules);
    plans.set(rules, plan);
  }
  return plan;
}

/** Caps on decisions by key of the ledger: for `noteDecided`. */
export function decisionCapsOf(rules: DecisionRules): (key: string) => readonly DecisionCap[] {
  const { capsByKey } = planOf(rules);
  return (key) => capsByKey.get(key) ?? [];
}

function createPlan(rules: DecisionRules): DecisionPlan {
  const byPlacement = new Map<string, CompiledOffer[]>();
  for (const offer of [...rules.offers.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    for (const placement of new Set(offer.placements)) {
      const offers = byPlacement.get(placement);
      if (offers) offers.push(offer);
      else byPlacement.set(placement, [offer]);
    }
  }
  const offerTouches = experimentsByOffer(rules);
  const placements = new Map<string, PlacementPlan>();
  const capsByKey = new Map<string, DecisionCap[]>();
  for (const placement of rules.placements.values()) {
    const plan = planPlacement(rules, placement, byPlacement.get(placement.id) ?? [], offerTouches);
    placements.set(placement.id, plan);
    collectCaps(plan, capsByKey);
  }
  const hasPriorities = [...placements.values()].some(({ priority }) => priority !== 0);
  return { hasPriorities, placements, capsByKey };
}

function planPlacement(
  rules: DecisionRules,
  placement: CompiledPlacement,
  offers: readonly CompiledOffer[],
  offerTouches: ReadonlyMap<string, readonly Touching[]>,
): PlacementPlan {
  const guests = new Map<string, Candidate>();
  const guest = (id: string): Candidate | null => {
    const offer = rules.offers.get(id);
    const held = guests.get(id) ?? (offer ? createCandidate(offer, placement, null) : null);
    if (held) guests.set(id, held);
    return held;
  };
  const candidates = offers.map((offer) => {
    const touching = offerTouches.get(offer.id);
    const touches = touching?.map((each) => touchOffer(rules, each, offer, placement, guest)) ?? null;
    return createCandidate(offer, placement, touches);
  });
  const orderBy = (ranker: string | undefined): Order => {
    const found = ranker === undefined ? undefined : rules.rankers?.get(ranker);
    return createOrder(createRanking(found ?? null), candidates);
  };
  const own = (id: string) => candidates.find((candidate) => candidate.id === id) ?? guest(id);
  const caps = compileCaps(placement.caps, () => ledgerKey('', placement.id));
  const touches = touchesOf(rules, placement, own, orderBy);
  return {
    placement,
    count: placement.count ?? 1,
    priority: placement.priority ?? 0,
    caps,
    candidates,
    order: orderBy(placement.ranker),
    touches: touches.length > 0 ? touches : null,
    experiments: [
      ...new Set([...touches, ...candidates.flatMap((each) => each.touches ?? [])].map((each) => each.experiment)),
    ],
    rules: Int32Array.from(new Set(rulesRead(candidates, [...guests.values()], caps))).sort(),
  };
}

interface Touching {
  readonly experiment: number;
  readonly of: LoadedExperiment;
}

/** Of two that change the same the first counts: what is rolled out is what a running one is measured against. */
function runningFirst(all: readonly LoadedExperiment[]): readonly Touching[] {
  const touching = all.map((of, experiment): Touching => ({ of, experiment }));
  const isRunning = ({ of }: Touching) => of.status === 'running';
  return [...touching.filter(isRunning), ...touching.filter((each) => !isRunning(each))];
}

/** Experiments on an offer come before those on a segment: what is nearer to the offer is told first. */
function experimentsByOffer({ experiments, effects, offers }: DecisionRules): ReadonlyMap<string, readonly Touching[]> {
  const touching = new Map<string, Touching[]>();
  const add = (offer: string, each: Touching) => touching.set(offer, [...(touching.get(offer) ?? []), each]);
  const all = runningFirst(experiments?.all ?? []);
  for (const each of all) if (each.of.on.kind === 'offer') add(each.of.on.id, each);
  for (const each of all) {
    if (each.of.on.kind !== 'segment') continue;
    const byVariant = Object.values(effects?.get(each.of.id)?.rules ?? {});
    for (const offer of new Set(byVariant.flatMap((byOffer) => Object.keys(byOffer)))) {
      if (offers.has(offer)) add(offer, each);
    }
  }
  return touching;
}

function touchOffer(
  { effects }: DecisionRules,
  { of, experiment }: Touching,
  offer: CompiledOffer,
  placement: CompiledPlacement,
  guest: (id: string) => Candidate | null,
): OfferTouch {
  const effect = effects?.get(of.id);
  const isOnSegment = of.on.kind === 'segment';
  const changes = of.variants.map(({ id, value }): OfferChange => {
    if (isOnSegment) {
      // `constructor` is an id like any other.
      const rules = effect?.rules && Object.hasOwn(effect.rules, id) ? effect.rules[id] : undefined;
      const rule = rules && Object.hasOwn(rules, offer.id) ? rules[offer.id] : undefined;
      return rule === undefined ? { use: 'default' } : { use: 'rule', rule };
    }
    if (value.use === 'nothing') return { use: 'nothing' };
    if (value.use === 'content') return { use: 'content', languages: effect?.contents?.[id]?.[placement.kind] ?? null };
    if (value.use !== 'offer' || value.id === offer.id) return { use: 'default' };
    const instead = guest(value.id);
    return instead ? { use: 'offer', instead } : { use: 'nothing' };
  });
  const says = changes.map(
    ({ use }, variant): Say => ({
      experiment,
      variant,
      isForced: false,
      isCounted: true,
      givesContent: use === 'content',
      on: isOnSegment ? 'segment' : 'offer',
    }),
  );
  return { experiment, changes, says, isOnSegment };
}

function touchesOf(
  { experiments, effects }: DecisionRules,
  placement: CompiledPlacement,
  own: (id: string) => Candidate | null,
  orderBy: (ranker: string) => Order,
): readonly PlacementTouch[] {
  return runningFirst(experiments?.all ?? []).flatMap(({ of, experiment }): readonly PlacementTouch[] => {
    const { id, on, variants } = of;
    const isOnRanker = on.kind === 'ranker' && on.id === placement.ranker;
    if (!isOnRanker && !(on.kind === 'placement' && on.id === placement.id)) return [];
    const changes = variants.map((variant): PlacementChange => {
      const { value } = variant;
      if (value.use === 'ranker') return { use: 'ranker', order: orderBy(value.id) };
      if (value.use === 'nothing') return { use: 'nothing' };
      if (value.use === 'content')
        return { use: 'content', languages: effects?.get(id)?.contents?.[variant.id]?.[placement.kind] ?? null };
      if (value.use !== 'offer') return { use: 'default' };
      const only = own(value.id);
      return only ? { use: 'offer', only } : { use: 'nothing' };
    });
    return [{ experiment, changes, isOnRanker }];
  });
}

function* rulesRead(
  candidates: readonly Candidate[],
  guests: readonly Candidate[],
  caps: CandidateCaps | null,
): Iterable<number> {
  yield* caps?.rules ?? [];
  for (const { rule, suppression, caps: own, touches } of [...candidates, ...guests]) {
    if (rule >= 0) yield rule;
    yield* suppression ?? [];
    yield* own?.rules ?? [];
    for (const { changes } of touches ?? []) for (const change of changes) if (change.use === 'rule') yield change.rule;
  }
}

function collectCaps({ candidates, caps }: PlacementPlan, into: Map<string, DecisionCap[]>): void {
  for (const each of [caps, ...candidates.map((candidate) => candidate.caps)]) {
    for (const { key, cap } of each?.counts ?? []) {
      const held = into.get(key);
      if (!held) into.set(key, [cap]);
      else if (!held.includes(cap)) held.push(cap);
    }
  }
}
