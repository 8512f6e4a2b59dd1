import { byteLength } from '../lib/byte-length.ts';
import { type Instant, parseEventId, type SourceId } from '../lib/ids.ts';
import { parseInstant } from '../lib/instant.ts';
import { findCapProblem, type JsonObject } from '../lib/json.ts';
import { limit } from '../lib/limits.ts';
import { type ConsentChoices, collectedUnder, NECESSARY_MASK } from '../policy/purposes.ts';
import type { AcceptedEvent, AuthState, Identity } from './event.ts';
import { eventTime } from './event-time.ts';
import type { EventType, KeyKind } from './event-type.ts';
import type { Refusal, RefusalCode } from './refusal.ts';
import { findEventType } from './registry.ts';
import { eventSchema } from './schema.ts';

/** What the door knows about the sender of a batch. */
export interface BatchSender {
  readonly source: SourceId;
  readonly sentBy: KeyKind;
  readonly trustBrowserMoney: boolean;
  readonly receivedAt: Instant;
  /** Milliseconds to add to the sender's times. */
  readonly skewMs: number;
  readonly defaultConsent: ConsentChoices;
  /** Consent named once for the whole request. */
  readonly consent: ConsentChoices | undefined;
  readonly globalPrivacyControl: boolean;
  /** What the edge knows about the request (geo, device, …), and the context the sender named once. Events add to it. */
  readonly context: JsonObject;
  /** The part of it that the edge saw for itself: an event's own context cannot say otherwise. */
  readonly observed: JsonObject;
  /** False when the whole request is smaller than the cap of one event. */
  readonly mayHoldLargeEvents: boolean;
}

/** An accepted event and what it said about who it is from, before anything is proven. */
export interface ParsedEvent {
  readonly event: AcceptedEvent;
  readonly identities: readonly Identity[];
  readonly authState: AuthState | undefined;
  /** What the sender said, before any correction: the same whenever it is sent again. */
  readonly occurredAt: Instant;
  readonly index: number;
}

export interface ParsedBatch {
  readonly parsed: readonly ParsedEvent[];
  readonly refused: readonly Refusal[];
}

const CAPS = { maxDepth: limit('eventDepth'), maxString: limit('eventString'), maxItems: limit('eventItems') };

/** Checks each event by itself: a bad one is refused with its reason and costs the others nothing. */
export function parseEvents(events: readonly unknown[], sender: BatchSender): ParsedBatch {
  const parsed: ParsedEvent[] = [];
  const refused: Refusal[] = [];
  for (let index = 0; index < events.length; index++) {
    const outcome = parseEvent(events[index], index, sender);
    if ('event' in outcome) parsed.push(outcome);
    else refused.push(outcome);
  }
  return { parsed, refused };
}

function parseEvent(raw: unknown, index: number, sender: BatchSender): ParsedEvent | Refusal {
  const id = claimedId(raw);
  const refuse = (code: RefusalCode, detail: string, pointer?: string): Refusal => ({
    index,
    ...(id === undefined ? {} : { id }),
    code,
    detail,
    ...(pointer === undefined ? {} : { pointer }),
  });

  const capped = findCapProblem(raw, CAPS);
  if (capped) {
    const code = capped.problem === 'forbiddenKey' ? 'forbiddenKey' : 'tooLarge';
    return refuse(code, `over the cap for events: ${capped.problem}`, capped.pointer);
  }
  if (sender.mayHoldLargeEvents && byteLength(JSON.stringify(raw)) > limit('eventBytes')) {
    return refuse('tooLarge', `an event may hold at most ${limit('eventBytes')} bytes`);
  }
  const envelope = eventSchema.safeParse(raw);
  if (!envelope.success) return refuse('invalid', ...firstIssue(envelope.error.issues, ''));
  const wire = envelope.data;

  const type = findEventType(wire.type);
  if (!type) return refuse('unknownType', `unknown event type; own types begin with "custom."`, '/type');
  if (!maySend(type, sender)) {
    return refuse('keyKind', `${type.type} may be sent with: ${type.sentBy.join(', ')} key`, '/type');
  }
  const data = type.schema.safeParse(wire.data);
  if (!data.success) return refuse('invalid', ...firstIssue(data.error.issues, '/data'));

  const identities = wire.identities ?? [];
  if (identities.length > limit('identitiesPerEvent')) {
    return refuse('tooManyIdentities', `at most ${limit('identitiesPerEvent')} identities`, '/identities');
  }
  const occurredAt = parseInstant(wire.occurredAt);
  if (occurredAt === null) return refuse('invalid', 'not an ISO 8601 instant with an offset', '/occurredAt');
  const at = eventTime(occurredAt, sender.skewMs, sender.receivedAt, sender.sentBy);
  if (!at.ok)
    return refuse(
      at.error,
      `occurredAt ${at.error === 'inFuture' ? 'is too far ahead' : 'is too long ago'}`,
      '/occurredAt',
    );

  const said = wire.consent || sender.consent ? { ...sender.consent, ...wire.consent } : undefined;
  const purposes = collectedUnder(said, sender.defaultConsent, sender.globalPrivacyControl);
  if (purposes === NECESSARY_MASK && !type.necessary) return refuse('noConsent', 'no purpose is consented to');

  const eventId = parseEventId(wire.id);
  if (eventId === null) return refuse('invalid', 'not an event id', '/id');
  return {
    index,
    identities,
    authState: wire.authState,
    occurredAt,
    event: {
      id: eventId,
      source: sender.source,
      type: wire.type,
      at: at.value,
      receivedAt: sender.receivedAt,
      purposes,
      ...(said === undefined ? {} : { consent: said }),
      sentBy: sender.sentBy,
      data: data.data as JsonObject,
      context: wire.context
        ? { ...sender.context, ...(wire.context as JsonObject), ...sender.observed }
        : sender.context,
    },
  };
}

function maySend(type: EventType, sender: BatchSender): boolean {
  if (type.sentBy.includes(sender.sentBy)) return true;
  return sender.sentBy === 'browser' && sender.trustBrowserMoney && type.claimable === true;
}

/** The id for the refusal's reader only; nothing is looked up by it. */
function claimedId(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || !Object.hasOwn(raw, 'id')) return undefined;
  const id = (raw as { readonly id: unknown }).id;
  return typeof id === 'string' ? id.slice(0, 64) : undefined;
}

function firstIssue(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
  base: string,
): [detail: string, pointer: string] {
  const issue = issues[0];
  return [
    issue?.message ?? 'does not fit its schema',
    base + (issue?.path ?? []).map((step) => `/${String(step)}`).join(''),
  ];
}
