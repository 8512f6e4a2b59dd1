import { type Instant, parseProfileId, type Sequence } from '../../lib/ids.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { Sweep } from './sweep-plan.ts';

const STATUSES: ReadonlySet<unknown> = new Set<Sweep['status']>(['running', 'paused', 'cancelled', 'done']);

/** The state that a driver stored, after JSON.parse. `newerFormat`: written by later code; `corrupt`: not a sweep. */
export function parseSweep(value: unknown): Result<Sweep, 'newerFormat' | 'corrupt'> {
  if (typeof value !== 'object' || value === null) return err('corrupt');
  const held = value as { readonly [K in keyof Sweep]?: unknown };
  if (typeof held.format === 'number' && held.format > 1) return err('newerFormat');
  const paced = held.pacedFrom as { readonly at?: unknown; readonly handled?: unknown } | null | undefined;
  const cursor = typeof held.cursor === 'string' ? parseProfileId(held.cursor) : null;
  const isSound =
    held.format === 1 &&
    STATUSES.has(held.status) &&
    (held.cursor === null || cursor !== null) &&
    [held.sequence, held.total, held.done, held.failed, paced?.handled].every(isCount) &&
    [held.startedAt, held.readyAt, paced?.at].every(Number.isFinite) &&
    (held.endedAt === null || Number.isFinite(held.endedAt)) &&
    isCount(held.maxBatch) &&
    held.maxBatch >= 1 &&
    Number.isFinite(held.ratePerSecond) &&
    (held.ratePerSecond as number) > 0;
  if (!isSound) return err('corrupt');
  return ok({
    format: 1,
    sequence: held.sequence as Sequence,
    status: held.status as Sweep['status'],
    cursor,
    total: held.total as number,
    done: held.done as number,
    failed: held.failed as number,
    startedAt: held.startedAt as Instant,
    endedAt: held.endedAt as Instant | null,
    ratePerSecond: held.ratePerSecond as number,
    maxBatch: held.maxBatch as number,
    readyAt: held.readyAt as number,
    pacedFrom: { at: paced?.at as Instant, handled: paced?.handled as number },
  });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
