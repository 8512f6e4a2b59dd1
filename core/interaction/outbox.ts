import type { KeptReceipt } from '../decision/kept-receipt.ts';
import type { EventId, Instant, Sequence, SourceId } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import type { FactKey, MembershipChange } from './command.ts';
import type { Results } from './results.ts';

/** Why a membership changed. The position is what a snapshot stores: never reorder, only append. */
export const CAUSES = ['event', 'time', 'publish', 'link', 'unlink', 'consent', 'erase'] as const;
export type Cause = (typeof CAUSES)[number];

/** A change as it leaves the object. */
export interface CausedChange extends MembershipChange {
  readonly cause: Cause;
  /** The ruleset that said so. */
  readonly sequence: Sequence;
  readonly evidence: ChangeEvidence;
}

/** What the rule looked at when it decided. */
export interface ChangeEvidence {
  /** Ids, newest first, at most 3. */
  readonly events: readonly string[];
  /** Names. */
  readonly attributes: readonly string[];
}

/**
 * Everything committed before one deadline, waiting to leave the object. The deadline is fixed when the chunk
 * opens and stored with it, so draining again after a crash sends the same content under the same id.
 */
export interface OutboxChunk {
  readonly id: number;
  readonly deadline: Instant;
  /** `<source>/<event id>`: written with every visit, so they are short. */
  readonly facts: string[];
  readonly changes: CausedChange[];
  /** `placement\noffer` → how often it was decided. */
  readonly decisions: Record<string, number>;
  /** What came of decisions: see results.ts. Absent: nothing. */
  results?: Results;
  /** Of the answers that were given. */
  receipts?: KeptReceipt[];
  /** Somebody known lived here, who lives on in another profile from now on. */
  ended?: true;
}

export interface Outbox {
  nextId: number;
  chunks: OutboxChunk[];
  /** Id of the last chunk that is being sent: it must not grow, also where the clock goes back. Not stored. */
  sealed?: number;
}

/** The chunk that a commit at `now` belongs to; opens one when the last is due or none is there. */
export function openChunk(outbox: Outbox, now: Instant): OutboxChunk {
  const last = outbox.chunks.at(-1);
  if (last && now < last.deadline && last.id > (outbox.sealed ?? 0)) return last;
  const chunk: OutboxChunk = {
    id: outbox.nextId++,
    deadline: (now + limit('drainDelayMs')) as Instant,
    facts: [],
    changes: [],
    decisions: {},
  };
  outbox.chunks.push(chunk);
  return chunk;
}

/** Ends the open chunk before its time, so that it may be sent. Must be stored before anything is sent: a chunk under one id has one content. */
export function closeChunk(outbox: Outbox, now: Instant): void {
  outbox.chunks = outbox.chunks.map((chunk) => (chunk.deadline > now ? { ...chunk, deadline: now } : chunk));
}

/** Chunks that nothing can be added to any more: commits go by the same clock as `now`, the object's own. */
export function dueChunks(outbox: Outbox, now: Instant): readonly OutboxChunk[] {
  return outbox.chunks.filter((chunk) => chunk.deadline <= now);
}

export function factName(source: SourceId, id: EventId): string {
  return `${source}/${id}`;
}

/** Sources are slugs, so the first slash ends them. */
export function keyOfFact(name: string): FactKey {
  const slash = name.indexOf('/');
  return { source: name.slice(0, slash) as SourceId, id: name.slice(slash + 1) as EventId };
}
