import type { Sequence, Space } from '../../core/lib/ids.ts';
import type { Sweep, SweepCommand } from '../../core/segment/preview/sweep-plan.ts';
import type { Env } from '../env.ts';

export interface SweepStart {
  readonly sequence: Sequence;
  /** Profiles per second; null: as before, else the usual. */
  readonly ratePerSecond: number | null;
  /** Also where this sequence was swept before, or the sweep was cancelled. */
  readonly again: boolean;
}

/** The whole RPC surface of a sweep object: one for each space. */
export interface SweepRpc {
  /** A newer sequence takes the place of whatever goes on; an older one changes nothing. */
  start(start: SweepStart): Promise<Sweep>;
  /** null: there never was one. */
  status(): Promise<Sweep | null>;
  change(command: SweepCommand): Promise<Sweep | null>;
}

export function sweepStub(env: Pick<Env, 'SWEEP'>, space: Space): SweepRpc | null {
  return env.SWEEP ? (env.SWEEP.get(env.SWEEP.idFromName(space)) as unknown as SweepRpc) : null;
}
