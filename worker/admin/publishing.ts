import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import type { ContentPart } from '../../core/ruleset/content.ts';
import { goneLive, percent, published } from './gone-live.ts';
import { pageQuery } from './page-query.ts';
import { refused } from './publisher-answer.ts';
import { BODY_PROBLEMS, COMMON_PROBLEMS, type Route, route } from './route.ts';
import { rulesetProblem } from './ruleset-problem.ts';

const sequence = z.object({
  sequence: z.number().int(),
  publishedAt: z.string(),
  actor: z.string(),
  note: z.string().nullable(),
  percent: z.number().int().nullable().meta({ description: 'Of the profiles that had it then; null: all' }),
  restored: z.number().int().nullable(),
  data: z.string().nullable().meta({ description: 'Families of data that it replaced; null: it brought rules' }),
  changeSet: z.string().nullable().meta({ description: 'The change set that it brought' }),
});

const content = z.object({
  sequence: z.number().int(),
  resources: z.array(z.object({ kind: z.string(), id: z.string(), version: z.number().int() })),
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
      body: z.strictObject({ note: z.string().max(500).exactOptional(), percent }),
      bodyOptional: true,
      responses: { 201: published },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'conflict', 'draftInvalid', 'frozen', 'needsReview'],
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
  route(
    {
      id: 'getSequenceContent',
      method: 'get',
      path: '/sequences/{sequence}/content',
      tag: 'publishing',
      needs: 'read',
      summary: 'List which version of each resource a sequence was compiled of',
      responses: { 200: content },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    async ({ services, space, param }) => {
      const wanted = Number(param('sequence'));
      const publisher = services.publisher(space);
      const manifest = await publisher.manifest(Number.isSafeInteger(wanted) ? wanted : 0);
      if (!manifest.ok) return refused(manifest.error);
      if (!manifest.value) return { problem: 'notFound' };
      const part = await publisher.part(manifest.value.parts.content ?? '');
      if (!part.ok) return refused(part.error);
      const detail = 'That sequence was published before contents were kept.';
      if (part.value === null) return { problem: 'notFound', extras: { detail } };
      const { resources } = JSON.parse(part.value) as ContentPart;
      return {
        status: 200,
        body: { sequence: wanted, resources: resources.map(([kind, id, version]) => ({ kind, id, version })) },
      };
    },
  ),
];
