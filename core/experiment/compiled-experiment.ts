import type { Instant } from '../lib/ids.ts';
import type { Experiment, ExperimentHash, GlobalHoldout, Variant } from './experiment.ts';

/** An experiment in a part of a ruleset: plain JSON. */
export interface CompiledExperiment
  extends Pick<
    Experiment,
    'id' | 'on' | 'coverage' | 'layer' | 'holdout' | 'exemptFromGlobalHoldout' | 'version' | 'purpose' | 'metrics'
  > {
  /** Drafts are in no ruleset. */
  readonly status: 'running' | 'stopped';
  readonly variants: readonly Pick<Variant, 'id' | 'weight' | 'value'>[];
  /** Position of the eligibility rule in the program, null for everybody. */
  readonly rule: number | null;
  readonly hash: ExperimentHash & { readonly key: string };
  readonly primaryMetric: string | null;
  readonly startedAt: Instant | null;
  readonly stoppedAt: Instant | null;
  /** Position among the variants. */
  readonly winner: number | null;
}

/** What assignment reads, as a part of a ruleset. */
export interface ExperimentsPart {
  readonly format: 1;
  /** null: nobody is kept out of everything. */
  readonly holdout: GlobalHoldout | null;
  /** In the order of their ids. */
  readonly experiments: readonly CompiledExperiment[];
}
