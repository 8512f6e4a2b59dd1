import { z } from 'zod';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { CONSEQUENCES, type ConsequenceCode } from '../../core/ruleset/diff/consequence.ts';
import type { ContentResource } from '../../core/ruleset/diff/content-diff.ts';
import { type ContentRef, readContent } from '../services/contents.ts';
import { refused } from './publisher-answer.ts';
import { type AdminAnswer, type Call, COMMON_PROBLEMS, type Operation, type Route, route } from './route.ts';

const REF = /^(?:live|drafts|[1-9]\d{0,14}|chs_[0-9a-v]{1,40})$/;
const ref = z.string().regex(REF, 'live, drafts, a sequence, or the id of a change set');

export const fieldDiff = z
  .object({
    path: z.string().meta({ description: 'As people name it: `variants.red.weight`' }),
    pointer: z.string().meta({ description: 'JSON pointer into what is after; what is gone was there before' }),
    before: z.string().nullable(),
    after: z.string().nullable(),
  })
  .meta({ id: 'FieldDiff', description: 'Strings as they are, rules as text, the rest as JSON; secrets as dots.' });

const diff = z
  .object({
    from: z.string(),
    to: z.string(),
    changes: z.array(
      z.object({
        kind: z.string(),
        id: z.string(),
        name: z.string().nullable(),
        change: z.enum(['added', 'removed', 'changed']),
        fields: z.array(fieldDiff),
      }),
    ),
    consequences: z.array(
      z.object({
        code: z.enum(Object.keys(CONSEQUENCES) as [ConsequenceCode, ...ConsequenceCode[]]),
        about: z.object({ kind: z.string(), id: z.string() }).nullable(),
        data: z.record(z.string(), z.unknown()),
        sentence: z.string(),
      }),
    ),
  })
  .meta({ id: 'Diff' });

export const diffRoutes: readonly Route[] = [
  route(
    {
      id: 'diff',
      method: 'get',
      path: '/diff',
      tag: 'publishing',
      needs: 'read',
      summary: 'Say what differs between two configurations, resource by resource, and what that means',
      query: z.strictObject({ from: ref.default('live'), to: ref.default('drafts') }),
      responses: { 200: diff },
      problems: [...COMMON_PROBLEMS, 'badRequest', 'notFound', 'conflict'],
    },
    (call) => answer(call, call.query.from, call.query.to),
  ),
  route(
    {
      id: 'diffChangeSet',
      method: 'get',
      path: '/change-sets/{set}/diff',
      tag: 'changeSets',
      needs: 'read',
      summary: 'Say what would differ from what is live if the change set were, and what that means',
      responses: { 200: diff },
      problems: [...COMMON_PROBLEMS, 'notFound', 'conflict'],
    },
    (call) => answer(call, 'live', call.param('set')),
  ),
];

async function answer(
  { services, space }: Pick<Call<Operation>, 'services' | 'space'>,
  from: string,
  to: string,
): Promise<AdminAnswer> {
  const [before, after] = [await read(services, space, from), await read(services, space, to)];
  if (!before.ok) return before.error;
  if (!after.ok) return after.error;
  // The printer of rules is loaded when an operator first needs it.
  const { diffContents } = await import('../../core/ruleset/diff/content-diff.ts');
  const { consequencesOf } = await import('../../core/ruleset/diff/consequences.ts');
  const changes = diffContents(before.value, after.value);
  const consequences = consequencesOf(changes, before.value, after.value);
  const shown = changes.map(({ kind, id, name, change, fields }) => ({ kind, id, name, change, fields }));
  return { status: 200, body: { from, to, changes: shown, consequences } };
}

async function read(
  services: Call<Operation>['services'],
  space: Call<Operation>['space'],
  text: string,
): Promise<Result<readonly ContentResource[], AdminAnswer>> {
  const content = await readContent(services, space, refOf(text));
  if (!content.ok) return err(refused(content.error));
  return ok(content.value.map((each) => ({ ...each, body: JSON.parse(each.body) as ContentResource['body'] })));
}

function refOf(text: string): ContentRef {
  if (text === 'live' || text === 'drafts') return { kind: text };
  return /^\d+$/.test(text) ? { kind: 'sequence', sequence: Number(text) } : { kind: 'changeSet', id: text };
}
