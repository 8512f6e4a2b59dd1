import type { Metric } from '../experiment.ts';
import { DEFAULT_SEQUENCE, type SequenceSettings } from './confidence-sequence.ts';
import { adjustByHistory } from './cuped.ts';
import { type Lift, liftOf } from './lift.ts';
import { CORRECTIONS, type Correction } from './many-tests.ts';
import type { Sample, VariantCounts } from './sample.ts';
import { type SampleRatio, sampleRatio } from './sample-ratio.ts';

/** An experiment and what was counted. The first variant is the control. */
export interface ExperimentData {
  readonly variants: readonly { readonly id: string; readonly weight: number; readonly exposed: number }[];
  readonly metrics: readonly { readonly metric: Metric; readonly counts: readonly VariantCounts[] }[];
  readonly primaryMetric: string | null;
}

export interface AnalysisSettings {
  readonly sequence: SequenceSettings;
  /** Over the comparisons of the metrics that are not primary. The primary metric's are corrected for the number of its variants alone. */
  readonly correction: Correction;
}

export const DEFAULT_ANALYSIS: AnalysisSettings = { sequence: DEFAULT_SEQUENCE, correction: 'benjaminiHochberg' };

export interface VariantResult {
  readonly variant: string;
  /** After the adjustment by history. */
  readonly sample: Sample;
  /** null: the control, or too little to compare. */
  readonly lift: Lift | null;
  /** Corrected for the number of comparisons; 1 where there is no lift. */
  readonly correctedP: number;
  /** `tooEarly` until there are enough people and events for the intervals to hold. */
  readonly verdict: 'control' | 'tooEarly' | 'unclear' | 'better' | 'worse';
}

export interface MetricResult {
  readonly metric: Metric;
  /** Correlation with history; its square is the share of the variance that CUPED took away. */
  readonly correlation: number;
  readonly variants: readonly VariantResult[];
}

export interface ExperimentResults {
  readonly sampleRatio: SampleRatio;
  readonly metrics: readonly MetricResult[];
}

/** The intervals are asymptotic: they hold from about so many people in each group on … */
const MIN_PEOPLE = 100;
/** … and so many people of both groups together who did anything. */
const MIN_EVENTS = 40;

/** Everything there is to say about an experiment, at any time as often as one likes. Where `sampleRatio.alarm` is set, none of it should be believed. */
export function analyseExperiment(
  { variants, metrics, primaryMetric }: ExperimentData,
  settings: AnalysisSettings = DEFAULT_ANALYSIS,
): ExperimentResults {
  const compared = metrics.map(({ metric, counts }) => compareMetric(metric, counts, settings.sequence));
  const corrected = correctedPs(compared, primaryMetric, settings.correction);
  return {
    sampleRatio: sampleRatio(
      variants.map(({ exposed }) => exposed),
      variants.map(({ weight }) => weight),
    ),
    metrics: compared.map(({ metric, correlation, comparisons }, m) => ({
      metric,
      correlation,
      variants: comparisons.map(({ sample, lift, ready }, i): VariantResult => {
        const correctedP = corrected[m]?.[i] ?? 1;
        const verdict = i === 0 ? 'control' : verdictOf(metric, lift, ready, correctedP <= settings.sequence.alpha);
        return { variant: variants[i]?.id ?? '', sample, lift, correctedP, verdict };
      }),
    })),
  };
}

interface Comparison {
  readonly sample: Sample;
  readonly lift: Lift | null;
  readonly ready: boolean;
}

interface ComparedMetric {
  readonly metric: Metric;
  readonly correlation: number;
  readonly comparisons: readonly Comparison[];
}

function compareMetric(metric: Metric, counts: readonly VariantCounts[], sequence: SequenceSettings): ComparedMetric {
  const { samples, correlation } = adjustByHistory(counts, metric.kind);
  const [control, controlCounts] = [samples[0], counts[0]];
  const comparisons = samples.map((sample, i): Comparison => {
    const own = counts[i];
    if (i === 0 || !control || !controlCounts || !own) return { sample, lift: null, ready: false };
    const ready =
      Math.min(controlCounts.units, own.units) >= MIN_PEOPLE &&
      controlCounts.conversions + own.conversions >= MIN_EVENTS;
    return { sample, lift: liftOf(control, sample, sequence), ready };
  });
  return { metric, correlation, comparisons };
}

/** By metric and variant. Only comparisons that can be made count. */
function correctedPs(
  compared: readonly ComparedMetric[],
  primary: string | null,
  correction: Correction,
): readonly (readonly number[])[] {
  const corrected = compared.map(({ comparisons }) => comparisons.map(() => 1));
  const places = compared.flatMap(({ metric, comparisons }, m) =>
    comparisons.flatMap(({ lift }, i) => (lift ? [{ m, i, p: lift.p, primary: metric.id === primary }] : [])),
  );
  for (const isPrimary of [true, false]) {
    const family = places.filter((place) => place.primary === isPrimary);
    const correct = CORRECTIONS[isPrimary ? 'bonferroni' : correction];
    correct(family.map(({ p }) => p)).forEach((p, k) => {
      const place = family[k];
      const row = place && corrected[place.m];
      if (row) row[place.i] = p;
    });
  }
  return corrected;
}

function verdictOf(
  { better }: Metric,
  lift: Lift | null,
  ready: boolean,
  significant: boolean,
): VariantResult['verdict'] {
  if (!lift || !ready) return 'tooEarly';
  if (!significant) return 'unclear';
  return lift.absolute.value > 0 === (better === 'higher') ? 'better' : 'worse';
}
