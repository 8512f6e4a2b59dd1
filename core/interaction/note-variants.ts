import type { Proposition } from '../decision/proposition.ts';
import type { Fact } from '../event/event.ts';
import { findAssignment, HELD, OPEN } from '../experiment/assignment.ts';
import type { LoadedExperiment } from '../experiment/loaded-experiments.ts';
import type { Strand } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { choicesOf } from './choices.ts';
import type { OutboxChunk } from './outbox.ts';
import { addResult, type Results } from './results.ts';

/** What variants decided in an answer, by name in the results: once for each proposition that names one. Not what is rolled out, or forced. */
export function variantsDecided(
  propositions: readonly Proposition[],
  { experiments }: Pick<LoadedRuleset, 'experiments'>,
): readonly string[] {
  return propositions.flatMap(({ reason, experiment: id, variant }) => {
    if (reason !== 'assigned' || id === undefined || variant === undefined) return [];
    const experiment = experiments.all[experiments.positions.get(id) ?? -1];
    return experiment ? [variantKey(experiment, variant).join('\n')] : [];
  });
}

/** `by`: -1 takes back what an earlier answer to the same request counted. */
export function countVariants(chunk: OutboxChunk, names: readonly string[], by: 1 | -1): void {
  if (names.length === 0) return;
  chunk.results ??= {};
  for (const name of names) {
    addResult(chunk.results, name.split('\n'), [by, 0, 0]);
    if (chunk.results[name]?.every((sum) => sum === 0)) delete chunk.results[name];
  }
  if (Object.keys(chunk.results).length === 0) delete chunk.results;
}

/** An impression or a click of what experiments decided: counts for the variant that the person has, whatever the page says. */
export function noteShown(
  strands: readonly Strand[],
  tests: readonly LoadedExperiment[],
  { type }: Pick<Fact, 'type'>,
  results: Results,
): void {
  if (tests.length === 0) return;
  const { assignments } = choicesOf(strands);
  for (const test of tests) {
    const variant = findAssignment(assignments, test.id, test.version)?.variant;
    if (variant === undefined || variant === HELD || variant === OPEN) continue;
    addResult(results, variantKey(test, variant), type === 'proposition.clicked' ? [0, 0, 1] : [0, 1, 0]);
  }
}

function variantKey({ id, version }: LoadedExperiment, variant: string): readonly string[] {
  return ['variant', id, String(version), variant];
}
