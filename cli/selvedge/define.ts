import type { Annotations } from '../../core/ruleset/annotations.ts';
import type { ResourceKind, ResourceOf, Written } from '../../core/ruleset/resources.ts';
import type { SourceInput } from '../../core/ruleset/schema.ts';

/** For `selvedge.config.ts`: configuration as typed objects. Export what these make, alone or in lists. */

/** A rule may be PQL text; what has a default may be left out. */
type Input<T extends { readonly id: string }, Needed extends keyof T> = Pick<T, Needed | 'id'> & {
  readonly [M in keyof T]?: T[M];
};

interface Inputs {
  readonly source: Pick<SourceInput, 'id' | 'name'> & { readonly [M in keyof SourceInput]?: SourceInput[M] };
  readonly attribute: Input<ResourceOf['attribute'], 'name' | 'type'>;
  readonly measure: Input<Written<ResourceOf['measure']>, 'name' | 'expression'>;
  readonly segment: Input<Written<ResourceOf['segment']>, 'name' | 'purpose' | 'public' | 'rule'>;
  readonly placement: Input<ResourceOf['placement'], 'name' | 'kind'>;
  readonly offer: Input<Written<ResourceOf['offer']>, 'name' | 'placements'>;
  readonly ranker: Input<Written<ResourceOf['ranker']>, never>;
  readonly experiment: Input<Written<ResourceOf['experiment']>, never>;
  readonly strategy: Input<ResourceOf['strategy'], never>;
  readonly trackingPlan: Input<ResourceOf['trackingPlan'], 'events'>;
  readonly setting: ResourceOf['setting'];
}

/** One resource of a config file. */
export interface Defined {
  readonly selvedgeKind: ResourceKind;
  readonly resource: Readonly<Record<string, unknown>>;
}

const defineAs =
  <K extends ResourceKind>(selvedgeKind: K) =>
  (resource: Inputs[K] & Annotations): Defined => ({ selvedgeKind, resource: { ...resource } });

export const defineSource = defineAs('source');
export const defineAttribute = defineAs('attribute');
export const defineMeasure = defineAs('measure');
export const defineSegment = defineAs('segment');
export const definePlacement = defineAs('placement');
export const defineOffer = defineAs('offer');
export const defineRanker = defineAs('ranker');
export const defineExperiment = defineAs('experiment');
export const defineStrategy = defineAs('strategy');
export const defineTrackingPlan = defineAs('trackingPlan');
export const defineSetting = defineAs('setting');
