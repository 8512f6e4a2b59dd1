import type { Sequence, Space } from '../../core/lib/ids.ts';
import type { Sweep, SweepCommand } from '../../core/segment/preview/sweep-plan.ts';
import type { Env } from '../env.ts';
import { logLine } from '../observe/log.ts';
import type { RulesetStore } from '../stores/ruleset-store.ts';
import { type SweepRpc, sweepStub } from '../stores/sweep-stub.ts';

/** Bringing indexed profiles up to date after a publish, as operators see it. */
export interface Sweeps {
  status(space: Space): Promise<Sweep | null>;
  /** With what is live now, also where that was swept before. Null: nothing was ever published. */
  start(space: Space, ratePerSecond: number | null): Promise<Sweep | null>;
  /** Null: there never was a sweep. */
  change(space: Space, command: SweepCommand): Promise<Sweep | null>;
  /** Rules went live. Never rejects: a sweep that does not begin takes nothing back, and visits catch up by themselves. */
  published(space: Space, sequence: Sequence): Promise<void>;
}

export interface SweepParts {
  readonly stub: (space: Space) => SweepRpc;
  readonly rulesets: Pick<RulesetStore, 'refreshNow'>;
}

export function createSweeps({ stub, rulesets }: SweepParts): Sweeps {
  return {
    status: (space) => stub(space).status(),
    async start(space, ratePerSecond) {
      const live = await rulesets.refreshNow(space);
      return live && stub(space).start({ sequence: live.sequence, ratePerSecond, again: true });
    },
    change: (space, command) => stub(space).change(command),
    async published(space, sequence) {
      try {
        await stub(space).start({ sequence, ratePerSecond: null, again: false });
      } catch (error) {
        logLine({ kind: 'sweep', outcome: 'failed', space, error: error instanceof Error ? error.name : 'unknown' });
      }
    },
  };
}

/** Undefined where the deployment has no sweep objects. */
export function sweepsOf(env: Pick<Env, 'SWEEP'>, rulesets: Pick<RulesetStore, 'refreshNow'>): Sweeps | undefined {
  if (!env.SWEEP) return undefined;
  const stub = (space: Space): SweepRpc => {
    const held = sweepStub(env, space);
    if (!held) throw new Error('there are no sweep objects');
    return held;
  };
  return createSweeps({ stub, rulesets });
}
