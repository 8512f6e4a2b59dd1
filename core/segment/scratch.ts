import type { PurposeMask } from '../policy/purposes.ts';
import type { Postings } from './posting-list.ts';
import type { SegmentView } from './segment-view.ts';

/**
 * Working memory of one evaluation. Evaluations are synchronous and never overlap in an isolate, so one per runtime is enough, and
 * evaluating allocates nothing. A node's result holds while its stamp is the current one.
 */
export interface Scratch {
  /** Truth per node. */
  readonly truth: Uint8Array;
  /** Per node: its value holds from `now` until before this instant, if no new fact comes (a lower bound; Infinity: for good). */
  readonly until: Float64Array;
  readonly stamp: Float64Array;
  /** `until` per segment, kept while later instants are tried. */
  readonly segmentUntil: Float64Array;
  lastStamp: number;
  /** Stamp of values that hold for the whole call, and of those that hold for the instant. */
  callStamp: number;
  instantStamp: number;
  now: number;
  postings: Postings;
  view: SegmentView;
  /** Purposes that some strand with postings withdrew. */
  withdrawn: PurposeMask;
  /** `until` of the leaf that was just evaluated. */
  leafUntil: number;
}

const NOTHING: Postings = { lists: [], strands: [] };
const NOBODY: SegmentView = { attribute: () => undefined, withdrawn: () => 0 };

export function createScratch(nodes: number, segments: number): Scratch {
  return {
    truth: new Uint8Array(nodes),
    until: new Float64Array(nodes),
    stamp: new Float64Array(nodes),
    segmentUntil: new Float64Array(segments),
    lastStamp: 0,
    callStamp: 0,
    instantStamp: 0,
    now: 0,
    postings: NOTHING,
    view: NOBODY,
    withdrawn: 0,
    leafUntil: 0,
  };
}

export function beginCall(scratch: Scratch, postings: Postings, view: SegmentView): void {
  scratch.callStamp = ++scratch.lastStamp;
  scratch.postings = postings;
  scratch.view = view;
  let withdrawn = 0;
  for (let i = 0; i < postings.strands.length; i++) withdrawn |= view.withdrawn(postings.strands[i] as number);
  scratch.withdrawn = withdrawn;
}

export function beginInstant(scratch: Scratch, now: number): void {
  scratch.instantStamp = ++scratch.lastStamp;
  scratch.now = now;
}

/** Lets go of the profile, so that an evicted one is not held by the isolate's runtime. */
export function endCall(scratch: Scratch): void {
  scratch.postings = NOTHING;
  scratch.view = NOBODY;
}
