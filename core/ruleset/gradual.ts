import { fnv1a32, mix } from '../lib/hash.ts';
import type { ProfileId, Sequence } from '../lib/ids.ts';

/** A publish that only a part of the profiles has so far. */
export interface Gradual<Ruleset> {
  /** What all others have. */
  readonly stable: Ruleset;
  /** Of the profiles, from 1 to 99. */
  readonly percent: number;
  /** The sequence that it began with: who was in it stays in it while the percent rises. */
  readonly since: Sequence;
}

interface Published {
  readonly sequence: Sequence;
  readonly salt: string;
  readonly gradual: Gradual<Published> | null;
}

/** Of 10,000: fine enough for any percent that somebody types. */
const BUCKETS = 10_000;

/**
 * The ruleset that a profile goes by: its draw among those who have the newest already, or what it has applied, whichever is higher. `applied`: 0 for one of which nothing is
 * known. Drawn anew for each gradual publish, so that it is not always the same people who are first.
 */
export function rulesetFor<R extends Published & { readonly gradual: Gradual<R> | null }>(
  newest: R,
  profile: ProfileId,
  applied: Sequence | 0,
): R {
  if (newest.gradual === null) return newest;
  const { stable, percent, since } = newest.gradual;
  if (applied > stable.sequence) return newest;
  return isAmongFirst(newest.salt, since, profile, percent) ? newest : stable;
}

/** What somebody gets of whom nothing is known: what most have. */
export function rulesetForStrangers<R extends { readonly gradual: Gradual<R> | null }>(newest: R): R {
  return newest.gradual?.stable ?? newest;
}

export function isAmongFirst(salt: string, since: Sequence, profile: ProfileId, percent: number): boolean {
  const draw = mix(fnv1a32(`${salt} gradual ${since} ${profile}`)) % BUCKETS;
  return draw < percent * (BUCKETS / 100);
}
