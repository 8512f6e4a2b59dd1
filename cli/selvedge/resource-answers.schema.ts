import { z } from 'zod';
import { RESOURCE_KINDS } from '../../core/ruleset/resources.ts';

/** What we read of the answers about resources. What a newer server adds is let be. */

const kind = z.enum(RESOURCE_KINDS);

export const summaryPage = z.looseObject({
  items: z.array(
    z.looseObject({
      kind,
      id: z.string(),
      name: z.string(),
      folder: z.string().nullable(),
      tags: z.array(z.string()),
      owner: z.string().nullable(),
      version: z.int(),
      archived: z.boolean(),
      updatedAt: z.string(),
      updatedBy: z.string(),
    }),
  ),
  next: z.string().nullable(),
});
export type Summary = z.output<typeof summaryPage>['items'][number];

export const versionPage = z.looseObject({
  items: z.array(
    z.looseObject({ version: z.int(), at: z.string(), actor: z.string(), archived: z.boolean(), size: z.int() }),
  ),
  next: z.int().nullable(),
});

export const versionDiff = z.looseObject({
  from: z.int().nullable(),
  changes: z.array(
    z.looseObject({
      path: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
      pointer: z.string(),
    }),
  ),
});

export const usesAnswer = z.looseObject({
  usedBy: z.array(z.looseObject({ kind, id: z.string(), name: z.string(), pointers: z.array(z.string()) })),
  uses: z.array(
    z.looseObject({
      kind,
      id: z.string(),
      name: z.string().nullable(),
      state: z.string(),
      pointers: z.array(z.string()),
    }),
  ),
});

/** Of a problem `inUse`. */
export const inUse = z.looseObject({ usedBy: usesAnswer.shape.usedBy });

export const archiveFile = z.looseObject({
  format: z.int(),
  space: z.string().optional(),
  resources: z.array(z.looseObject({ kind: z.string(), resource: z.unknown() })),
  leftOut: z.array(z.looseObject({ kind: z.string(), id: z.string(), what: z.string() })).optional(),
});
export type ArchiveFile = z.output<typeof archiveFile>;

export const imported = z.looseObject({
  changeSet: z.string().nullable(),
  items: z.array(
    z.looseObject({
      kind: z.string(),
      id: z.string(),
      outcome: z.enum(['created', 'updated', 'same', 'refused']),
      errors: z.array(z.looseObject({ pointer: z.string(), detail: z.string() })),
      notes: z.array(z.string()),
    }),
  ),
});
export type Imported = z.output<typeof imported>['items'][number];
