import type { ProfileId } from '../../lib/ids.ts';
import {
  type CountEstimate,
  estimateCount,
  estimatePopulation,
  type SampleFrame,
  sampleFrame,
} from './estimate-count.ts';
import { createMovementCounter, type RowEvaluator, type SegmentMovements } from './movements.ts';
import { type Freshness, type ProfileSample, type Sampled, sampleFreshness } from './sample.ts';

export type { RowEvaluator } from './movements.ts';

export interface ShadowRunOptions {
  /** How many profiles there are, if somebody counted them; null: estimated from the sample. */
  readonly population: number | null;
  /** Most examples of each direction. */
  readonly examples: number;
  /** Left out: 0.95. */
  readonly confidence?: number;
}

/** People that move one way, and some of them: those of lowest rank, which is a draw by lot, the same at each run. */
export interface Movement extends CountEstimate {
  readonly examples: readonly ProfileId[];
}

export interface SegmentPreview {
  readonly segment: string;
  readonly before: CountEstimate;
  /** The estimated reach. */
  readonly after: CountEstimate;
  readonly enter: Movement;
  readonly leave: Movement;
  readonly stay: CountEstimate;
}

export interface ShadowReport {
  /** The sample is everybody: every interval is one number. */
  readonly exact: boolean;
  readonly confidence: number;
  readonly rows: number;
  readonly population: CountEstimate;
  /** null: there were no rows. */
  readonly freshness: Freshness | null;
  /** Segments of `before` in their order, then new ones in theirs. */
  readonly segments: readonly SegmentPreview[];
}

/** What is known of a sample that was counted in parts. */
export interface CountedSample {
  readonly k: number;
  readonly limit: number | null;
  /** Rows that were counted. */
  readonly rows: number;
  /** null: there were no rows. */
  readonly freshness: Freshness | null;
}

/**
 * Who would enter and leave if `after` were published in the place of `before`. Each interval covers by itself at the stated confidence; of a
 * hundred segments some will miss. A segment that only one side has is empty on the other.
 */
export function shadowRun<Row extends Sampled>(
  sample: ProfileSample<Row>,
  before: RowEvaluator<Row>,
  after: RowEvaluator<Row>,
  options: ShadowRunOptions,
): ShadowReport {
  const counter = createMovementCounter(before, after, options.examples);
  counter.count(sample.entries);
  const { k, limit, entries } = sample;
  const counted = { k, limit, rows: entries.length, freshness: sampleFreshness(sample) };
  return shadowReport(counted, counter.result(), options);
}

/** What the movements of all rows say about everybody. */
export function shadowReport(
  { k, limit, rows, freshness }: CountedSample,
  movements: readonly SegmentMovements[],
  options: Omit<ShadowRunOptions, 'examples'>,
): ShadowReport {
  const confidence = options.confidence ?? 0.95;
  const sample = { k, limit, entries: { length: rows } };
  const frame = sampleFrame(sample, options.population);
  const estimate = estimator(frame, confidence);
  return {
    exact: frame.is === 'everybody',
    confidence,
    rows,
    population: estimatePopulation(sample, frame, confidence),
    freshness,
    segments: movements.map(({ segment, enter, leave, stay, entering, leaving }) => ({
      segment,
      before: estimate(stay + leave),
      after: estimate(stay + enter),
      enter: { ...estimate(enter), examples: entering.map(({ profile }) => profile) },
      leave: { ...estimate(leave), examples: leaving.map(({ profile }) => profile) },
      stay: estimate(stay),
    })),
  };
}

/** Many segments have the same few counts. */
function estimator(frame: SampleFrame, confidence: number): (sampled: number) => CountEstimate {
  const known = new Map<number, CountEstimate>();
  return (sampled) => {
    const held = known.get(sampled) ?? estimateCount(sampled, frame, confidence);
    known.set(sampled, held);
    return held;
  };
}
