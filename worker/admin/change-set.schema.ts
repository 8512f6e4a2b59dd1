import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import {
  CHANGE_SET_STATES,
  type ChangeSet,
  type ChangeSetItem,
  type ChangeSetStep,
} from '../../core/ruleset/change-set.ts';
import { KINDS, RESOURCE_KINDS } from '../../core/ruleset/resources.ts';
import { ruleViews, viewsOfStored } from './rule-member.ts';
import { showBody } from './stored-form.ts';

const kind = z.enum(RESOURCE_KINDS as readonly [string, ...string[]]);

export const changeSetSummary = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string(),
    state: z.enum(CHANGE_SET_STATES),
    revision: z.number().int().meta({ description: 'From 1; each act makes it one more' }),
    hash: z.string().meta({ description: 'Over the items: what was looked at is named by it' }),
    createdAt: z.string(),
    createdBy: z.string(),
    updatedAt: z.string(),
    editors: z.array(z.string()).meta({ description: 'Whoever made or edited it: none of them may approve it' }),
    approval: z.object({ by: z.string(), at: z.string() }).nullable(),
    schedule: z.object({ by: z.string(), at: z.string() }).nullable(),
    published: z.object({ by: z.string(), at: z.string(), sequence: z.number().int() }).nullable(),
    failure: z
      .object({ at: z.string(), code: z.string(), detail: z.string() })
      .nullable()
      .meta({ description: 'Why it could not be published when its time came' }),
  })
  .meta({ id: 'ChangeSetSummary' });

const item = z
  .object({
    kind,
    id: z.string(),
    baseVersion: z.number().int().meta({ description: 'The version that it was made from; 0: it is new' }),
    archive: z.boolean(),
    resource: z.unknown().meta({ description: 'In the form that can be put; null: it is archived' }),
    views: ruleViews,
    editedAt: z.string(),
    editedBy: z.string(),
  })
  .meta({ id: 'ChangeSetItem' });

export const changeSetShown = changeSetSummary
  .extend({
    items: z.array(item),
    history: z.array(
      z.object({
        revision: z.number().int(),
        at: z.string(),
        actor: z.string(),
        act: z.string(),
        note: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'ChangeSet' });

export function summaryOf(set: ChangeSet): z.input<typeof changeSetSummary> {
  const { approval, schedule, published, failure } = set;
  return {
    ...set,
    editors: [...set.editors],
    createdAt: formatInstant(set.createdAt),
    updatedAt: formatInstant(set.updatedAt),
    approval: approval && { by: approval.by, at: formatInstant(approval.at) },
    schedule: schedule && { by: schedule.by, at: formatInstant(schedule.at) },
    published: published && { ...published, at: formatInstant(published.at) },
    failure: failure && { ...failure, at: formatInstant(failure.at) },
  };
}

export async function shownOf(set: ChangeSet, items: readonly ChangeSetItem[], history: readonly ChangeSetStep[]) {
  return {
    ...summaryOf(set),
    items: await Promise.all(items.map(showItem)),
    history: history.map(({ revision, at, actor, act, note }) => ({
      revision,
      at: formatInstant(at),
      actor,
      act,
      note,
    })),
  };
}

async function showItem({ kind: of, id, baseVersion, body, editedAt, editedBy }: ChangeSetItem) {
  const resource = body === null ? null : showBody(of, body);
  const hasRule = resource !== null && KINDS[of].expression !== null;
  const views = hasRule ? await viewsOfStored(of, resource) : null;
  return {
    kind: of,
    id,
    baseVersion,
    archive: body === null,
    resource,
    views,
    editedAt: formatInstant(editedAt),
    editedBy,
  };
}
