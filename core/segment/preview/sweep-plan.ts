import type { Instant, ProfileId, Sequence } from '../../lib/ids.ts';

/**
 * A paced walk over the indexed profiles in the order of their ids, touching each so that it adopts a sequence. Plain JSON: whoever drives it stores
 * it after every batch and goes on from there after any interruption. One state for each index database.
 */
export interface Sweep {
  readonly format: 1;
  readonly sequence: Sequence;
  readonly status: 'running' | 'paused' | 'cancelled' | 'done';
  /** The last profile of the last batch; null: none yet. */
  readonly cursor: ProfileId | null;
  /** Indexed profiles at the start. Those who came later were born under this sequence or a later one. */
  readonly total: number;
  /** Touched, the failed ones not included. */
  readonly done: number;
  /** Could not be touched; they catch up at their next visit. */
  readonly failed: number;
  readonly startedAt: Instant;
  /** When it was done or cancelled. */
  readonly endedAt: Instant | null;
  /** Profiles per second; may be below 1. */
  readonly ratePerSecond: number;
  /** Most profiles of one batch. */
  readonly maxBatch: number;
  /** The next batch may begin then; in ms, with fractions, so that slow rates do not drift. */
  readonly readyAt: number;
  /** Where the observed pace is counted from: start, last resume or change of rate. */
  readonly pacedFrom: { readonly at: Instant; readonly handled: number };
}

export interface SweepPlan {
  readonly sequence: Sequence;
  readonly total: number;
  readonly ratePerSecond: number;
  readonly maxBatch: number;
}

/** List `size` indexed profiles after `after`, touch each, report with `applyBatch`. */
export interface SweepBatch {
  readonly sequence: Sequence;
  readonly after: ProfileId | null;
  readonly size: number;
  /** Not earlier. */
  readonly notBefore: Instant;
}

export interface BatchOutcome {
  readonly batch: SweepBatch;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** The last profile that was listed; null: the index had no more. */
  readonly last: ProfileId | null;
  readonly touched: number;
  readonly failed: number;
}

export type SweepCommand =
  | { readonly is: 'pause' | 'resume' | 'cancel' }
  | { readonly is: 'rate'; readonly ratePerSecond: number };

export function startSweep(plan: SweepPlan, now: Instant): Sweep {
  if (!(plan.ratePerSecond > 0) || !Number.isFinite(plan.ratePerSecond)) throw new RangeError('a sweep needs a rate');
  if (!Number.isSafeInteger(plan.maxBatch) || plan.maxBatch < 1)
    throw new RangeError('a batch holds a profile at least');
  return {
    format: 1,
    ...plan,
    status: 'running',
    cursor: null,
    done: 0,
    failed: 0,
    startedAt: now,
    endedAt: null,
    readyAt: now,
    pacedFrom: { at: now, handled: 0 },
  };
}

/** null: nothing is to be done, now or later, unless somebody resumes it. Asking twice gives the same batch; touching twice does no harm. */
export function nextBatch(sweep: Sweep, now: Instant): SweepBatch | null {
  if (sweep.status !== 'running') return null;
  const notBefore = Math.max(now, Math.ceil(sweep.readyAt)) as Instant;
  return { sequence: sweep.sequence, after: sweep.cursor, size: batchSize(sweep), notBefore };
}

/**
 * What a batch did. Outcomes that come twice, late, or from a former sequence change nothing; neither does anything after a cancel. A batch that was
 * under way when the sweep was paused counts. A pause earns no credit: never more than the rate afterwards.
 */
export function applyBatch(sweep: Sweep, outcome: BatchOutcome): Sweep {
  const { batch, last, touched, failed, startedAt, endedAt } = outcome;
  if (sweep.status === 'cancelled' || sweep.status === 'done') return sweep;
  if (batch.sequence !== sweep.sequence || batch.after !== sweep.cursor) return sweep;
  if (last === null) return { ...sweep, status: 'done', endedAt };
  if (sweep.cursor !== null && last <= sweep.cursor) throw new Error('a sweep goes forward only');
  return {
    ...sweep,
    cursor: last,
    done: sweep.done + touched,
    failed: sweep.failed + failed,
    readyAt: Math.max(sweep.readyAt, startedAt) + ((touched + failed) / sweep.ratePerSecond) * 1000,
  };
}

/** What an operator asks for. A sweep that was cancelled or is done stays so. */
export function changeSweep(sweep: Sweep, command: SweepCommand, now: Instant): Sweep {
  if (sweep.status === 'cancelled' || sweep.status === 'done') return sweep;
  const pacedFrom = { at: now, handled: sweep.done + sweep.failed };
  switch (command.is) {
    case 'cancel':
      return { ...sweep, status: 'cancelled', endedAt: now };
    case 'pause':
      return { ...sweep, status: 'paused' };
    case 'resume':
      return sweep.status === 'paused' ? { ...sweep, status: 'running', pacedFrom } : sweep;
    case 'rate': {
      const { ratePerSecond } = command;
      if (!(ratePerSecond > 0) || !Number.isFinite(ratePerSecond)) throw new RangeError('a sweep needs a rate');
      const faster = { ...sweep, ratePerSecond };
      // The wait that the former, perhaps very slow rate asked for ends with the wait that the new one would.
      const readyAt = Math.min(sweep.readyAt, now + (batchSize(faster) / ratePerSecond) * 1000);
      return { ...faster, readyAt, pacedFrom };
    }
  }
}

/**
 * A publish. A newer sequence takes the place of whatever there was and begins at the first profile again; what the operator of a
 * live sweep had set (paused, rate) goes on. The same or an older sequence changes nothing, so a cancelled sweep is not revived by it.
 */
export function supersedeSweep(sweep: Sweep | null, plan: SweepPlan, now: Instant): Sweep {
  if (sweep === null) return startSweep(plan, now);
  if (plan.sequence <= sweep.sequence) return sweep;
  const next = startSweep(plan, now);
  if (sweep.status !== 'running' && sweep.status !== 'paused') return next;
  return {
    ...next,
    status: sweep.status,
    ratePerSecond: sweep.ratePerSecond,
    // Publishing again and again is no way around the rate.
    readyAt: Math.max(now, sweep.readyAt),
  };
}

/** Profiles of one batch: a second's worth. */
function batchSize({ ratePerSecond, maxBatch }: Sweep): number {
  return Math.max(1, Math.min(maxBatch, Math.floor(ratePerSecond)));
}
