import { z } from 'zod';
import { findEventType } from '../event/registry.ts';
import { annotations, name, slug } from '../lib/fields.schema.ts';
import { limit } from '../lib/limits.ts';
import { OWN_TYPES_PLANNED, type TrackingPlan } from './tracking-plan.ts';

const isPlannedType = (type: string): boolean => type === OWN_TYPES_PLANNED || findEventType(type) !== null;
const fields = z.array(z.string().min(1).max(100)).max(limit('plannedFields'));

/** Stored and wire form of a tracking plan. */
export const trackingPlanSchema = z
  .strictObject({
    id: slug,
    name: name.exactOptional(),
    ...annotations,
    events: z
      .record(
        z.string().max(100).refine(isPlannedType, 'an event type, a name that begins with custom., or custom.*'),
        z.strictObject({
          description: z.string().max(500).exactOptional(),
          fields: fields.exactOptional().meta({ description: 'Members of data that may be there; left out: any' }),
          required: fields.exactOptional().meta({ description: 'Members of data that must be there' }),
        }),
      )
      .refine(
        (events) => Object.keys(events).length <= limit('plannedTypes'),
        `at most ${limit('plannedTypes')} types`,
      ),
    unexpected: z.enum(['count', 'refuse']).default('count'),
  })
  .meta({
    id: 'TrackingPlan',
    description: 'What a source is expected to send; its id is that of the source',
  }) as z.ZodType<TrackingPlan>;
