import { fnv1a32 } from '../../lib/hash.ts';
import type { Instant } from '../../lib/ids.ts';
import type { StitchRules } from '../replay/stitch-rules.ts';
import type { Defects } from './defects.ts';
import type { Pid } from './pid.ts';

/** What a transition may know beside the node. */
export interface ProtocolContext {
  readonly rules: StitchRules;
  readonly now: Instant;
  readonly defects: Defects;
  /** The id of a profile that the protocol makes: the same for the same seed, of the anonymous tier, where `like` lives. */
  readonly madePid: (seed: string, like: Pid) => Pid;
}

/** Times in ms and sizes of the protocol. */
export const PROTOCOL = {
  /** A lock older than this asks whether its operation still runs; a begun operation is asked about as often. */
  askAgainMs: 5_000,
  firstBackOffMs: 50,
  longestBackOffMs: 30_000,
  /** Ended operations that are remembered. Beyond it late locks are let go by asking, late `take`s by the epoch. */
  finished: 64,
  /** Hints live as long; a stub that nobody can name any more is nobody's. */
  stubMs: 30 * 86_400_000,
  stubs: 200,
  /** Owners that a directory remembers. */
  owners: 16,
  /** A directory writes down that somebody asked at most this often. */
  seenStepMs: 3_600_000,
} as const;

/** When to try again: doubling up to a bound, spread by the ids so that two who met do not meet again. */
export function backOff(seed: string, tries: number, now: Instant): Instant {
  const most = Math.min(PROTOCOL.longestBackOffMs, PROTOCOL.firstBackOffMs * 2 ** Math.min(tries, 16));
  const spread = (fnv1a32(`${seed}/${tries}`) % 1024) / 1024;
  return Math.ceil(now + most * (0.5 + spread / 2)) as Instant;
}
