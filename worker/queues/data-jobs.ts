import type { Space } from '../../core/lib/ids.ts';
import type { Env } from '../env.ts';
import { logLine } from '../observe/log.ts';
import { catalogueStub } from '../stores/catalogue-stub.ts';
import { learnBandits } from './learn-bandits.ts';

/** Every hour: neighbours, popular items and traffic of bandits of each space that is configured. One that fails keeps no other from it. */
export async function runDataJobs(env: Env, now: number): Promise<void> {
  const { results } = await env.CONTROL.prepare('SELECT DISTINCT space FROM resource').all<{ space: Space }>();
  for (const { space } of results) {
    if (env.CATALOGUE)
      await attempt(space, 'items', () => catalogueStub(env.CATALOGUE as DurableObjectNamespace, space).pack());
    await attempt(space, 'bandits', () => learnBandits(env, space, now));
  }
}

async function attempt(space: Space, job: string, task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
  } catch (error) {
    // The name only: a message may quote data.
    logLine({ kind: 'job', job, space, outcome: 'failed', error: error instanceof Error ? error.name : 'unknown' });
  }
}
