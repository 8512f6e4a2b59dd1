import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { checkUploadedPart, uploadedPartSchema } from '../../core/ruleset/data-part.schema.ts';
import { type CatalogueInfo, partsOf } from '../../core/ruleset/data-parts.ts';
import type { Manifest, ManifestParts } from '../../core/ruleset/manifest.ts';
import type { AdminServices } from '../services/admin-services.ts';
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

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 as 64 hex digits');
const partName = z.string().regex(/^(?:catalogue|neighbours\/similar)\/\d{1,4}$/, 'catalogue/0, neighbours/similar/0');
const parts = z
  .record(partName, hash)
  .refine((all) => Object.keys(all).length <= limit('catalogueParts'), `at most ${limit('catalogueParts')} parts`)
  .meta({ description: 'Name of each part → SHA-256 of its JSON' });
const refusedRows = z
  .record(z.string().max(40), z.int().min(0))
  .meta({ description: 'Rows that were refused, by reason' });

const catalogue = z
  .object({
    items: z.int(),
    currency: z.string(),
    shards: z.int(),
    importedAt: z.string(),
    refused: refusedRows,
    /** Sequence that is live. */
    sequence: z.int(),
    neighbours: z
      .object({ viewed: z.int(), bought: z.int(), similar: z.int() })
      .meta({ description: 'Parts of each kind' }),
    popularity: z.int().meta({ description: 'Parts' }),
  })
  .meta({ id: 'Catalogue' });

/**
 * A catalogue comes in parts, each under the hash of its content. Begin: ask which are missing; append: send these; commit: make all live together. Whatever breaks
 * off can begin again, and sends only what is still missing.
 */
