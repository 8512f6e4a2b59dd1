import type { Preview } from '../../core/decision/decision-subject.ts';
import type { Proposition } from '../../core/decision/proposition.ts';
import type { AuthState } from '../../core/event/event.ts';
import type { ParsedBatch, ParsedEvent } from '../../core/event/parse-events.ts';
import type { Refusal } from '../../core/event/refusal.ts';
import type { Quarantine } from '../../core/identity/hot-value.ts';
import type { IgnoredIdentity } from '../../core/identity/ignored-identity.ts';
import type { InteractAnswer, MembershipChange } from '../../core/interaction/command.ts';
import type { InteractRequest } from '../../core/interaction/wire.ts';
import type { EventId, Instant } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { ALL_PURPOSES_MASK, GPC_DENIES, NECESSARY_MASK, type PurposeMask } from '../../core/policy/purposes.ts';
import type { Caller, CallerProblem } from '../http/caller.ts';
import { remembersRefusal } from '../http/cookies.ts';
import type { Enrichment } from '../http/enrich.ts';
import type { Services } from '../services.ts';

/** A parsed request to interact or collect; `events` are still unchecked. */
export interface VisitRequest extends Omit<InteractRequest, 'events'> {
  readonly events: readonly unknown[];
}

export interface Visit {
  readonly services: Services;
  readonly caller: Caller;
  readonly request: Request;
  readonly requestId: string;
  readonly body: VisitRequest;
  readonly bodyBytes: number;
  readonly enrichment: Enrichment;
  /** `collect` may name many people and wants no decisions. */
  readonly mode: 'interact' | 'collect';
  readonly receivedAt: Instant;
  /** What a preview link asks for, when the visit came with one that holds. */
  readonly preview: Preview | null;
}

/** What a visit came to, before it becomes a response. */
export interface VisitOutcome {
  readonly sequence: number;
  readonly state: AuthState;
  readonly isNew: boolean;
  readonly token: string | null;
  readonly accepted: number;
  readonly duplicates: readonly EventId[];
  readonly refused: readonly Refusal[];
  /** Also of events that were refused. */
  readonly ignored: readonly IgnoredIdentity[];
  readonly propositions: readonly Proposition[];
  readonly memberships: readonly MembershipChange[];
  /** Null: nobody asked why. */
  readonly trace: InteractAnswer['trace'];
  readonly degraded: boolean;
  /** Why, where that is so: a profile is asked more often than any person visits. */
  readonly overloaded: boolean;
  /** The person that the visit named does not count: too many share the id. */
  readonly quarantine: Quarantine | null;
  /** For the log line. */
  readonly hops: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

/** Why a visit has no answer. `before`: what was stored all the same, of before the sign-in that was refused. */
export interface VisitProblem extends CallerProblem {
  readonly before?: VisitOutcome;
}

/** Purposes that the request itself rules out. */
export function deniedBy(visit: Visit): PurposeMask {
  if (isRefusing(visit)) return ALL_PURPOSES_MASK & ~NECESSARY_MASK;
  return visit.enrichment.globalPrivacyControl ? GPC_DENIES : 0;
}

/** Whoever refused everything in this browser and has not agreed to anything since. */
export function isRefusing({ caller, request, body }: Pick<Visit, 'caller' | 'request' | 'body'>): boolean {
  if (caller.kind !== 'browser' || caller.source.identityMode !== 'cookie' || !remembersRefusal(request)) return false;
  const agrees = (said: object | undefined) => Object.values(said ?? {}).includes('in');
  return !agrees(body.consent) && !body.events.some((event) => agrees((event as { consent?: object } | null)?.consent));
}

/** How long the profile may take: a page waits for `interact`, nobody waits for `collect`. */
export function budgetOf(visit: Visit): number {
  return visit.mode === 'interact' ? visit.services.objectBudgetMs : limit('collectBudgetMs');
}

export const NOTHING_STORED: VisitOutcome = {
  sequence: 0,
  state: 'anonymous',
  isNew: false,
  token: null,
  accepted: 0,
  duplicates: [],
  refused: [],
  ignored: [],
  propositions: [],
  memberships: [],
  trace: null,
  degraded: false,
  overloaded: false,
  quarantine: null,
  hops: 0,
  rowsRead: 0,
  rowsWritten: 0,
};

export function refuseAll(
  parsed: readonly ParsedEvent[],
  code: 'automated' | 'noConsent' | 'noIdentity' | 'unavailable',
): readonly Refusal[] {
  const detail = {
    automated: 'bots and prefetches create nothing',
    noConsent: 'this browser has refused everything: its choice comes first',
    noIdentity: 'name a person in identities, or send a visitor token',
    unavailable: 'not stored: send it again with the same id',
  }[code];
  return parsed.map(({ event, index }) => ({ index, id: event.id, code, detail }));
}

export function outcomeOf(
  batch: ParsedBatch,
  answer: InteractAnswer,
  token: string | null,
  isNew: boolean,
  hops: number,
): VisitOutcome {
  const late = answer.refused.map((refusal) => ({
    index: batch.parsed.find(({ event }) => event.id === refusal.id)?.index ?? 0,
    ...refusal,
  }));
  return {
    sequence: answer.sequence,
    state: answer.state,
    isNew,
    token,
    accepted: answer.accepted,
    duplicates: answer.duplicates,
    refused: late.length === 0 ? batch.refused : [...batch.refused, ...late],
    ignored: [],
    propositions: answer.propositions,
    memberships: answer.memberships,
    trace: answer.trace,
    degraded: false,
    overloaded: false,
    quarantine: null,
    hops,
    rowsRead: answer.cost.rowsRead,
    rowsWritten: answer.cost.rowsWritten,
  };
}
