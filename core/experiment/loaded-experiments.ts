import { type PurposeMask, purposeBit } from '../policy/purposes.ts';
import { type Allocation, createAllocation, type HashVersion } from './allocation.ts';
import { GLOBAL_HOLDOUT } from './assignment.ts';
import type { CompiledExperiment, ExperimentsPart } from './compiled-experiment.ts';
import { type HoldoutTest, holdoutTests } from './holdout-test.ts';

/** An experiment ready for assignment. Immutable. */
export interface LoadedExperiment extends CompiledExperiment {
  readonly allocation: Allocation;
  /** Hashes of its own holdout lie in variant 0; null: it has none. */
  readonly heldOut: Allocation | null;
  readonly purposeBit: PurposeMask;
  /** Number of its layer, -1 for none. */
  readonly layerNumber: number;
}

/** The experiments of a live ruleset, in the order of their ids. */
export interface Experiments {
  readonly all: readonly LoadedExperiment[];
  readonly positions: ReadonlyMap<string, number>;
  /** The space's holdout: its hashes lie in variant 0. */
  readonly holdout: { readonly version: number; readonly allocation: Allocation } | null;
  readonly layers: number;
  readonly holdoutTests: readonly HoldoutTest[];
}

/** Resident form of a part that was compiled. Throws on a part that was not. */
export function loadExperiments(part: ExperimentsPart): Experiments {
  const { holdout, experiments } = part;
  const layers = new Map<string, number>();
  const all = experiments.map((experiment): LoadedExperiment => {
    const { hash, version, holdout: held, coverage, variants, layer, purpose } = experiment;
    if (layer && !layers.has(layer.id)) layers.set(layer.id, layers.size);
    const key = saltedKey(hash.key, version);
    const weights = variants.map(({ weight }) => weight);
    return {
      ...experiment,
      allocation: allocation(key, weights, coverage, hash.version),
      heldOut: held > 0 ? allocation(`${key}:holdout`, [1], held, 2) : null,
      purposeBit: purposeBit(purpose),
      layerNumber: layer ? (layers.get(layer.id) as number) : -1,
    };
  });
  return {
    all,
    positions: new Map(all.map(({ id }, position) => [id, position])),
    holdout: holdout && {
      version: holdout.version,
      allocation: allocation(saltedKey(`holdout:${holdout.salt}`, holdout.version), [1], holdout.share, 2),
    },
    layers: layers.size,
    holdoutTests: holdoutTests(part),
  };
}

/** The version of an experiment that is live, the space's holdout among them, for `pruneAssignments`. */
export function liveVersion({ all, positions, holdout }: Experiments, experiment: string): number | null {
  if (experiment === GLOBAL_HOLDOUT) return holdout?.version ?? null;
  const position = positions.get(experiment);
  return position === undefined ? null : (all[position]?.version ?? null);
}

/** The first version hashes by the key alone, as GrowthBook does; each later one divides people independently of those before. */
function saltedKey(key: string, version: number): string {
  return version === 1 ? key : `${key}/${version}`;
}

function allocation(key: string, weights: readonly number[], share: number, version: HashVersion): Allocation {
  const made = createAllocation({ key, weights, share, version });
  if (!made.ok) throw new Error(`not a compiled experiment: ${made.error.kind}`);
  return made.value;
}
