import { GLOBAL_HOLDOUT } from './assignment.ts';
import type { ExperimentsPart } from './compiled-experiment.ts';
import type { Metric } from './experiment.ts';

/** People kept out against people let in, of one experiment or of all: a test of its own. Both count from when they were told. */
export interface HoldoutTest {
  /** The experiment's id, or `GLOBAL_HOLDOUT`. */
  readonly id: string;
  readonly version: number;
  /** Of those who would take part: 0 to 1. */
  readonly share: number;
  readonly metrics: readonly Metric[];
  readonly primaryMetric: string | null;
}

/** No experiment's metrics are those of all of them: orders are what every shop has. */
const GLOBAL_METRICS: readonly Metric[] = [
  { id: 'orders', kind: 'conversion', event: 'order.placed', better: 'higher' },
  { id: 'revenue', kind: 'revenue', event: 'order.placed', better: 'higher' },
];

/** All that there are: the space's first. */
export function holdoutTests({ holdout, experiments }: ExperimentsPart): readonly HoldoutTest[] {
  const own = experiments.flatMap(({ id, version, holdout: share, metrics, primaryMetric }) =>
    share > 0 ? [{ id, version, share, metrics, primaryMetric }] : [],
  );
  if (holdout === null) return own;
  const { version, share } = holdout;
  return [{ id: GLOBAL_HOLDOUT, version, share, metrics: GLOBAL_METRICS, primaryMetric: 'orders' }, ...own];
}
