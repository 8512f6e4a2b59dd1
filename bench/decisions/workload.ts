import { compileProfileRule } from '../engine/closure-baseline.ts';
import type { Profile, ProfileRule } from '../engine/workload/descriptor.ts';
import { createChanges, createProfile } from '../engine/workload/profile.ts';
import { createProfileSegments } from '../engine/workload/profile-segments.ts';
import { createRandom } from '../engine/workload/random.ts';

export const PLACEMENTS = 20;
export const OFFERS = 1000;
export const EXPERIMENTS = 20;
/** Share of offers that the visitor is eligible for at first: offers are made for groups of people. */
const FITTING = 0.1;

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
  const drawn = createProfileSegments(random, profile, OFFERS * 4);
  const holds = drawn.filter(({ rule }) => compileProfileRule(rule)(profile)).slice(0, OFFERS * FITTING);
  const others = drawn.filter(({ rule }) => !compileProfileRule(rule)(profile)).slice(0, OFFERS - holds.length);
  const rules = random.sample([...holds, ...others], OFFERS);
  const perPlacement = OFFERS / PLACEMENTS;
  const tested = Array.from({ length: EXPERIMENTS }, () => random.whole(0, 9));
  return {
    unit: random.hex(64),
    profile,
    changes: createChanges(random, profile, 256),
    offers: rules.map(({ rule }, i): BenchOffer => {
      const placement = Math.floor(i / perPlacement);
      const isTested = i % perPlacement === tested[placement];
      return { id: `offer-${i}`, placement, rule, experiment: isTested ? `test-${placement}` : null };
    }),
  };
}
