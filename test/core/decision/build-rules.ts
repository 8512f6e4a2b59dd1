import type { CompiledOffer, CompiledPlacement, CompiledRanker } from '../../../core/decision/compiled.ts';
import type { DecisionRules } from '../../../core/decision/decision-rules.ts';
import type { DecisionSubject } from '../../../core/decision/decision-subject.ts';
import type { CompiledEffect } from '../../../core/decision/experiment-effect.ts';
import type { CompiledExperiment } from '../../../core/experiment/compiled-experiment.ts';
import type { GlobalHoldout } from '../../../core/experiment/experiment.ts';
import { loadExperiments } from '../../../core/experiment/loaded-experiments.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { ALL_PURPOSES_MASK } from '../../../core/policy/purposes.ts';

export const NOW = Date.UTC(2026, 10, 22) as Instant;
export const at = (ms: number) => (NOW + ms) as Instant;

export const offer = (id: string, more: Partial<CompiledOffer> = {}): CompiledOffer => ({
  id,
  name: id,
  placements: ['hero'],
  priority: 0,
  purpose: 'personalization',
  requires: 'anonymous',
  rule: null,
  from: null,
  until: null,
  caps: [],
  suppression: [],
  contents: { html: { '': { value: id } }, json: { '': { value: id } } },
  ...more,
});

export const placement = (id: string, more: Partial<CompiledPlacement> = {}): CompiledPlacement => ({
  id,
  name: id,
  kind: 'html',
  caps: [],
  fallback: { value: `${id} fallback` },
  ...more,
});

export interface RulesParts {
  readonly placements?: readonly CompiledPlacement[];
  readonly offers?: readonly CompiledOffer[];
  readonly rankers?: readonly CompiledRanker[];
  readonly experiments?: readonly CompiledExperiment[];
  readonly holdout?: GlobalHoldout | null;
  readonly effects?: readonly CompiledEffect[];
}

/** A ruleset as it is when it is live; the placement `hero` unless others are named. */
export function rulesOf(parts: RulesParts, more: Partial<DecisionRules> = {}): DecisionRules {
  const { placements = [placement('hero')], offers = [], rankers = [], experiments = [], effects = [] } = parts;
  return {
    placements: new Map(placements.map((each) => [each.id, each])),
    offers: new Map(offers.map((each) => [each.id, each])),
    rankers: new Map(rankers.map((each) => [each.id, each])),
    experiments: loadExperiments({ format: 1, holdout: parts.holdout ?? null, experiments }),
    effects: new Map(effects.map((each) => [each.experiment, each])),
    ...more,
  };
}

export const experiment = (id: string, more: Partial<CompiledExperiment> = {}): CompiledExperiment => ({
  id,
  status: 'running',
  on: { kind: 'offer', id: 'a' },
  variants: [
    { id: 'control', weight: 0.5, value: { use: 'default' } },
    { id: 'other', weight: 0.5, value: { use: 'nothing' } },
  ],
  coverage: 1,
  layer: null,
  holdout: 0,
  exemptFromGlobalHoldout: false,
  version: 1,
  purpose: 'personalization',
  metrics: [],
  rule: null,
  hash: { key: id, version: 2, attribute: 'profile' },
  primaryMetric: null,
  startedAt: null,
  stoppedAt: null,
  winner: null,
  ...more,
});

export const subject = (more: Partial<DecisionSubject> = {}): DecisionSubject => ({
  now: NOW,
  state: 'anonymous',
  consented: ALL_PURPOSES_MASK,
  members: new Uint8Array(8),
  ...more,
});
