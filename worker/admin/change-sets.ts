import { z } from 'zod';
import { parseInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import type { Result } from '../../core/lib/result.ts';
import { CHANGE_SET_STATES } from '../../core/ruleset/change-set.ts';
import type { ChangeSetCommand, ChangeSetDone, HumanAct, PublisherProblem } from '../../core/ruleset/publisher-rpc.ts';
import { changeSetShown, changeSetSummary, shownOf, summaryOf } from './change-set.schema.ts';
import { refused } from './publisher-answer.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';

const title = z.string().trim().min(1).max(200);
const description = z.string().max(2000);
const note = z.string().max(2000).exactOptional();

const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(64).exactOptional(),
  state: z.enum(CHANGE_SET_STATES).exactOptional(),
});

const tag = 'changeSets';
const one = '/change-sets/{set}';
const ACT_PROBLEMS = [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'conflict'] as const;

/** Change sets and what becomes of them; their items and how they go live are in files of their own. */
export const changeSetRoutes: readonly Route[] = [
  route(
    {
      id: 'listChangeSets',
      method: 'get',
      path: '/change-sets',
      tag,
      needs: 'read',
      summary: 'List change sets, newest first',
      query: listQuery,
      responses: { 200: z.object({ items: z.array(changeSetSummary), next: z.string().nullable() }) },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query: { limit: wanted, cursor, state } }) => {
      const found = await services.changeSets.list(space, { limit: wanted + 1, before: cursor, state });
      const items = found.slice(0, wanted);
      const next = found.length > wanted ? (items.at(-1)?.id ?? null) : null;
      return { status: 200, body: { items: items.map(summaryOf), next } };
    },
  ),
  route(
    {
      id: 'createChangeSet',
      method: 'post',
      path: '/change-sets',
      tag,
      needs: 'edit',
      summary: 'Begin a change set: nothing in it is a draft, or live, until it is published',
      body: z.strictObject({ title, description: description.default('') }),
      responses: { 201: changeSetShown },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    async (call) => {
      const made = await call.services
        .publisher(call.space)
        .changeSet({ actor: call.actor, change: { kind: 'create', ...call.body } });
      return made.ok ? showChangeSet(call, made.value.id, 201) : refused(made.error);
    },
  ),
  route(
    {
      id: 'getChangeSet',
      method: 'get',
      path: one,
      tag,
      needs: 'read',
      summary: 'Read a change set with its items and its history',
      responses: { 200: changeSetShown },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    async (call) => showChangeSet(call, call.param('set')),
  ),
  route(
    {
      id: 'editChangeSet',
      method: 'put',
      path: one,
      tag,
      needs: 'edit',
      summary: 'Change title or description; takes the set back to open',
      body: z.strictObject({ title: title.exactOptional(), description: description.exactOptional() }),
      responses: { 200: changeSetShown },
      problems: ACT_PROBLEMS,
    },
    async (call) => acted(call, { kind: 'edit', ...call.body }),
  ),
  actRoute({ id: 'submitChangeSet', verb: 'submit', needs: 'edit', summary: 'Ask for a review' }),
  route(
    {
      id: 'approveChangeSet',
      method: 'post',
      path: `${one}/approve`,
      tag,
      needs: 'publish',
      summary: 'Approve the items that were looked at; nobody approves what they made or edited themselves',
      body: z.strictObject({
        hash: z.string().max(64).meta({ description: 'Of the change set, as it was read' }),
        note,
      }),
      responses: { 200: changeSetShown },
      problems: ACT_PROBLEMS,
    },
    async (call) => acted(call, { kind: 'approve', hash: call.body.hash }, call.body.note),
  ),
  actRoute({ id: 'rejectChangeSet', verb: 'reject', needs: 'publish', summary: 'Send it back to whoever made it' }),
  route(
    {
      id: 'scheduleChangeSet',
      method: 'post',
      path: `${one}/schedule`,
      tag,
      needs: 'publish',
      summary: 'Publish it later, by itself; if it cannot be published then, it fails as a whole',
      body: z.strictObject({
        at: z.string().refine((text) => parseInstant(text) !== null, 'an instant such as 2026-12-01T08:00:00Z'),
        note,
      }),
      responses: { 200: changeSetShown },
      problems: [...ACT_PROBLEMS, 'needsReview'],
    },
    async (call) => {
      const at = parseInstant(call.body.at);
      const most = call.services.now() + limit('changeSetAheadMs');
      if (at === null || at > most) {
        const days = limit('changeSetAheadMs') / 86_400_000;
        const detail = `a publish can be scheduled ${days} days ahead at most`;
        return { problem: 'invalid', extras: { errors: [{ pointer: '/at', code: 'tooFar', detail }] } };
      }
      return acted(call, { kind: 'schedule', at }, call.body.note);
    },
  ),
  actRoute({
    id: 'unscheduleChangeSet',
    verb: 'unschedule',
    needs: 'publish',
    summary: 'Take it off the schedule, or up again after it failed',
  }),
  actRoute({ id: 'withdrawChangeSet', verb: 'withdraw', needs: 'edit', summary: 'Give it up, for good' }),
];

/** An act that takes nothing but a note. */
function actRoute({
  id,
  verb,
  needs,
  summary,
}: {
  readonly id: string;
  readonly verb: 'submit' | 'reject' | 'unschedule' | 'withdraw';
  readonly needs: 'edit' | 'publish';
  readonly summary: string;
}): Route {
  return route(
    {
      id,
      method: 'post',
      path: `${one}/${verb}`,
      tag,
      needs,
      summary,
      body: z.strictObject({ note }),
      bodyOptional: true,
      responses: { 200: changeSetShown },
      problems: ACT_PROBLEMS,
    },
    async (call) => acted(call, { kind: verb }, call.body.note),
  );
}

type AnyCall = Pick<Call<Operation>, 'services' | 'space' | 'actor' | 'param'>;

async function acted(call: AnyCall, act: HumanAct, said?: string): Promise<AdminAnswer> {
  return changed(call, { kind: 'act', id: call.param('set'), act, note: said ?? null });
}

/** Has the publisher do it, and shows what became of the set. */
export async function changed(call: AnyCall, change: ChangeSetCommand['change']): Promise<AdminAnswer> {
  const done: Result<ChangeSetDone, PublisherProblem> = await call.services
    .publisher(call.space)
    .changeSet({ actor: call.actor, change });
  return done.ok ? showChangeSet(call, done.value.id) : refused(done.error);
}

export async function showChangeSet(
  { services, space }: Pick<AnyCall, 'services' | 'space'>,
  id: string,
  status: 200 | 201 = 200,
): Promise<AdminAnswer> {
  const set = await services.changeSets.find(space, id);
  if (!set) return { problem: 'notFound' };
  const [items, history] = await Promise.all([
    services.changeSets.items(space, id),
    services.changeSets.reviews(space, id),
  ]);
  return { status, body: await shownOf(set, items, history) };
}
