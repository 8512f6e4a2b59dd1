import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import type { Result } from '../../core/lib/result.ts';
import type { Published, PublisherProblem } from '../../core/ruleset/publisher-rpc.ts';
import { refused } from './publisher-answer.ts';
import type { AdminAnswer, Call, Operation } from './route.ts';

const publishWarning = z
  .object({ kind: z.string(), id: z.string(), pointer: z.string(), code: z.string(), detail: z.string() })
  .meta({ id: 'PublishWarning' });

/** Of the profiles that get a publish; left out: all. */
export const percent = z
  .int()
  .min(1)
  .max(100)
  .exactOptional()
  .meta({ description: 'Of the profiles, drawn by hash: the others keep what they have. Left out: all' });

/** What every way to go live answers. */
export const published = z.object({
  sequence: z.number().int(),
  stable: z
    .number()
    .int()
    .meta({ description: 'What everybody has who does not have this one yet; the same: everybody has' }),
  percent: z.number().int().meta({ description: 'Of the profiles that have it' }),
  publishedAt: z.string(),
  /** The cache has it; if not, it follows within seconds. */
  cached: z.boolean(),
  /** Name of each part → SHA-256 of its content. */
  parts: z.record(z.string(), z.string()),
  warnings: z
    .array(publishWarning)
    .meta({ description: 'What the change means for people who are known already; it is live all the same' }),
});

/** Live in this isolate before the operator reads the answer; elsewhere it follows within a minute. */
export async function goneLive(
  { services, space, goOn }: Pick<Call<Operation>, 'services' | 'space' | 'goOn'>,
  result: Result<Published, PublisherProblem>,
): Promise<AdminAnswer> {
  if (!result.ok) return refused(result.error);
  // It is published either way: a failure here only means that this isolate learns of it later.
  await services.rulesets.refreshNow(space).catch(() => null);
  const { manifest, cached, warnings } = result.value;
  const { sequence, stable, percent = 100, publishedAt, parts } = manifest;
  // Who does not come by is brought up to date behind the answer; who comes by is at once.
  if (services.sweeps) goOn(services.sweeps.published(space, sequence));
  const told = { sequence, stable, percent, publishedAt: formatInstant(publishedAt) };
  return { status: 201, body: { ...told, cached, parts, warnings } };
}
