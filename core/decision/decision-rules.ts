import type { Experiments } from '../experiment/loaded-experiments.ts';
import type { ZoneTable } from '../segment/runtime/program.ts';
import type { CompiledOffer, CompiledPlacement, CompiledRanker } from './compiled.ts';
import type { CompiledEffect } from './experiment-effect.ts';
import type { BanditShares } from './ranking/bandit-shares.ts';

/** The part of a live ruleset that deciding reads. Immutable: what is worked out of it is kept beside it. */
export interface DecisionRules {
  readonly placements: ReadonlyMap<string, CompiledPlacement>;
  readonly offers: ReadonlyMap<string, CompiledOffer>;
  readonly rankers?: ReadonlyMap<string, CompiledRanker>;
  readonly experiments?: Experiments;
  /** By experiment. */
  readonly effects?: ReadonlyMap<string, CompiledEffect>;
  /** Traffic of the offers that rankers of method `bandit` learn about. */
  readonly bandit?: BanditShares;
  /** Its zone is that of calendar caps; without one: UTC. */
  readonly engine?: { readonly program: { readonly zone: ZoneTable } };
  /** Position of segments in the program, by id: what buckets of a bandit name. */
  readonly positions?: ReadonlyMap<string, number>;
}
