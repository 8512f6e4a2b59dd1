import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import type { Movement, SegmentPreview } from '../../core/segment/preview/shadow-run.ts';
import type { SampleReport } from '../services/shadow-runs.ts';

const whole = z.number().int();

export const countEstimate = z
  .object({
    sampled: whole.meta({ description: 'Rows of the sample that were counted' }),
    value: whole.meta({ description: 'The best single number' }),
    low: whole.meta({ description: 'Lower end of the 95 % interval' }),
    high: whole.meta({ description: 'Upper end of the 95 % interval' }),
  })
  .meta({ id: 'CountEstimate' });

export const sampleFreshness = z
  .object({
    oldest: z.string().nullable().meta({ description: 'When the oldest copy was made; null: there are no rows' }),
    median: z.string().nullable(),
    newest: z.string().nullable(),
    since: z.string().meta({ description: 'Whoever came since then, or is in the index, can be in the sample' }),
    stale: whole.meta({ description: 'Copies of people who were active since' }),
    pending: whole.meta({ description: 'People of the sample who are not copied yet, and not counted' }),
    cut: whole.meta({ description: 'People of whom only the newest events are in the sample' }),
    seeding: z.boolean().meta({ description: 'The index is still being read: the sample grows' }),
  })
  .meta({ id: 'SampleFreshness' });

/** Members that every report over the sample has. */
export const sampleReport = {
  at: z.string().meta({ description: 'Rules were evaluated as of then' }),
  exact: z.boolean().meta({ description: 'The sample is everybody and up to date: every interval is one number' }),
  confidence: z.number(),
  rows: whole.meta({ description: 'People in the sample' }),
  population: countEstimate.meta({ description: 'How many people there are' }),
  freshness: sampleFreshness,
};

const movement = countEstimate.extend({
  examples: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'Profile ids; left out for roles without the permission members' }),
});

/** What happens to one segment, or to who is eligible for one offer. */
export const preview = z
  .object({
    change: z.enum(['added', 'removed', 'edited', 'dependent', 'none']),
    before: countEstimate,
    after: countEstimate.meta({ description: 'The estimated reach' }),
    enter: movement,
    leave: movement,
    stay: countEstimate,
  })
  .meta({ id: 'ShadowPreview' });

export function presentReport({ at, exact, confidence, rows, population, freshness }: SampleReport) {
  const { taken, since, ...counts } = freshness;
  return {
    at: formatInstant(at),
    exact,
    confidence,
    rows,
    population,
    freshness: {
      oldest: taken && formatInstant(taken.oldest),
      median: taken && formatInstant(taken.median),
      newest: taken && formatInstant(taken.newest),
      since: formatInstant(since),
      ...counts,
    },
  };
}

/** `named`: whoever asks may see which profiles move. */
export function presentPreview({ before, after, enter, leave, stay }: SegmentPreview, named: boolean) {
  const shown = ({ examples, ...estimate }: Movement) => ({ ...estimate, ...(named && { examples }) });
  return { before, after, enter: shown(enter), leave: shown(leave), stay };
}
