import { z } from 'zod';
import type { Space } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { RESOURCE_KINDS, type ResourceKind } from '../../core/ruleset/resources.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import type { AdminServices } from '../services/admin-services.ts';
import { importArchive, importOutcome } from './import-archive.ts';
import { BODY_PROBLEMS, COMMON_PROBLEMS, type Route, route } from './route.ts';
import { showBody } from './stored-form.ts';

/** Of the form below; a newer one is refused. */
const FORMAT = 1;
const tag = 'resources';

const leftOut = z.object({ kind: z.enum(RESOURCE_KINDS), id: z.string(), what: z.string() });
const archive = z
  .object({
    format: z.literal(FORMAT),
    space: z.string(),
    exportedAt: z.string(),
    resources: z.array(z.object({ kind: z.enum(RESOURCE_KINDS), resource: z.looseObject({ id: z.string() }) })),
    leftOut: z.array(leftOut).meta({ description: 'Secrets, which an archive never holds' }),
  })
  .meta({ id: 'Archive' });

/** Each resource is checked by itself, so that one that does not fit keeps no other back. */
const archiveInput = z.strictObject({
  format: z.literal(FORMAT),
  space: z.string().max(64).exactOptional(),
  exportedAt: z.string().max(40).exactOptional(),
  resources: z
    .array(z.strictObject({ kind: z.enum(RESOURCE_KINDS), resource: z.unknown() }))
    .max(limit('importResources')),
  leftOut: z.array(z.unknown()).exactOptional(),
});

const importQuery = z.strictObject({
  dryRun: z.stringbool().default(false).meta({ description: 'Only tell what it would do' }),
  into: z
    .enum(['changeSet', 'drafts'])
    .default('changeSet')
    .meta({ description: 'changeSet: a new one, to be looked at and published; drafts: at once' }),
});

/** Everything that is configured as one file, and back. */
export const archiveRoutes: readonly Route[] = [
  route(
    {
      id: 'exportArchive',
      method: 'get',
      path: '/export',
      tag,
      needs: 'read',
      summary: 'Everything that is configured as one archive, without secrets',
      responses: { 200: archive },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space }) => ({
      stream: streamOf(writeArchive(services.config, space, formatInstant(services.now()))),
      type: 'application/json',
    }),
  ),
  route(
    {
      id: 'importArchive',
      method: 'post',
      path: '/import',
      tag,
      needs: 'edit',
      summary: 'Put the resources of an archive into a change set, or into the drafts; what it does not name stays',
      query: importQuery,
      body: archiveInput,
      largeBody: 'importBytes',
      responses: {
        200: z.object({
          dryRun: z.boolean(),
          changeSet: z.string().nullable().meta({ description: 'The new one; null: nothing went into one' }),
          items: z.array(importOutcome),
        }),
      },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'badRequest'],
    },
    async (call) => importArchive(call, call.body.resources, call.query),
  ),
];

/** A line a resource, so that archives can be compared as text. Read page by page: what is changed meanwhile may be in it as it was or as it is. */
async function* writeArchive(
  config: AdminServices['config'],
  space: Space,
  exportedAt: string,
): AsyncGenerator<string> {
  yield `{"format":${FORMAT},"space":${JSON.stringify(space)},"exportedAt":"${exportedAt}","resources":[`;
  const secrets: z.output<typeof leftOut>[] = [];
  let count = 0;
  for await (const page of config.draftPages(space)) {
    const lines = page.map((stored) => {
      const kind = stored.kind as ResourceKind;
      secrets.push(...secretsOf(kind, stored));
      return JSON.stringify({ kind, resource: exported(kind, stored) });
    });
    if (lines.length > 0) yield `${count === 0 ? '' : ','}\n${lines.join(',\n')}`;
    count += lines.length;
  }
  yield `\n],"leftOut":${JSON.stringify(secrets)}}\n`;
}

/** A server key is of the server that it was made on: its hash is of no use elsewhere. */
function exported(kind: ResourceKind, { body }: StoredVersion): unknown {
  const shown = showBody(kind, body);
  if (kind !== 'source') return shown;
  const { serverKeyHashes: _, ...rest } = shown as Readonly<Record<string, unknown>>;
  return rest;
}

function secretsOf(kind: ResourceKind, { id, body }: StoredVersion): readonly z.output<typeof leftOut>[] {
  if (kind !== 'source') return [];
  const { proofKeys = [], serverKeyHashes = [] } = JSON.parse(body) as {
    readonly proofKeys?: readonly { readonly kid: string; readonly alg: string }[];
    readonly serverKeyHashes?: readonly string[];
  };
  return [
    ...proofKeys.flatMap(({ kid, alg }) => (alg === 'HS256' ? [{ kind, id, what: `secret of proof key ${kid}` }] : [])),
    ...(serverKeyHashes.length > 0 ? [{ kind, id, what: 'server keys' }] : []),
  ];
}

function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await texts.return(undefined);
    },
  });
}
