import type { Instant } from '../../lib/ids.ts';
import { applyStitchEvent } from './apply-event.ts';
import { compareStamps } from './stamp.ts';
import { StitchDraft } from './stitch-draft.ts';
import type { StitchEvent } from './stitch-event.ts';
import { applyOperation, type StitchOperation } from './stitch-operation.ts';
import type { StitchRules } from './stitch-rules.ts';
import { EMPTY_STITCH, type StitchState } from './stitch-state.ts';

/**
 * Events are replayed in the order in which they happened, not in which they came: a late login finds its place and cannot
 * steal a device. Links that a replay removes stay removed for later events, so the order matters, so the recent events are
 * kept: a late one goes in before `head` is made again from `settled`.
 */
export interface Timeline {
  /** Everything up to here is final: a later arrival is applied on top of it. */
  readonly settled: StitchState;
  /** Events since, by time. */
  readonly recent: readonly StitchEvent[];
  readonly head: StitchState;
}

export const EMPTY_TIMELINE: Timeline = { settled: EMPTY_STITCH, recent: [], head: EMPTY_STITCH };

/** Takes events in. The result is the same for every order of arrival of events with distinct stamps. */
export function recordEvents(timeline: Timeline, events: readonly StitchEvent[], rules: StitchRules): Timeline {
  const fresh = new Map<string, StitchEvent>();
  for (const event of events) {
    // The first arrival counts, whatever a repetition says.
    if (!timeline.head.outcomes.has(event.id) && !fresh.has(event.id)) fresh.set(event.id, event);
  }
  if (fresh.size === 0) return timeline;
  const sorted = [...fresh.values()].sort((a, b) => compareStamps(a.stamp, b.stamp));
  const newest = timeline.recent.at(-1);
  const inOrder = newest === undefined || compareStamps(newest.stamp, (sorted[0] as StitchEvent).stamp) < 0;
  const recent = inOrder
    ? [...timeline.recent, ...sorted]
    : [...timeline.recent, ...sorted].sort((a, b) => compareStamps(a.stamp, b.stamp));
  const head = inOrder ? replay(timeline.head, sorted, rules) : replay(timeline.settled, recent, rules);
  return { settled: timeline.settled, recent, head };
}

/** An operation acts on what is known now; events before it that come later are applied on top, never underneath. */
export function operate(timeline: Timeline, operation: StitchOperation, rules: StitchRules): Timeline {
  return settleAll(applyOperation(timeline.head, operation, rules));
}

/** Closes the book, for instance because other rules hold from now on. */
export function settleAll(head: StitchState): Timeline {
  return { settled: head, recent: [], head };
}

/** Forgets how events before `horizon` came about, to bound what is kept. Nothing that arrives after it can be older. */
export function settleBefore(timeline: Timeline, horizon: Instant, rules: StitchRules): Timeline {
  const cut = timeline.recent.findIndex(({ stamp }) => stamp.at >= horizon);
  const past = cut < 0 ? timeline.recent : timeline.recent.slice(0, cut);
  if (past.length === 0) return timeline;
  return {
    settled: replay(timeline.settled, past, rules),
    recent: cut < 0 ? [] : timeline.recent.slice(cut),
    head: timeline.head,
  };
}

function replay(state: StitchState, events: readonly StitchEvent[], rules: StitchRules): StitchState {
  const draft = new StitchDraft(state);
  for (const event of events) applyStitchEvent(draft, event, rules);
  return draft.finish();
}
