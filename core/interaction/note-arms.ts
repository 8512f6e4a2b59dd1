import type { DrawnArm } from '../decision/decide.ts';
import type { Instant } from '../lib/ids.ts';
import { countsHere, type Strand } from '../profile/strand.ts';
import type { ArmTouch } from '../profile/strand-choices.ts';
import { setChoices } from './choices.ts';
import { addResult, type Results } from './results.ts';

/** Arms that a strand remembers: what is shown, clicked or bought later is put down to one of the last. */
const ARMS_KEPT = 12;
/** Of a bucket's name: it may hold what a page says. Longer ones count for everybody. */
const BUCKET_LENGTH = 64;

/** Remembers what a bandit drew in this answer. Of one offer in one placement the last time counts. */
export function rememberArms(strand: Strand, drawn: readonly DrawnArm[], at: Instant): void {
  if (drawn.length === 0) return;
  const fresh = drawn.map(
    ({ placement, offer, ranker, bucket, goal }): ArmTouch => [
      placement,
      offer,
      ranker,
      isPlain(bucket) ? bucket : '',
      goal,
      at,
      0,
      0,
    ],
  );
  setChoices(strand, { arms: latestArms([...fresh, ...(strand.choices?.arms ?? [])]) });
}

/** The newest of each offer and placement. */
function latestArms(arms: readonly ArmTouch[]): readonly ArmTouch[] {
  const newest = new Map<string, ArmTouch>();
  for (const arm of [...arms].sort((a, b) => b[5] - a[5])) {
    const key = `${arm[0]}\n${arm[1]}`;
    if (!newest.has(key)) newest.set(key, arm);
  }
  return [...newest.values()].slice(0, ARMS_KEPT);
}

/** What a person did with an offer that a bandit may have drawn for them. */
export type ArmDeed =
  | { readonly is: 'displayed' }
  | { readonly is: 'clicked' }
  /** An order that is due to it, as a server said. */
  | { readonly is: 'earned'; readonly money: number };

/** A drawn offer that was seen is a trial; what it brings is a reward, by the ranker's goal: once, but money each time. */
export function noteArm(
  strands: readonly Strand[],
  placement: string,
  offer: string,
  deed: ArmDeed,
  results: Results,
): void {
  const held = findArm(strands, placement, offer);
  if (!held) return;
  const [, , ranker, bucket, goal, at, seen, rewarded] = held.arm;
  const trial = seen === 0 ? 1 : 0;
  const reward = rewardOf(deed, goal, rewarded === 1);
  if (trial === 0 && reward === 0) return;
  addResult(results, ['bandit', ranker, bucket, offer], [trial, reward, reward * reward]);
  const next: ArmTouch = [placement, offer, ranker, bucket, goal, at, 1, reward > 0 || rewarded === 1 ? 1 : 0];
  const arms = (held.strand.choices?.arms ?? []).map((each) => (each === held.arm ? next : each));
  setChoices(held.strand, { arms });
}

function rewardOf(deed: ArmDeed, goal: ArmTouch[4], isRewarded: boolean): number {
  if (deed.is === 'clicked') return goal === 'click' && !isRewarded ? 1 : 0;
  if (deed.is !== 'earned' || goal === 'click') return 0;
  return goal === 'revenue' ? deed.money : isRewarded ? 0 : 1;
}

function findArm(
  strands: readonly Strand[],
  placement: string,
  offer: string,
): { readonly strand: Strand; readonly arm: ArmTouch } | null {
  let found: { readonly strand: Strand; readonly arm: ArmTouch } | null = null;
  for (const strand of strands) {
    if (!countsHere(strand)) continue;
    const arm = strand.choices?.arms?.find(([p, o]) => p === placement && o === offer);
    if (arm && (found === null || arm[5] > found.arm[5])) found = { strand, arm };
  }
  return found;
}

function isPlain(bucket: string): boolean {
  return bucket.length <= BUCKET_LENGTH && !/\p{Cc}/u.test(bucket);
}
