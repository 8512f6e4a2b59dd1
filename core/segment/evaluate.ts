import type { Instant } from '../lib/ids.ts';
import { evaluateRoot } from './evaluate-node.ts';
import type { Postings } from './posting-list.ts';
import type { RuntimeSegment, SegmentRuntime } from './runtime.ts';
import { beginCall, beginInstant, endCall, type Scratch } from './scratch.ts';
import type { SegmentView } from './segment-view.ts';
import { TRUE } from './truth.ts';

export type { SegmentView } from './segment-view.ts';

/**
 * Evaluates every segment at `now` into `members` (1 = member, by position). Facts after `now` are ignored. Returns the earliest later
 * instant at which any membership flips if no new fact arrives, or null.
 */
export function evaluateSegments(
  runtime: SegmentRuntime,
  postings: Postings,
  view: SegmentView,
  now: Instant,
  members: Uint8Array,
): Instant | null {
  const { scratch, segments } = runtime;
  beginCall(scratch, postings, view);
  beginInstant(scratch, now);
  for (let position = 0; position < segments.length; position++) {
    members[position] = evaluateRoot(runtime, position) === TRUE ? 1 : 0;
    scratch.segmentUntil[position] = untilOf(scratch, segments, position);
  }
  const next = earliestFlip(runtime, members);
  endCall(scratch);
  return next;
}

/** The earliest instant after `now` at which this one segment's membership flips if no new fact arrives, or null. */
export function nextChangeOf(
  runtime: SegmentRuntime,
  postings: Postings,
  view: SegmentView,
  position: number,
  now: Instant,
): Instant | null {
  const { scratch, segments } = runtime;
  beginCall(scratch, postings, view);
  beginInstant(scratch, now);
  const member = evaluateRoot(runtime, position) === TRUE;
  let until = untilOf(scratch, segments, position);
  while (until !== Number.POSITIVE_INFINITY) {
    beginInstant(scratch, until);
    if ((evaluateRoot(runtime, position) === TRUE) !== member) break;
    until = untilOf(scratch, segments, position);
  }
  endCall(scratch);
  return until === Number.POSITIVE_INFINITY ? null : (until as Instant);
}

/**
 * Every `until` is a lower bound: membership surely holds before it. So the instants to try are the bounds, in their order; a segment
 * that did not flip at its own gets a later one. Each leaf has finitely many, so this ends.
 */
function earliestFlip(runtime: SegmentRuntime, members: Uint8Array): Instant | null {
  const { scratch, segments } = runtime;
  const { segmentUntil } = scratch;
  for (;;) {
    let next = Number.POSITIVE_INFINITY;
    for (let position = 0; position < segments.length; position++) {
      const until = segmentUntil[position] as number;
      if (until < next) next = until;
    }
    if (next === Number.POSITIVE_INFINITY) return null;
    beginInstant(scratch, next);
    for (let position = 0; position < segments.length; position++) {
      if (segmentUntil[position] !== next) continue;
      if ((evaluateRoot(runtime, position) === TRUE) !== (members[position] === 1)) return next as Instant;
      segmentUntil[position] = untilOf(scratch, segments, position);
    }
  }
}

function untilOf(scratch: Scratch, segments: readonly RuntimeSegment[], position: number): number {
  const segment = segments[position];
  return segment === undefined ? Number.POSITIVE_INFINITY : (scratch.until[segment.root.index] as number);
}