export const catalogueRoutes: readonly Route[] = [
  route(
    {
      id: 'readCatalogue',
      method: 'get',
      path: '/catalogue',
      tag: 'catalogue',
      needs: 'read',
      summary: 'What the live catalogue holds',
      responses: { 200: catalogue },
      problems: [...COMMON_PROBLEMS, 'notFound', 'notPublished'],
    },
    async ({ services, space }) => {
      const current = await services.publisher(space).current();
      if (!current.ok) return refused(current.error);
      return current.value ? told(services, current.value, 200) : { problem: 'notPublished' };
    },
  ),
  route(
    {
      id: 'missingCatalogueParts',
      method: 'post',
      path: '/catalogue/missing',
      tag: 'catalogue',
      needs: 'publish',
      summary: 'Which parts of an upload are not here yet; those that are wait for another day',
      body: z.strictObject({ parts }),
      largeBody: 'catalogueUploadBytes',
      responses: { 200: z.object({ missing: z.array(z.string()) }) },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    async ({ services, space, body }) => {
      const missing = await services.publisher(space).missingParts(Object.values(body.parts));
      if (!missing.ok) return refused(missing.error);
      const wanted = new Set(missing.value);
      const names = Object.entries(body.parts).flatMap(([name, of]) => (wanted.has(of) ? [name] : []));
      return { status: 200, body: { missing: names } };
    },
  ),
  route(
    {
      id: 'sendCataloguePart',
      method: 'post',
      path: '/catalogue/parts',
      tag: 'catalogue',
      needs: 'publish',
      summary: 'Send one part; nothing is live yet',
      body: uploadedPartSchema,
      largeBody: 'catalogueUploadBytes',
      responses: { 201: z.object({ name: z.string(), hash: z.string() }) },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    async ({ services, space, body }) => {
      const checked = checkUploadedPart(body);
      if (!checked.ok)
        return { problem: 'invalid', extras: { errors: [{ pointer: '', code: 'badPart', detail: checked.error }] } };
      const stored = await services.publisher(space).storePart(JSON.stringify(body));
      return stored.ok ? { status: 201, body: { name: checked.value, hash: stored.value } } : refused(stored.error);
    },
  ),
  route(
    {
      id: 'putCatalogue',
      method: 'put',
      path: '/catalogue',
      tag: 'catalogue',
      needs: 'publish',
      summary: 'Make uploaded parts the catalogue, all together, under a new sequence; rules stay as they are',
      body: z.strictObject({ parts, refused: refusedRows.default({}) }),
      largeBody: 'catalogueUploadBytes',
      responses: { 200: catalogue },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'conflict', 'notPublished'],
    },
    async (call) => putCatalogue(call, call.body.parts, call.body.refused),
  ),
];

async function putCatalogue(
  { services, space, actor }: Call<Operation>,
  given: ManifestParts,
  refusedBy: Readonly<Record<string, number>>,
): Promise<AdminAnswer> {
  const publisher = services.publisher(space);
  const looked = await lookAt(services, space, given);
  if (!('info' in looked)) return looked;
  const info: CatalogueInfo = { ...looked.info, importedAt: services.now(), refused: refusedBy };
  const stored = await publisher.storePart(JSON.stringify(info));
  if (!stored.ok) return refused(stored.error);
  const put = await publisher.putData({
    actor,
    families: ['catalogue', 'neighbours/similar'],
    parts: { ...given, catalogue: stored.value },
    note: `${info.items} items`,
  });
  if (!put.ok) return refused(put.error);
  await services.rulesets.refreshNow(space).catch(() => null);
  return told(services, put.value.manifest, 200);
}

/** Each part was checked when it came; here: that they are one catalogue, and all of it. */
async function lookAt(
  services: AdminServices,
  space: Manifest['space'],
  given: ManifestParts,
): Promise<{ readonly info: Pick<CatalogueInfo, 'format' | 'items' | 'shards' | 'currency'> } | AdminAnswer> {
  const wrong = (detail: string): AdminAnswer => ({
    problem: 'invalid',
    extras: { errors: [{ pointer: '/parts', code: 'badCatalogue', detail }] },
  });
  const publisher = services.publisher(space);
  const missing = await publisher.missingParts(Object.values(given));
  if (!missing.ok) return refused(missing.error);
  if (missing.value.length > 0) return refused({ kind: 'missingParts', hashes: missing.value });
  const shards = Object.keys(partsOf(given, 'catalogue')).length;
  const similar = Object.keys(partsOf(given, 'neighbours/similar')).length;
  if (shards === 0) return wrong('there is no part of the catalogue');
  const currencies = new Set<string>();
  let items = 0;
  for (const [name, of] of Object.entries(given)) {
    const read = await publisher.part(of);
    if (!read.ok) return refused(read.error);
    const part = uploadedPartSchema.safeParse(JSON.parse(read.value ?? 'null'));
    const called = part.success ? checkUploadedPart(part.data) : null;
    if (!part.success || !called?.ok || called.value !== name) return wrong(`what was sent is not ${name}`);
    const wanted = 'kind' in part.data ? similar : shards;
    if (part.data.shards !== wanted)
      return wrong(`${name} is one of ${part.data.shards} parts, and ${wanted} are there`);
    if ('kind' in part.data) continue;
    items += part.data.ids.length;
    if (part.data.ids.length > 0) currencies.add(part.data.currency);
  }
  if (currencies.size > 1) return wrong(`prices in ${[...currencies].join(' and ')}: a catalogue has one currency`);
  if (items > limit('catalogueItems')) return wrong(`${items} items; a catalogue holds ${limit('catalogueItems')}`);
  return { info: { format: 1, items, shards, currency: [...currencies][0] ?? '' } };
}

async function told(
  services: AdminServices,
  { space, sequence, parts: all }: Manifest,
  status: 200,
): Promise<AdminAnswer> {
  const read = all.catalogue === undefined ? null : await services.publisher(space).part(all.catalogue);
  if (!read) return { problem: 'notFound', extras: { detail: 'No catalogue was imported yet.' } };
  if (!read.ok) return refused(read.error);
  const { items, currency, shards, importedAt, refused: rows } = JSON.parse(read.value ?? 'null') as CatalogueInfo;
  const count = (family: Parameters<typeof partsOf>[1]) => Object.keys(partsOf(all, family)).length;
  return {
    status,
    body: {
      items,
      currency,
      shards,
      importedAt: formatInstant(importedAt),
      refused: rows,
      sequence,
      neighbours: {
        viewed: count('neighbours/viewed'),
        bought: count('neighbours/bought'),
        similar: count('neighbours/similar'),
      },
      popularity: count('popularity'),
    },
  };
}
