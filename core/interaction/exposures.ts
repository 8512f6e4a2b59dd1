import { planOf } from '../decision/plan/decision-plan.ts';
import type { Fact } from '../event/event.ts';
import { type Assignments, findAssignment, noteExposure } from '../experiment/assignment.ts';
import { identityKey } from '../identity/identity-key.ts';
import { fingerprint64 } from '../lib/hash.ts';
import type { EventId } from '../lib/ids.ts';
import type { Strand } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { choicesOf } from './choices.ts';

/**
 * `experiment.exposed` for each experiment that a displayed proposition was decided by, the first time that the person sees their variant. A page that echoes the proposition's
 * `experiment` says which; of one that does not, those that have a say in the placement. Counts only where the person is assigned, and the variant is always the assigned one.
 */
export function exposuresBy(
  facts: readonly Fact[],
  strands: readonly Strand[],
  through: Strand,
  ruleset: LoadedRuleset,
): readonly Fact[] {
  const { experiments } = ruleset;
  if (experiments.all.length === 0) return [];
  const shown = facts.filter(({ type }) => type === 'proposition.displayed');
  if (shown.length === 0) return [];
  let { assignments } = choicesOf(strands);
  return shown.flatMap((fact) =>
    experimentsOf(fact, ruleset).flatMap((position): readonly Fact[] => {
      const experiment = experiments.all[position];
      const exposed = experiment && exposure(fact, experiment.id, experiment.version, assignments, through);
      if (!exposed) return [];
      assignments = exposed.assignments;
      return [exposed.fact];
    }),
  );
}

/** Positions of the experiments that a shown proposition counts for. */
export function experimentsOf({ data }: Fact, ruleset: LoadedRuleset): readonly number[] {
  if (typeof data.experiment !== 'string') {
    return planOf(ruleset).placements.get(String(data.placement))?.experiments ?? [];
  }
  const position = ruleset.experiments.positions.get(data.experiment);
  return position === undefined ? [] : [position];
}

function exposure(
  fact: Fact,
  experiment: string,
  version: number,
  assignments: Assignments,
  through: Strand,
): { readonly fact: Fact; readonly assignments: Assignments } | null {
  const variant = findAssignment(assignments, experiment, version)?.variant;
  const noted = noteExposure(assignments, experiment, version, fact.at);
  if (!noted.first || variant === undefined) return null;
  const { consent: _, claims: _c, links: _l, ...rest } = fact;
  const id = `xp_${fingerprint64([experiment, version, variant, identityKey(through.identity)].join('\n'))}` as EventId;
  const data = { experiment, version, variant, proposition: fact.data.proposition ?? null };
  return { fact: { ...rest, id, type: 'experiment.exposed', data }, assignments: noted.assignments };
}
