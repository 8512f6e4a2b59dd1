import { compileProfileRule } from '../engine/closure-baseline.ts';
import type { Profile, ProfileRule } from '../engine/workload/descriptor.ts';
import { createChanges, createProfile } from '../engine/workload/profile.ts';
import { createProfileSegments } from '../engine/workload/profile-segments.ts';
import { createRandom } from '../engine/workload/random.ts';

export const PLACEMENTS = 20;
export const OFFERS = 1000;
export const EXPERIMENTS = 20;
/** Offers are made for some people, not for most: the share of the visitor's states in which one fits. */
const FITTING = { least: 0.02, most: 0.3 };
const CHANGES = 256;

export interface BenchOffer {
  readonly id: string;
  readonly placement: number;
  readonly rule: ProfileRule;
  /** Of an offer that is tested: its experiment. Half of the people see other content. */
  readonly experiment: string | null;
}

export interface DecisionWorkload {
  /** In each placement: best first. */
  readonly offers: readonly BenchOffer[];
  readonly unit: string;
  readonly profile: Profile;
  /** One after the other, over and over. */
  readonly changes: readonly Profile[];
}

/** A page with 20 placements, each with 50 offers in an order; in each one of the first ten offers is tested. */
export function createDecisionWorkload(seed: number): DecisionWorkload {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ 0xdec1de);
  const profile = createProfile(random);
  const changes = createChanges(random, profile, CHANGES);
  const seen = profilesSeen(profile, changes);
  const rules = createProfileSegments(random, profile, OFFERS * 8)
    .filter(({ rule }) => {
      const holds = compileProfileRule(rule);
      const share = seen.filter((each) => holds(each)).length / seen.length;
      return share >= FITTING.least && share <= FITTING.most;
    })
    .slice(0, OFFERS);
  if (rules.length < OFFERS) throw new Error(`only ${rules.length} rules are for so few`);
  const perPlacement = OFFERS / PLACEMENTS;
  const tested = Array.from({ length: EXPERIMENTS }, () => random.whole(0, 9));
  return {
    unit: random.hex(64),
    // As they are after a while: nobody made the rules for them.
    profile: seen.at(-1) as Profile,
    changes,
    offers: rules.map(({ rule }, i): BenchOffer => {
      const placement = Math.floor(i / perPlacement);
      const isTested = i % perPlacement === tested[placement];
      return { id: `offer-${i}`, placement, rule, experiment: isTested ? `test-${placement}` : null };
    }),
  };
}

/** The visitor as first seen and after each change. */
function profilesSeen(profile: Profile, changes: readonly Profile[]): readonly Profile[] {
  const seen: Profile[] = [profile];
  for (const change of changes) seen.push({ ...(seen.at(-1) as Profile), ...change });
  return seen;
}
