import type { Instant, Jurisdiction, ProfileId, Space } from '../../core/lib/ids.ts';
import { jurisdictionOf } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import type { ShadowProgram } from '../../core/ruleset/plan-shadow-run.ts';
import { addMovements, type SegmentMovements } from '../../core/segment/preview/movements.ts';
import type { Env } from '../env.ts';
import { type SampleRpc, sampleStub } from '../stores/sample-stub.ts';

/** Where profiles may live. A source that is gone has left its profiles, so all are asked. */
const JURISDICTIONS: readonly Jurisdiction[] = ['none', 'eu', 'us'];

export interface SampleQuestion {
  readonly at: Instant;
  readonly before: ShadowProgram;
  readonly after: ShadowProgram;
  readonly examples: number;
}

/** The samples of all jurisdictions, counted where they lie and added up. */
export interface CountedSamples {
  readonly k: number;
  readonly limit: number | null;
  readonly movements: readonly SegmentMovements[];
  /** When each row was copied, rising. */
  readonly takenAt: Float64Array;
  readonly since: Instant;
  readonly stale: number;
  readonly pending: number;
  readonly cut: number;
  readonly seeding: boolean;
}

export interface Samples {
  /** Brings copies up to date, for a bounded time, and asks both programs about each. Rows stay where they are. */
  count(space: Space, question: SampleQuestion): Promise<CountedSamples>;
  /** What is held of these goes at once. */
  forget(space: Space, profiles: readonly ProfileId[]): Promise<number>;
}

export function createSamples(stub: (space: Space, jurisdiction: Jurisdiction) => SampleRpc): Samples {
  return {
    async count(space, question) {
      const samples = JURISDICTIONS.map((jurisdiction) => stub(space, jurisdiction));
      const states = await Promise.all(samples.map((sample) => sample.prepare(limit('sampleWaitMs'))));
      const k = Math.min(...states.map((state) => state.k));
      const last = lowestLimit(
        k,
        states.map((state) => state.limit),
        states.map((state) => state.ranks),
      );
      const counts = await Promise.all(samples.map((sample) => sample.count({ ...question, limit: last })));
      const sum = (of: (place: number) => number) => states.reduce((total, _, place) => total + of(place), 0);
      const known = states.filter(({ ranks, pending }) => ranks.length + pending > 0);
      return {
        k,
        limit: last,
        movements: counts
          .map(({ movements }) => movements)
          .reduce((all, movements) => addMovements(all, movements, question.examples)),
        takenAt: Float64Array.from(counts.flatMap(({ takenAt }) => [...takenAt])).sort(),
        // The latest of those that have somebody; one without has nobody to miss.
        since: Math.max(...(known.length > 0 ? known : states).map(({ since }) => since)) as Instant,
        stale: sum((place) => states[place]?.stale ?? 0),
        pending: sum((place) => states[place]?.pending ?? 0),
        cut: sum((place) => counts[place]?.cut ?? 0),
        seeding: states.some(({ seeding }) => seeding),
      };
    },
    async forget(space, profiles) {
      const counts = JURISDICTIONS.map((jurisdiction) => {
        const theirs = profiles.filter((profile) => jurisdictionOf(profile) === jurisdiction);
        return theirs.length === 0 ? 0 : stub(space, jurisdiction).forget(theirs);
      });
      return (await Promise.all(counts)).reduce((total, count) => total + count, 0);
    },
  };
}

/** The limit of the union: see `mergeSamples`. */
function lowestLimit(k: number, limits: readonly (number | null)[], ranks: readonly Float64Array[]): number | null {
  const lowest = Math.min(...limits.map((each) => each ?? Number.POSITIVE_INFINITY));
  const inside = Float64Array.from(ranks.flatMap((each) => [...each].filter((rank) => rank <= lowest))).sort();
  if (inside.length > k) return inside[k - 1] ?? null;
  return Number.isFinite(lowest) ? lowest : null;
}

/** Undefined where the deployment has no sample objects. */
export function samplesOf(env: Pick<Env, 'SAMPLE' | 'JURISDICTIONS'>): Samples | undefined {
  if (!env.SAMPLE) return undefined;
  return createSamples((space, jurisdiction) => {
    const held = sampleStub(env, space, jurisdiction);
    if (!held) throw new Error('there are no sample objects');
    return held;
  });
}
