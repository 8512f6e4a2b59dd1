import type { JsonValue } from '../lib/json.ts';
import type { Purpose } from '../policy/purposes.ts';
import type { Expression } from '../segment/language/expression.ts';
import type { HashVersion } from './allocation.ts';

export const EXPERIMENT_STATES = ['draft', 'running', 'stopped'] as const;
export type ExperimentState = (typeof EXPERIMENT_STATES)[number];

/** What an experiment may vary, and what its variants may use in place of it. */
export const VARIED_KINDS = {
  offer: ['default', 'offer', 'content', 'nothing'],
  placement: ['default', 'offer', 'content', 'ranker', 'nothing'],
  ranker: ['default', 'ranker'],
  segment: ['default', 'segment', 'nothing'],
} as const satisfies Record<string, readonly VariantValue['use'][]>;
export type VariedKind = keyof typeof VARIED_KINDS;

/** What a variant uses in place of what is varied. */
export type VariantValue =
  /** As it is configured: the control. */
  | { readonly use: 'default' }
  /** The offer, ranker or segment of this id stands in its place. For a placement: only this offer may appear. */
  | { readonly use: 'offer' | 'ranker' | 'segment'; readonly id: string }
  /** This content in place of the offer's, or of whatever the placement would show. */
  | { readonly use: 'content'; readonly content: JsonValue }
  /** The offer is no candidate; the placement shows its fallback; nobody is in the segment. */
  | { readonly use: 'nothing' };

export interface Variant {
  readonly id: string;
  readonly name?: string;
  /** Share of the participants: 0 to 1; those of all variants add up to 1. 0 takes nobody new and keeps those it has. */
  readonly weight: number;
  readonly value: VariantValue;
}

export const METRIC_KINDS = {
  conversion: 'share of the people who did it at least once',
  count: 'how often, per person',
  revenue: 'money, per person; only from keys that are trusted with it',
} as const;
export type MetricKind = keyof typeof METRIC_KINDS;

/** What is measured about people from their exposure on. */
export interface Metric {
  readonly id: string;
  readonly kind: MetricKind;
  /** Event type that counts. */
  readonly event: string;
  readonly better: 'higher' | 'lower';
}

/** Experiments of one layer exclude each other: each has a range of it, and nobody is in two. */
export interface LayerRange {
  readonly id: string;
  /** From (included) to (not included), between 0 and 1; thousandths count. */
  readonly from: number;
  readonly to: number;
}

export interface ExperimentHash {
  /** Name of the randomisation (GrowthBook: seed). Left out: the experiment's id. */
  readonly key?: string;
  /** GrowthBook's hash version: 2, or 1 for a test that began with it. */
  readonly version: HashVersion;
  /** Whose id is hashed: `profile`, or a namespace (`device`, `customer` …). Who has none takes no part. */
  readonly attribute: string;
  /** Used where the first has no value. */
  readonly fallback?: string;
}

/** A test, as operators write it. */
export interface Experiment {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly status: ExperimentState;
  readonly on: { readonly kind: VariedKind; readonly id: string };
  readonly variants: readonly Variant[];
  /** Share of those who qualify that take part: 0 to 1. */
  readonly coverage: number;
  /** Who qualifies; absent: everybody. */
  readonly eligibility?: Expression;
  readonly layer: LayerRange | null;
  /** Share of those who qualify that is kept out and compared with, also after the experiment is rolled out: 0 to 1. */
  readonly holdout: number;
  /** Whether people of the space's holdout may take part. */
  readonly exemptFromGlobalHoldout: boolean;
  readonly hash: ExperimentHash;
  /** Raised: everybody is assigned anew. Nothing else moves anybody. */
  readonly version: number;
  /** Purpose that a person must have consented to. */
  readonly purpose: Purpose;
  readonly metrics: readonly Metric[];
  /** Id of the metric that decides; null: none is set. */
  readonly primaryMetric: string | null;
  /** ISO 8601. A running experiment takes nobody before it, and is as stopped after it. */
  readonly startedAt?: string;
  readonly stoppedAt?: string;
  /** Variant that everybody who qualifies gets once it is stopped; absent: what is varied goes back to what is configured. */
  readonly winner?: string;
}

/** People kept out of all experiments of a space, so that their effect together can be measured. */
export interface GlobalHoldout {
  /** Share of people: 0 to 1. A person who was told in or out stays so while `version` is the same. */
  readonly share: number;
  /** Of the space: spaces hold out different people. */
  readonly salt: string;
  readonly version: number;
}
