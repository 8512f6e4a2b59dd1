import type { CaughtUp } from '../../../core/interaction/rpc.ts';
import type { Instant, ProfileId, Sequence } from '../../../core/lib/ids.ts';
import type { BatchOutcome, SweepBatch } from '../../../core/segment/preview/sweep-plan.ts';

export interface TouchParts {
  readonly page: (after: string, size: number) => Promise<readonly ProfileId[]>;
  readonly catchUp: (profile: ProfileId, sequence: Sequence) => Promise<CaughtUp>;
  readonly now: () => Instant;
}

/** Touched side by side. */
const AT_ONCE = 16;

/** Does one batch. Who cannot be reached is counted, and catches up at the next visit. Rejects where the index cannot be read: to be done again. */
export async function touchBatch({ page, catchUp, now }: TouchParts, batch: SweepBatch): Promise<BatchOutcome> {
  const startedAt = now();
  const profiles = await page(batch.after ?? '', batch.size);
  let failed = 0;
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let profile = profiles[next++]; profile !== undefined; profile = profiles[next++])
      await catchUp(profile, batch.sequence).catch(() => void failed++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const last = profiles.at(-1) ?? null;
  return { batch, startedAt, endedAt: now(), last, touched: profiles.length - failed, failed };
}
