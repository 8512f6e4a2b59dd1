import { z } from 'zod';

/** Bodies and answers of `POST /v1/admin/reconcile`, one pair per phase. The command line holds the overview; each call is small and repeatable. */
const hour = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}$/, 'an hour in UTC such as 2026-11-22T06');
const objectId = z.string().regex(/^[0-9a-f]{64}$/, 'the hexadecimal id of a profile object');
const run = z.string().regex(/^[a-z0-9-]{1,40}$/, 'lower-case letters, digits and dashes, 1-40 long');
const whole = z.int().min(0);
const factKey = z.strictObject({ source: z.string().max(64), id: z.string().max(64) });
const objects = z.array(objectId).max(100);
const rowKey = z.tuple([z.string().max(64), z.string().max(200), z.string().max(200)]);

export const reconcileRequestSchema = z
  .discriminatedUnion('phase', [
    z.strictObject({ phase: z.literal('begin'), run }),
    z.strictObject({ phase: z.literal('drain'), run, objects }),
    z.strictObject({
      phase: z.literal('settle'),
      run,
      sentAt: whole.exactOptional().meta({ description: 'Of the marker to look for; without it one is sent' }),
    }),
    z.strictObject({
      phase: z.literal('count'),
      run,
      objects: z.array(z.strictObject({ id: objectId, after: factKey.exactOptional() })).max(100),
      from: hour,
      to: hour,
      index: z.enum(['check', 'rebuild']),
    }),
    z.strictObject({ phase: z.literal('archive'), run, hour, after: z.string().max(512).nullable() }),
    z.strictObject({
      phase: z.literal('emit'),
      run,
      part: whole,
      objects: z.array(z.strictObject({ object: objectId, facts: z.array(factKey).max(2000) })).max(100),
    }),
    z.strictObject({
      phase: z.literal('rows'),
      run,
      table: z.enum(['events', 'offers', 'members']),
      from: hour,
      to: hour,
      after: rowKey.nullable(),
    }),
    z.strictObject({
      phase: z.literal('correct'),
      run,
      events: z.array(z.tuple([hour, z.string(), z.string(), whole, whole])).max(500),
      offers: z
        .array(z.tuple([hour, z.string(), z.string(), z.tuple([whole, whole]), z.tuple([whole, whole])]))
        .max(500),
      members: z
        .array(z.tuple([z.string().max(64), z.int(), whole]))
        .max(500)
        .default([]),
    }),
  ])
  .meta({ id: 'ReconcileRequest' });

const group = z.object({
  received: z.string(),
  hour: z.string(),
  source: z.string(),
  type: z.string(),
  offer: z.object({ placement: z.string(), offer: z.string() }).exactOptional(),
  newest: whole,
  ids: z.array(z.string()),
});

export const reconcileResponseSchema = z
  .union([
    z.object({ space: z.string(), now: whole }),
    z.object({ chunks: whole, failed: z.array(z.string()) }),
    z.object({ sentAt: whole, settled: z.boolean() }),
    z.object({
      profiles: z.array(z.object({ object: z.string(), profile: z.string(), groups: z.array(group) })),
      staleIndex: whole,
      memberships: z.array(z.tuple([z.string(), whole, whole])).meta({
        description: 'Of each observed segment: members among these profiles, and when the last one came or went',
      }),
      rest: z.array(z.object({ id: z.string(), after: factKey.exactOptional() })),
    }),
    z.object({
      ids: z.record(z.string(), z.array(z.string())),
      files: whole,
      lines: whole,
      next: z.string().nullable(),
    }),
    z.object({ lines: whole }),
    z.object({ rows: z.array(z.array(z.union([z.string(), z.int()]))), more: z.boolean() }),
    z.object({ corrected: whole }),
  ])
  .meta({ id: 'ReconcileAnswer', description: 'By phase: begin, drain, settle, count, archive, emit, rows, correct' });
