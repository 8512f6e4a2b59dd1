import { z } from 'zod';

/** What we read of the answers about change sets. What a newer server adds is let be. */

const summary = {
  id: z.string(),
  title: z.string(),
  description: z.string(),
  state: z.string(),
  hash: z.string(),
  createdBy: z.string(),
  updatedAt: z.string(),
  editors: z.array(z.string()),
  approval: z.looseObject({ by: z.string(), at: z.string() }).nullable(),
  schedule: z.looseObject({ by: z.string(), at: z.string() }).nullable(),
  published: z.looseObject({ by: z.string(), at: z.string(), sequence: z.int() }).nullable(),
  failure: z.looseObject({ at: z.string(), code: z.string(), detail: z.string() }).nullable(),
};

export const changeSetPage = z.looseObject({ items: z.array(z.looseObject(summary)), next: z.string().nullable() });

export const changeSet = z.looseObject({
  ...summary,
  items: z.array(
    z.looseObject({
      kind: z.string(),
      id: z.string(),
      baseVersion: z.int(),
      archive: z.boolean(),
      editedBy: z.string(),
    }),
  ),
  history: z.array(z.looseObject({ at: z.string(), actor: z.string(), act: z.string(), note: z.string().nullable() })),
});
export type ChangeSetAnswer = z.output<typeof changeSet>;

export const diff = z.looseObject({
  from: z.string(),
  to: z.string(),
  changes: z.array(
    z.looseObject({
      kind: z.string(),
      id: z.string(),
      name: z.string().nullable(),
      change: z.enum(['added', 'removed', 'changed']),
      fields: z.array(
        z.looseObject({
          path: z.string(),
          pointer: z.string(),
          before: z.string().nullable(),
          after: z.string().nullable(),
        }),
      ),
    }),
  ),
  consequences: z.array(z.looseObject({ code: z.string(), sentence: z.string() })),
});
export type DiffAnswer = z.output<typeof diff>;

export const validatedSet = z.looseObject({
  valid: z.boolean(),
  problems: z.array(z.looseObject({ kind: z.string(), id: z.string(), pointer: z.string(), detail: z.string() })),
  stale: z.array(z.looseObject({ kind: z.string(), id: z.string() })),
});

export const frozen = z.looseObject({
  frozen: z.looseObject({ by: z.string(), since: z.string(), reason: z.string() }).nullable(),
});
