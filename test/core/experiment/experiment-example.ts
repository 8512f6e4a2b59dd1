import type { ExperimentNames } from '../../../core/experiment/compile-experiments.ts';
import { compileExperiments } from '../../../core/experiment/compile-experiments.ts';
import type { Experiment, GlobalHoldout } from '../../../core/experiment/experiment.ts';
import { type Experiments, loadExperiments } from '../../../core/experiment/loaded-experiments.ts';

/** A running test of two offers, halved, with what a test says otherwise. */
export function experimentOf(change: Partial<Experiment> = {}): Experiment {
  return {
    id: 'hero-test',
    name: 'Hero test',
    status: 'running',
    on: { kind: 'offer', id: 'spring' },
    variants: [
      { id: 'control', weight: 0.5, value: { use: 'default' } },
      { id: 'summer', weight: 0.5, value: { use: 'offer', id: 'summer' } },
    ],
    coverage: 1,
    layer: null,
    holdout: 0,
    exemptFromGlobalHoldout: false,
    hash: { version: 2, attribute: 'profile' },
    version: 1,
    purpose: 'personalization',
    metrics: [{ id: 'bought', kind: 'conversion', event: 'order.placed', better: 'higher' }],
    primaryMetric: 'bought',
    ...change,
  };
}

export const NAMES: ExperimentNames = {
  ids: {
    offer: new Set(['spring', 'summer']),
    placement: new Set(['hero']),
    ranker: new Set(['by-affinity', 'by-hand']),
    segment: new Set(['vip', 'loyal']),
  },
  namespaces: new Set(['device', 'customer']),
  isEventType: (type) => type === 'order.placed' || type === 'product.viewed',
};

export function experimentsOf(
  changes: readonly Partial<Experiment>[],
  holdout: GlobalHoldout | null = null,
  ruleOf: (id: string) => number | null = () => null,
): Experiments {
  const compiled = compileExperiments(changes.map(experimentOf), holdout, NAMES, ruleOf);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return loadExperiments(JSON.parse(JSON.stringify(compiled.value)));
}
