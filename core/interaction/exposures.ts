import type { Fact } from '../event/event.ts';
import { findAssignment, noteExposure } from '../experiment/assignment.ts';
import { identityKey } from '../identity/identity-key.ts';
import { fingerprint64 } from '../lib/hash.ts';
import type { EventId } from '../lib/ids.ts';
import type { Strand } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { choicesOf } from './choices.ts';

/**
 * `experiment.exposed` for each experiment that a displayed proposition was decided by, the first time that the person sees their variant. What a page names counts only where
 * there is such an assignment, and the variant is always the assigned one.
 */
export function exposuresBy(
  facts: readonly Fact[],
  strands: readonly Strand[],
  through: Strand,
  experiments: LoadedRuleset['experiments'],
): readonly Fact[] {
  const shown = facts.filter(
    ({ type, data }) => type === 'proposition.displayed' && typeof data.experiment === 'string',
  );
  if (shown.length === 0 || !experiments) return [];
  let { assignments } = choicesOf(strands);
  return shown.flatMap((fact): readonly Fact[] => {
    const position = experiments.positions.get(String(fact.data.experiment));
    const experiment = position === undefined ? undefined : experiments.all[position];
    if (!experiment) return [];
    const { id: name, version } = experiment;
    const noted = noteExposure(assignments, name, version, fact.at);
    const variant = findAssignment(assignments, name, version)?.variant;
    if (!noted.first || variant === undefined) return [];
    assignments = noted.assignments;
    const { consent: _, claims: _c, links: _l, ...rest } = fact;
    const id = `xp_${fingerprint64([name, version, variant, identityKey(through.identity)].join('\n'))}` as EventId;
    const data = { experiment: name, version, variant, proposition: fact.data.proposition ?? null };
    return [{ ...rest, id, type: 'experiment.exposed', data }];
  });
}
