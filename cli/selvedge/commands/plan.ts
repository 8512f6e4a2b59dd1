import type { Instant } from '../../../core/lib/ids.ts';
import { type AdminApi, connect } from '../admin-api.ts';
import { EXIT } from '../cli-error.ts';
import { readBase } from '../project/base-file.ts';
import { compileProject } from '../project/compile-project.ts';
import { describePlan, describeProblems } from '../project/describe-plan.ts';
import { isAboutUnread, makePlan, type Plan } from '../project/make-plan.ts';
import { readProject } from '../project/read-project.ts';
import { type Remote, readRemote, readUnpublished } from '../project/remote.ts';
import { requireSpace } from '../project/require-space.ts';
import { answer, type Shell } from '../shell.ts';
import { askShadow, describeShadow } from './shadow.ts';

export interface PlanFlags {
  readonly prune?: boolean;
  readonly force?: boolean;
  readonly exitCode?: boolean;
  readonly shadow?: boolean;
  readonly changeSet?: string;
}

/** `plan --exit-code`: there are changes and nothing is wrong with them. */
const CHANGES = 2;

/** Checks the files by themselves, as a publish of nothing else would. Asks no server. */
export async function validate(shell: Shell): Promise<number> {
  const project = await readProject(shell.folder);
  const compiled = compileProject(project.space, project.resources, project.resources, Date.now() as Instant);
  const problems = [...project.problems, ...compiled.filter((problem) => !isAboutUnread(problem, project))];
  const { length: files } = project.resources;
  answer(shell, { valid: problems.length === 0, resources: files, problems }, () => [
    ...describeProblems(problems),
    problems.length === 0
      ? `${files} ${files === 1 ? 'resource is' : 'resources are'} sound.`
      : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`,
  ]);
  return problems.length === 0 ? EXIT.ok : EXIT.problems;
}

/** Says what a push would do. Changes nothing. */
export async function plan(shell: Shell, flags: PlanFlags): Promise<number> {
  const api = await connect(shell);
  const { plan: made, remote } = await planOf(shell, api, flags);
  const unpublished = await readUnpublished(api, remote);
  const shadow = flags.shadow ? await askShadow(api, flags.changeSet) : null;
  const told = { url: api.login.url, space: api.login.space, ...presentPlan(made), unpublished };
  answer(shell, shadow ? { ...told, shadow } : told, () => [
    ...describePlan(made, unpublished),
    ...(shadow ? ['', ...shadowNote(made, flags), ...describeShadow(shadow)] : []),
  ]);
  if (made.problems.length > 0 || made.conflicts.length > 0) return EXIT.problems;
  return flags.exitCode && made.changes.length > 0 ? CHANGES : EXIT.ok;
}

/** What is only in files cannot be tried. */
function shadowNote({ changes }: Plan, { changeSet }: PlanFlags): readonly string[] {
  if (changeSet !== undefined) return [`If the change set ${changeSet} were published:`];
  const rest = changes.length === 0 ? '' : ` (without the ${changes.length} above, which are not pushed yet)`;
  return [`If the drafts of the server were published${rest}:`];
}

export async function planOf(
  { folder }: Shell,
  api: AdminApi,
  { prune = false, force = false }: PlanFlags,
): Promise<{ readonly plan: Plan; readonly remote: Remote }> {
  await requireSpace(folder, api.login);
  const [project, base] = [await readProject(folder), await readBase(folder, api.login.url, api.login.space)];
  const remote = await readRemote(api);
  return { plan: makePlan(project, remote, base, { prune, force }, Date.now() as Instant), remote };
}

/** As JSON: what is put is in the files, and the rest is ours. */
export function presentPlan({ changes, agreed: _, ...rest }: Plan): object {
  return { changes: changes.map(({ resource: __, ...change }) => change), ...rest };
}
