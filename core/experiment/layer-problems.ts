import type { Experiment } from './experiment.ts';
import type { ExperimentProblem } from './problem.ts';

/** Why the layers of these experiments would not keep them apart. An overlap is told at each of the two. */
export function layerProblems(experiments: readonly Experiment[]): readonly ExperimentProblem[] {
  const problems: ExperimentProblem[] = [];
  const add = ({ id }: Experiment, pointer: string, code: ExperimentProblem['code'], detail: string) => {
    problems.push({ kind: 'experiment', id, pointer, code, detail });
  };
  const layers = new Map<string, Layered[]>();
  for (const experiment of experiments) {
    const { layer } = experiment;
    if (!layer) continue;
    if (!(layer.from >= 0 && layer.from < layer.to && layer.to <= 1)) {
      const detail = `The range of a layer goes from 0 or more to 1 or less and is not empty: not ${layer.from} to ${layer.to}.`;
      add(experiment, '/layer', 'layerRange', detail);
      continue;
    }
    const one: Layered = { experiment, ...layer };
    const others = layers.get(layer.id) ?? [];
    for (const other of others) {
      if (one.from < other.to && other.from < one.to) {
        add(one.experiment, '/layer', 'layerOverlap', overlap(one, other));
        add(other.experiment, '/layer', 'layerOverlap', overlap(other, one));
      }
    }
    const first = others[0];
    if (first && hashed(first.experiment) !== hashed(experiment)) {
      const detail = `It hashes ${hashed(experiment)}, "${first.experiment.id}" of the same layer ${hashed(first.experiment)}: one person could be in both.`;
      add(experiment, '/hash/attribute', 'layerAttribute', detail);
    }
    layers.set(layer.id, [...others, one]);
  }
  return problems;
}

interface Layered {
  readonly experiment: Experiment;
  readonly from: number;
  readonly to: number;
}

function overlap(one: Layered, other: Layered): string {
  return `"${other.experiment.id}" has ${other.from} to ${other.to} of the layer, which this range (${one.from} to ${one.to}) overlaps.`;
}

/** What decides where a person lies in a layer. */
function hashed({ hash }: Experiment): string {
  return hash.fallback === undefined ? hash.attribute : `${hash.attribute} or ${hash.fallback}`;
}
