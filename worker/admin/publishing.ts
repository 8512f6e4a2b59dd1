import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import type { Result } from '../../core/lib/result.ts';
import type { Published, PublisherProblem } from '../../core/ruleset/publisher-rpc.ts';
import { pageQuery } from './page-query.ts';
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
import { rulesetProblem } from './ruleset-problem.ts';

const publishWarning = z
  .object({ kind: z.string(), id: z.string(), pointer: z.string(), code: z.string(), detail: z.string() })
  .meta({ id: 'PublishWarning' });

const published = z.object({
  sequence: z.number().int(),
  publishedAt: z.string(),
  /** The cache has it; if not, it follows within seconds. */
  cached: z.boolean(),
  /** Name of each part → SHA-256 of its content. */
  parts: z.record(z.string(), z.string()),
  warnings: z
    .array(publishWarning)
    .meta({ description: 'What the change means for people who are known already; it is live all the same' }),
});

const sequence = z.object({
  sequence: z.number().int(),
  publishedAt: z.string(),
  actor: z.string(),
  note: z.string().nullable(),
  restored: z.number().int().nullable(),
  data: z.string().nullable().meta({ description: 'Families of data that it replaced; null: it brought rules' }),
});

export const publishingRoutes: readonly Route[] = [
  route(
    {
      id: 'publish',
      method: 'post',
      path: '/publish',
      tag: 'publishing',
      needs: 'publish',
      summary: 'Compile the drafts and make them live under the next sequence',
      body: z.strictObject({ note: z.string().max(500).exactOptional() }),
      bodyOptional: true,
      responses: { 201: published },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'draftInvalid'],
    },
    async (call) =>
      goneLive(call, await call.services.publisher(call.space).publish({ actor: call.actor, ...call.body })),
  ),
  route(
    {
      id: 'validate',
      method: 'post',
      path: '/validate',
      tag: 'publishing',
      needs: 'read',
      summary: 'Say everything that would keep the drafts from being published, and publish nothing',
      body: z.strictObject({}),
      bodyOptional: true,
      responses: { 200: z.object({ valid: z.boolean(), problems: z.array(rulesetProblem) }) },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    async ({ services, space }) => {
      const { config, now } = services;
      const drafts = await config.readDraft(space);
      const { compileDraft } = await import('../../core/ruleset/draft.ts');
      const compiled = compileDraft(
        space,
        drafts.map(({ kind, id, body }) => ({ kind, id, body: JSON.parse(body) as unknown })),
        now(),
      );
      return { status: 200, body: { valid: compiled.ok, problems: compiled.ok ? [] : compiled.error } };
    },
  ),
  route(
    {
      id: 'rollback',
      method: 'post',
      path: '/rollback',
      tag: 'publishing',
      needs: 'publish',
      summary:
        'Make the content of an old sequence live under a new one; credentials taken away since stay away, drafts stay as they are',
      body: z.strictObject({ sequence: z.number().int().min(1) }),
      responses: { 201: published },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'conflict'],
    },
    async (call) =>
      goneLive(
        call,
        await call.services.publisher(call.space).rollback({ actor: call.actor, sequence: call.body.sequence }),
      ),
  ),
  route(
    {
      id: 'listSequences',
      method: 'get',
      path: '/sequences',
      tag: 'publishing',
      needs: 'read',
      summary: 'List what was published, newest first; the first of all is live',
      query: pageQuery,
      responses: { 200: z.object({ items: z.array(sequence), next: z.number().int().nullable() }) },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query }) => {
      const page = await services.publisher(space).sequences(query);
      if (!page.ok) return refused(page.error);
      const items = page.value.map((each) => ({ ...each, publishedAt: formatInstant(each.publishedAt) }));
      return {
        status: 200,
        body: { items, next: items.length < query.limit ? null : (items.at(-1)?.sequence ?? null) },
      };
    },
  ),
];

/** Live in this isolate before the operator reads the answer; elsewhere it follows within a minute. */
async function goneLive(
  { services, space }: Call<Operation>,
  result: Result<Published, PublisherProblem>,
): Promise<AdminAnswer> {
  if (!result.ok) return refused(result.error);
  // It is published either way: a failure here only means that this isolate learns of it later.
  await services.rulesets.refreshNow(space).catch(() => null);
  const { manifest, cached, warnings } = result.value;
  const { sequence, publishedAt, parts } = manifest;
  return { status: 201, body: { sequence, publishedAt: formatInstant(publishedAt), cached, parts, warnings } };
}
