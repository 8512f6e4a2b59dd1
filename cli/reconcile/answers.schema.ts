import { z } from 'zod';

/** What each phase of `POST /v1/admin/reconcile` answers. */
const whole = z.int().min(0);
const factKey = z.object({ source: z.string(), id: z.string() });

const group = z.object({
  received: z.string(),
  hour: z.string(),
  source: z.string(),
  type: z.string(),
  offer: z.object({ placement: z.string(), offer: z.string() }).exactOptional(),
  newest: whole,
  ids: z.array(z.string()),
});

export const ANSWERS = {
  begin: z.object({ space: z.string(), now: whole }),
  drain: z.object({ chunks: whole, failed: z.array(z.string()) }),
  settle: z.object({ sentAt: whole, settled: z.boolean() }),
  count: z.object({
    profiles: z.array(z.object({ object: z.string(), profile: z.string(), groups: z.array(group) })),
    staleIndex: whole,
    memberships: z.array(z.tuple([z.string(), whole, whole])),
    rest: z.array(z.object({ id: z.string(), after: factKey.exactOptional() })),
  }),
  archive: z.object({
    ids: z.record(z.string(), z.array(z.string())),
    files: whole,
    lines: whole,
    next: z.string().nullable(),
  }),
  emit: z.object({ lines: whole }),
  events: z.object({ rows: z.array(z.tuple([z.string(), z.string(), z.string(), whole])), more: z.boolean() }),
  offers: z.object({ rows: z.array(z.tuple([z.string(), z.string(), z.string(), whole, whole])), more: z.boolean() }),
  members: z.object({ rows: z.array(z.tuple([z.string(), z.int()])), more: z.boolean() }),
  correct: z.object({ corrected: whole }),
} as const;

export type FactGroup = z.output<typeof group>;
export type ObjectCursor = z.output<typeof ANSWERS.count>['rest'][number];
