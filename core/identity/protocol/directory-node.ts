import type { Instant } from '../../lib/ids.ts';
import type { Pid } from './pid.ts';

/** All that one directory object has stored; owner null: nobody has been heard of (a lazy namespace then means the birth profile at epoch 1). */
export interface DirectoryNode {
  readonly owner: Pid | null;
  readonly epoch: number;
  readonly erasedAt: number;
  /** The newest erasure and the profile it ended: a repeated request must not hit the successor. */
  readonly erasedBy: { readonly request: string; readonly pid: Pid } | null;
  /** An erasure asked for the value to be treated as blocked from now on. */
  readonly suppressed: boolean;
  /** Who owned it, newest last, bounded: shared devices show here. */
  readonly owners: readonly { readonly pid: Pid; readonly at: Instant }[];
  /** When somebody last asked for it, to the hour. */
  readonly seenAt: number;
  /** Has agreed that this owner may end it for idleness; whoever asks for it withdraws that. */
  readonly releasing: Pid | null;
}

export const EMPTY_DIRECTORY: DirectoryNode = {
  owner: null,
  epoch: 0,
  erasedAt: -1,
  erasedBy: null,
  suppressed: false,
  owners: [],
  seenAt: -1,
  releasing: null,
};
