import type { Instant, Jurisdiction, ProfileId, Space } from '../../core/lib/ids.ts';
import type { ShadowProgram } from '../../core/ruleset/plan-shadow-run.ts';
import type { SegmentMovements } from '../../core/segment/preview/movements.ts';
import type { Env } from '../env.ts';

/** How the sample of one space and jurisdiction stands. */
export interface SampleState {
  readonly k: number;
  /** null: nobody that the sample has heard of was left out. */
  readonly limit: number | null;
  /** Of the profiles that were copied, rising. */
  readonly ranks: Float64Array;
  /** Who came since then is known, and who is in the index. */
  readonly since: Instant;
  /** Copies of profiles that were active after they were copied. */
  readonly stale: number;
  /** Profiles that belong to the sample and are not copied yet. */
  readonly pending: number;
  /** The index is still being read. */
  readonly seeding: boolean;
}

export interface SampleRun {
  readonly at: Instant;
  /** Rows up to this rank count; null: all. */
  readonly limit: number | null;
  readonly before: ShadowProgram;
  readonly after: ShadowProgram;
  /** Most movers of each direction that are named. */
  readonly examples: number;
}

export interface SampleCount {
  readonly movements: readonly SegmentMovements[];
  /** When each row that was counted had been copied. */
  readonly takenAt: Float64Array;
  /** Rows whose older events are not in the sample. */
  readonly cut: number;
}

/** The whole RPC surface of a sample object. */
export interface SampleRpc {
  /** These were active. Most of them are none of the sample's. */
  touched(profiles: readonly ProfileId[]): Promise<void>;
  /** Whatever is held of them goes at once; who lives on is copied anew. Returns how many there were. */
  forget(profiles: readonly ProfileId[]): Promise<number>;
  /** Brings copies up to date, for so long at most. */
  prepare(waitMs: number): Promise<SampleState>;
  count(run: SampleRun): Promise<SampleCount>;
}

/** What is copied of people stays in their jurisdiction. */
export function sampleStub(
  env: Pick<Env, 'SAMPLE' | 'JURISDICTIONS'>,
  space: Space,
  jurisdiction: Jurisdiction,
): SampleRpc | null {
  if (!env.SAMPLE) return null;
  const objects = jurisdiction === 'eu' && env.JURISDICTIONS !== 'off' ? env.SAMPLE.jurisdiction('eu') : env.SAMPLE;
  return objects.get(objects.idFromName(`${space}:${jurisdiction}`)) as unknown as SampleRpc;
}
