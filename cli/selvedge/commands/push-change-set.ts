import { connect, describeProblem } from '../admin-api.ts';
import { changeSet } from '../change-set-answers.schema.ts';
import { EXIT } from '../cli-error.ts';
import { startProgress } from '../progress.ts';
import { describePlan } from '../project/describe-plan.ts';
import { answer, type Shell } from '../shell.ts';
import { begin, describeSet } from './changes.ts';
import { type PlanFlags, planOf, presentPlan } from './plan.ts';

export interface PushChangeSetFlags extends PlanFlags {
  readonly changeSet: string;
  readonly note?: string;
}

/** Puts what the files change into a new change set, and leaves the drafts as they are. */
export async function pushChangeSet(shell: Shell, flags: PushChangeSetFlags): Promise<number> {
  const api = await connect(shell);
  const { plan } = await planOf(shell, api, flags);
  if (plan.problems.length > 0 || plan.conflicts.length > 0) {
    answer(shell, { changeSet: null, ...presentPlan(plan) }, () => [
      ...describePlan(plan, []),
      'No change set was made. Mend the problems, or pull and join both sides, and push again.',
    ]);
    return EXIT.problems;
  }
  if (plan.changes.length === 0) {
    answer(shell, { changeSet: null, ...presentPlan(plan) }, () => ['No changes: the drafts say what the files say.']);
    return EXIT.ok;
  }
  const set = await begin(api, flags.changeSet, flags.note);
  const refused: string[] = [];
  const progress = await startProgress(shell, 'propose', plan.changes.length);
  try {
    for (const { kind, id, version, resource } of plan.changes) {
      const put = await api.attempt(changeSet, {
        method: 'PUT',
        path: `/change-sets/${set.id}/items/${kind}/${encodeURIComponent(id)}`,
        expected: version,
        body: resource === null ? { archive: true } : { resource },
      });
      if (!put.ok) {
        const [title = '', ...more] = describeProblem(put.error);
        refused.push(`${kind} ${id}: ${title}`, ...more);
      }
      progress.step();
    }
  } finally {
    progress.stop();
  }
  const made = await api.ask(changeSet, { method: 'GET', path: `/change-sets/${set.id}` });
  answer(shell, { changeSet: made, ...presentPlan(plan), refused }, () => [
    ...describePlan(plan, []).slice(0, -1),
    ...refused,
    ...describeSet(made),
    refused.length === 0
      ? `Live after "selvedge changes publish ${made.id}"; "selvedge changes submit ${made.id}" asks for a review.`
      : 'Not everything is in the set: mend the problems, withdraw it, and push again.',
  ]);
  return refused.length === 0 ? EXIT.ok : EXIT.problems;
}
