import { z } from 'zod';
import { limit } from '../../../core/lib/limits.ts';
import { fieldDiffs } from '../../../core/ruleset/diff/field-diff.ts';
import { KINDS } from '../../../core/ruleset/resources.ts';
import { type AdminApi, connect, describeProblem } from '../admin-api.ts';
import { type ShownResource, shownResource } from '../answers.schema.ts';
import { EXIT } from '../cli-error.ts';
import { startProgress } from '../progress.ts';
import { type Base, hashOf, readBase, writeBase } from '../project/base-file.ts';
import { canonicalResource } from '../project/canonical.ts';
import { describeConflict, describePlan, summary } from '../project/describe-plan.ts';
import type { Change, Conflict, Plan } from '../project/make-plan.ts';
import { keyOf } from '../project/resource-key.ts';
import { answer, type Shell } from '../shell.ts';
import { type PlanFlags, planOf, presentPlan } from './plan.ts';
import { describePublished, publishDrafts } from './publish.ts';

interface PushFlags extends PlanFlags {
  readonly publish?: boolean;
  readonly note?: string;
}

interface Pushed {
  readonly done: Change[];
  readonly late: Conflict[];
  readonly refused: string[];
}

/** Makes the server's drafts say what the files say. Each change goes through only if the server still has what the plan saw. */
export async function push(shell: Shell, flags: PushFlags): Promise<number> {
  const api = await connect(shell);
  const { plan } = await planOf(shell, api, flags);
  if (plan.problems.length > 0 || plan.conflicts.length > 0) {
    answer(shell, { pushed: 0, ...presentPlan(plan) }, () => [
      ...describePlan(plan, []),
      plan.conflicts.length > 0
        ? 'Nothing was pushed. Pull, join both sides in the files, and push again; --force takes the files as they are.'
        : 'Nothing was pushed. Mend the problems and push again.',
    ]);
    return EXIT.problems;
  }
  const known = await readBase(shell.folder, api.login.url, api.login.space);
  const resources: Base['resources'] = { ...known?.resources };
  for (const [key, { version, hash }] of plan.agreed) resources[key] = { version, hash };
  const pushed = await applyChanges(shell, api, plan, resources);
  await writeBase(shell.folder, { url: api.login.url, space: api.login.space, resources });
  const isWhole = pushed.late.length === 0 && pushed.refused.length === 0;
  const published = flags.publish && isWhole ? await publishDrafts(api, flags.note) : null;
  const body = {
    pushed: pushed.done.length,
    ...presentPlan({ ...plan, conflicts: pushed.late }),
    refused: pushed.refused,
  };
  answer(shell, { ...body, published }, () => [
    ...describePlan({ ...plan, changes: pushed.done }, []).slice(0, -1),
    ...pushed.late.flatMap(describeConflict),
    ...pushed.refused,
    pushed.done.length === 0 && isWhole
      ? 'No changes: the drafts say what the files say.'
      : summary({ changes: pushed.done, conflicts: pushed.late, problems: [] }, true),
    ...(published ? describePublished(published) : []),
    ...(pushed.done.length > 0 && isWhole && !flags.publish ? ['Live after "selvedge publish".'] : []),
  ]);
  return isWhole ? EXIT.ok : EXIT.problems;
}

async function applyChanges(
  shell: Shell,
  api: AdminApi,
  { changes }: Plan,
  resources: Base['resources'],
): Promise<Pushed> {
  const pushed: Pushed = { done: [], late: [], refused: [] };
  const progress = await startProgress(shell, 'push', changes.length);
  try {
    for (const change of changes.filter(({ resource }) => resource !== null)) {
      await applyOne(api, change, pushed, resources);
      progress.step();
    }
    const gone = changes.filter(({ resource }) => resource === null);
    for (let from = 0; from < gone.length; from += TOGETHER) {
      await archiveAll(api, gone.slice(from, from + TOGETHER), pushed, resources);
      for (const _ of gone.slice(from, from + TOGETHER)) progress.step();
    }
  } finally {
    progress.stop();
  }
  return pushed;
}

async function applyOne(api: AdminApi, change: Change, pushed: Pushed, resources: Base['resources']): Promise<void> {
  const { kind, id, version, resource } = change;
  const path = `/${KINDS[kind].plural}/${encodeURIComponent(id)}`;
  const answered = await api.attempt(shownResource, { method: 'PUT', path, expected: version, body: resource });
  if (answered.ok) {
    pushed.done.push(change);
    noteBase(resources, change, answered.value);
  } else if (answered.error.type.endsWith('/staleVersion')) {
    const there = shownResource.safeParse(answered.error.current);
    pushed.late.push(lateConflict(change, there.success ? there.data : null));
  } else {
    const [title = '', ...more] = describeProblem(answered.error);
    pushed.refused.push(`${kind} ${id}: ${title}`, ...more);
  }
}

/** So many go at once. */
const TOGETHER = limit('importResources');

const archivedItems = z.looseObject({
  items: z.array(
    z.looseObject({
      outcome: z.string(),
      code: z.string().nullable(),
      detail: z.string().nullable(),
      usedBy: z.array(z.looseObject({ kind: z.string(), id: z.string() })),
    }),
  ),
});

/** What goes may use each other, so it goes together. */
async function archiveAll(
  api: AdminApi,
  changes: readonly Change[],
  pushed: Pushed,
  resources: Base['resources'],
): Promise<void> {
  const body = { items: changes.map(({ kind, id, version }) => ({ kind, id, version })) };
  const { items } = await api.ask(archivedItems, { method: 'POST', path: '/resources/archive', body });
  for (const [i, change] of changes.entries()) {
    const { outcome = 'refused', code = null, detail = null, usedBy = [] } = items[i] ?? {};
    if (outcome !== 'refused') {
      pushed.done.push(change);
      noteBase(resources, change, null);
    } else if (code === 'staleVersion') {
      const path = `/${KINDS[change.kind].plural}/${encodeURIComponent(change.id)}`;
      const there = await api.attempt(shownResource, { method: 'GET', path });
      pushed.late.push(lateConflict(change, there.ok ? there.value : null));
    } else {
      pushed.refused.push(`${change.kind} ${change.id}: not archived: ${detail ?? code ?? 'refused'}`);
      pushed.refused.push(...usedBy.map((user) => `  used by ${user.kind} ${user.id}`));
    }
  }
}

function noteBase(resources: Base['resources'], { kind, id }: Change, now: ShownResource | null): void {
  const key = keyOf({ kind, id });
  if (now === null) delete resources[key];
  else resources[key] = { version: now.version, hash: hashOf(canonicalResource(kind, now.resource, null)) };
}

/** Somebody was faster, between the plan and the push. */
function lateConflict({ kind, id, resource }: Change, there: ShownResource | null): Conflict {
  if (!there) return { kind, id, updatedBy: 'somebody', updatedAt: 'just now', fields: [] };
  const theirs = canonicalResource(kind, there.resource, null);
  const ours = resource === null ? {} : canonicalResource(kind, resource, theirs);
  return { kind, id, updatedBy: there.updatedBy, updatedAt: there.updatedAt, fields: fieldDiffs(kind, theirs, ours) };
}
