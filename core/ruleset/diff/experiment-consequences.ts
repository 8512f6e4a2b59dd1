import type { Experiment } from '../../experiment/experiment.ts';
import { stableJson } from '../../lib/stable-json.ts';
import type { Consequence } from './consequence.ts';
import type { ResourceChange } from './content-diff.ts';

/** What becomes of the people in an experiment. */
export function experimentConsequences({ kind, id, before, after }: ResourceChange): readonly Consequence[] {
  if (kind !== 'experiment') return [];
  const [was, is] = [before?.body, after?.body] as unknown as readonly [Experiment | undefined, Experiment | undefined];
  const about = { kind, id };
  const isRunning = is?.status === 'running';
  if (was?.status !== 'running')
    return isRunning
      ? [{ code: 'experimentBegins', about, data: {}, sentence: `Experiment ${id} begins to take people.` }]
      : [];
  if (!isRunning) {
    const winner = is?.winner ?? null;
    const then = winner === null ? 'everybody gets what is configured' : `everybody who qualifies gets ${winner}`;
    return [{ code: 'experimentStops', about, data: { winner }, sentence: `Experiment ${id} stops: ${then}.` }];
  }
  if (was.version !== is.version || differ(was.hash, is.hash))
    return [
      {
        code: 'assignedAnew',
        about,
        data: { version: is.version },
        sentence: `Experiment ${id} runs and gets version ${is.version} or another hash: everybody in it is assigned anew, and its results begin anew.`,
      },
    ];
  const shares = (experiment: Experiment) =>
    Object.fromEntries(experiment.variants.map((variant) => [variant.id, variant.weight]));
  const members = ['coverage', 'layer', 'holdout', 'eligibility'] as const;
  if (!differ(shares(was), shares(is)) && !members.some((member) => differ(was[member], is[member]))) return [];
  return [
    {
      code: 'allocationChanged',
      about,
      data: { before: shares(was), after: shares(is) },
      sentence: `Experiment ${id} runs and takes new people in other shares: its results mix both. Raise its version to begin anew.`,
    },
  ];
}

function differ(one: unknown, other: unknown): boolean {
  return stableJson(one ?? null) !== stableJson(other ?? null);
}
