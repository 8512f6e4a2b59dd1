import { AUTH_STATES } from '../event/event.ts';
import { type Assigned, assign, isCounted, reasonOf } from '../experiment/assign.ts';
import { type Assignments, GLOBAL_HOLDOUT } from '../experiment/assignment.ts';
import { fnv1a32 } from '../lib/hash.ts';
import type { Instant } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { PurposeMask } from '../policy/purposes.ts';
import type { CompiledOffer } from './compiled.ts';
import type { Fill } from './content/compiled-content.ts';
import type { DecisionInputs, Standing } from './decision-inputs.ts';
import type { DecisionRules } from './decision-rules.ts';
import type { DecisionSubject } from './decision-subject.ts';
import { countDecided, decidedAt, NOTHING_DECIDED } from './ledger.ts';
import type { CountedCap } from './plan/candidate.ts';
import type { PlacementPlan } from './plan/decision-plan.ts';
import type { Ranking, RankingSubject, Scores } from './ranking/ranking.ts';

/** What a ranker said of the offers of a placement. */
export interface Scored {
  readonly slot: number;
  readonly offers: readonly CompiledOffer[];
  readonly scores: Scores;
}

const NO_LANGUAGES: readonly string[] = [];

/** Asks a visitor, each thing once, and keeps what was asked for the receipt. */
export class LiveInputs implements DecisionInputs {
  readonly now: Instant;
  readonly state: number;
  readonly consented: PurposeMask;
  readonly members: Uint8Array;
  readonly tieHash: number | null;
  readonly languages: readonly string[];
  readonly preview: Readonly<Record<string, string>> | null;
  readonly #rules: DecisionRules;
  readonly #subject: DecisionSubject;
  readonly #seed: string;
  readonly #standings: (Standing | null)[] = [];
  #assigned: Assigned | null = null;
  #counts: Map<string, number> | null = null;
  #leases: Map<string, number> | null = null;
  #values: Map<string, JsonValue | undefined> | null = null;
  #scored: Scored[] | null = null;
  #recommendations: Map<string, readonly string[]> | null = null;

  constructor(rules: DecisionRules, subject: DecisionSubject, requestId: string) {
    this.now = subject.now;
    this.state = AUTH_STATES.indexOf(subject.state);
    this.consented = subject.consented;
    this.members = subject.members;
    this.tieHash = subject.unit ? fnv1a32(subject.unit) : null;
    this.languages = subject.languages ?? NO_LANGUAGES;
    this.preview = subject.preview?.offers ?? null;
    this.#rules = rules;
    this.#subject = subject;
    this.#seed = `${subject.unit ?? ''}/${requestId}`;
  }

