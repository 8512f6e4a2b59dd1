import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { AUDIT_ACTIONS } from '../../core/ruleset/audit-entry.ts';
import { pageQuery } from './page-query.ts';
import { refused } from './publisher-answer.ts';
import { COMMON_PROBLEMS, type Route, route } from './route.ts';

const entry = z
  .object({
    number: z.number().int(),
    at: z.string(),
    actor: z.string(),
    requestId: z.string(),
    from: z.string().nullable().meta({
      description:
        'Country and a keyed hash of the address: equal where the address is equal. null: a job, unknown, or before this was kept',
    }),
    action: z.enum(AUDIT_ACTIONS),
    kind: z.string(),
    subject: z.string(),
    beforeVersion: z.number().int().nullable(),
    beforeHash: z.string().nullable(),
    afterVersion: z.number().int().nullable(),
    afterHash: z.string().nullable(),
    note: z.string().nullable(),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({
    id: 'AuditEntry',
    description: 'Hashes are SHA-256 of stored forms; each entry carries the hash of the one before it.',
  });

export const auditRoutes: readonly Route[] = [
  route(
    {
      id: 'listAudit',
      method: 'get',
      path: '/audit',
      tag: 'audit',
      needs: 'audit',
      summary: 'List who changed what, newest first',
      query: pageQuery,
      responses: { 200: z.object({ items: z.array(entry), next: z.number().int().nullable() }) },
      problems: [...COMMON_PROBLEMS, 'badRequest'],
    },
    async ({ services, space, query }) => {
      const page = await services.publisher(space).audit(query);
      if (!page.ok) return refused(page.error);
      const items = page.value.map((each) => ({ ...each, at: formatInstant(each.at) }));
      return { status: 200, body: { items, next: items.length < query.limit ? null : (items.at(-1)?.number ?? null) } };
    },
  ),
  route(
    {
      id: 'verifyAudit',
      method: 'get',
      path: '/audit/verify',
      tag: 'audit',
      needs: 'audit',
      summary: 'Recompute the chain of hashes over every entry and every body it speaks of',
      responses: {
        200: z.object({
          intact: z.boolean(),
          entries: z.number().int(),
          broken: z
            .object({ number: z.number().int(), why: z.enum(['missing', 'altered', 'unlinked', 'body', 'truncated']) })
            .nullable(),
        }),
      },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space }) => {
      const report = await services.publisher(space).verifyAudit();
      return report.ok ? { status: 200, body: report.value } : refused(report.error);
    },
  ),
];
