import type { ProfileId } from '../../lib/ids.ts';
import {
  type CountEstimate,
  estimateCount,
  estimatePopulation,
  type SampleFrame,
  sampleFrame,
} from './estimate-count.ts';
import { type Freshness, type ProfileSample, type Sampled, type SampleEntry, sampleFreshness } from './sample.ts';

/** A program, ready to be asked about one row after the other. */
export interface RowEvaluator<Row> {
  /** What it evaluates; ids are distinct. */
  readonly segments: readonly string[];
  /** 1 for each segment that holds the profile, in the order of `segments`. Read before the next call, so it may be one array for all. */
  members(row: Row): Uint8Array;
}

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

interface Tally {
  readonly segment: string;
  /** Place in the evaluator's segments; -1: it has none, so nobody is in it. */
  readonly before: number;
  readonly after: number;
  enter: number;
  leave: number;
  stay: number;
  readonly entering: ProfileId[];
  readonly leaving: ProfileId[];
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
  const placesBefore = new Map(before.segments.map((segment, place) => [segment, place]));
  const placesAfter = new Map(after.segments.map((segment, place) => [segment, place]));
  const tallies = [...new Set([...before.segments, ...after.segments])].map((segment) => ({
    segment,
    before: placesBefore.get(segment) ?? -1,
    after: placesAfter.get(segment) ?? -1,
    enter: 0,
    leave: 0,
    stay: 0,
    entering: [],
    leaving: [],
  }));
  countRows(tallies, sample.entries, before, after, options.examples);

  const confidence = options.confidence ?? 0.95;
  const frame = sampleFrame(sample, options.population);
  const estimate = estimator(frame, confidence);
  return {
    exact: frame.is === 'everybody',
    confidence,
    rows: sample.entries.length,
    population: estimatePopulation(sample, frame, confidence),
    freshness: sampleFreshness(sample),
    segments: tallies.map(({ segment, enter, leave, stay, entering, leaving }) => ({
      segment,
      before: estimate(stay + leave),
      after: estimate(stay + enter),
      enter: { ...estimate(enter), examples: entering },
      leave: { ...estimate(leave), examples: leaving },
      stay: estimate(stay),
    })),
  };
}

function countRows<Row extends Sampled>(
  tallies: readonly Tally[],
  entries: readonly SampleEntry<Row>[],
  before: RowEvaluator<Row>,
  after: RowEvaluator<Row>,
  examples: number,
): void {
  const held = new Uint8Array(before.segments.length);
  for (const { row } of entries) {
    // Both sides may be one engine with one array.
    held.set(before.members(row).subarray(0, held.length));
    const holds = after.members(row);
    for (const tally of tallies) {
      const was = held[tally.before] === 1;
      const is = holds[tally.after] === 1;
      if (was && is) tally.stay++;
      else if (is && ++tally.enter <= examples) tally.entering.push(row.profile);
      else if (was && ++tally.leave <= examples) tally.leaving.push(row.profile);
    }
  }
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