  /** Looks up and draws variants, where any of these placements is tested. */
  assign(plans: readonly (PlacementPlan | undefined)[]): void {
    const { experiments } = this.#rules;
    if (!experiments || !plans.some((plan) => plan !== undefined && plan.experiments.length > 0)) return;
    const subject = this.#subject;
    const { members } = subject;
    this.#assigned = assign(experiments, {
      now: subject.now,
      consented: subject.consented,
      assignments: subject.assignments ?? [],
      unit: (attribute) =>
        subject.isJoining ? null : ((attribute === 'profile' ? subject.unit : subject.unitOf?.(attribute)) ?? null),
      eligible: (rule) => members[rule] === 1,
      forced: subject.preview ? new Map(Object.entries(subject.preview.variants)) : null,
    });
  }

  /** Variants that were drawn now, of experiments that these placements ask about. */
  madeFor(plans: readonly (PlacementPlan | undefined)[]): Assignments {
    const made = this.#assigned?.made ?? [];
    if (made.length === 0) return made;
    const asked = new Set(
      plans.flatMap((plan) => plan?.experiments ?? []).map((position) => this.#rules.experiments?.all[position]?.id),
    );
    const kept = made.filter(({ experiment }) => asked.has(experiment));
    const holdout = made.filter(({ experiment }) => experiment === GLOBAL_HOLDOUT);
    return kept.length > 0 ? [...kept, ...holdout] : holdout;
  }

  standing(experiment: number): Standing | null {
    const held = this.#standings[experiment];
    if (held !== undefined || this.#assigned === null) return held ?? null;
    const standing = standingOf(this.#assigned, experiment);
    this.#standings[experiment] = standing;
    return standing;
  }

  counted({ key, cap, name }: CountedCap): number {
    this.#counts ??= new Map();
    let count = this.#counts.get(name);
    if (count === undefined) {
      const instants = decidedAt(this.#subject.ledger ?? NOTHING_DECIDED, key);
      count = countDecided(instants, cap, this.now, this.#rules.engine?.program.zone);
      this.#counts.set(name, count);
    }
    return count;
  }

  lease(offer: string): number {
    const { leases } = this.#subject;
    const left = leases && Object.hasOwn(leases, offer) ? (leases[offer] ?? 0) : 0;
    this.#leases ??= new Map();
    this.#leases.set(offer, left);
    return left;
  }

  hasValue(path: string, item: string | null): boolean {
    const value = this.#value(path, item);
    return value !== undefined && value !== null;
  }

  fill(paths: readonly string[], item: string | null): Fill {
    const fill: Record<string, JsonValue> = {};
    for (const path of paths) {
      const value = this.#value(path, item);
      if (value !== undefined) fill[path] = value;
    }
    return fill;
  }

  score(
    slot: number,
    plan: PlacementPlan,
    ranking: Extract<Ranking, { readonly is: 'scored' }>,
    offers: readonly CompiledOffer[],
  ): Scores {
    const scores = ranking.score(this.#rankingSubject(plan), offers);
    this.#scored ??= [];
    this.#scored.push({ slot, offers, scores });
    return scores;
  }

  /** What was asked, for the receipt. Null: nothing of its kind. */
  get asked() {
    const { preview } = this.#subject;
    return {
      counts: this.#counts,
      leases: this.#leases,
      values: this.#values,
      scored: this.#scored,
      isPreview: preview !== undefined && preview !== null,
    };
  }

  #rankingSubject({ placement, count }: PlacementPlan): RankingSubject {
    const { members, value, context = {}, now } = this.#subject;
    const { positions, bandit } = this.#rules;
    return {
      now,
      seed: this.#seed,
      placement: placement.id,
      count,
      context,
      shares: bandit,
      value: value ?? (() => null),
      recommend: (strategy) => this.#recommended(strategy),
      member: (segment) => {
        const position = positions?.get(segment);
        return position === undefined ? null : members[position] === 1;
      },
    };
  }

  #recommended(strategy: string): readonly string[] {
    this.#recommendations ??= new Map();
    let items = this.#recommendations.get(strategy);
    if (items === undefined) {
      items = this.#subject.recommend?.(strategy) ?? [];
      this.#recommendations.set(strategy, items);
    }
    return items;
  }

  #value(path: string, item: string | null): JsonValue | undefined {
    const key = valueName(path, item);
    this.#values ??= new Map();
    if (this.#values.has(key)) return this.#values.get(key);
    const value = this.#subject.publicValue?.(path, item);
    this.#values.set(key, value);
    return value;
  }
}

/** Values of an item are those of one offer. */
export function valueName(path: string, item: string | null): string {
  return item !== null && path.startsWith('item.') ? `${path}@${item}` : path;
}

/** Nearly everybody's: made once. */
const PLAIN = Array.from(
  { length: 8 },
  (_, variant): Standing => ({ is: 'variant', variant, isForced: false, isCounted: true }),
);

function standingOf(assigned: Assigned, experiment: number): Standing | null {
  const variant = assigned.variants[experiment] ?? -1;
  const reason = reasonOf(assigned, experiment);
  if (variant >= 0 && variant < PLAIN.length && (reason === 'sticky' || reason === 'assigned'))
    return PLAIN[variant] as Standing;
  if (variant >= 0)
    return { is: 'variant', variant, isForced: reason === 'forced', isCounted: isCounted(assigned, experiment) };
  return reason === 'holdout' || reason === 'globalHoldout' ? { is: 'held' } : null;
}
