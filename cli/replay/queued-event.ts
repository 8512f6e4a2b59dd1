import { DEFAULT_STITCH_RULES } from '../../core/identity/identity-config.ts';
import { primaryIdentity } from '../../core/identity/primary-identity.ts';
import type { WireEvent } from '../../core/interaction/wire.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import type { MappedEvent } from '../../core/source/build-event.ts';
import type { RowRange } from '../../core/source/problem.ts';

/** An event waiting to be sent: written once, so that a retry sends the very same bytes. */
export interface QueuedEvent {
  /** Its place among the selected events of the file, from 0. */
  readonly ordinal: number;
  readonly id: string;
  readonly rows: RowRange;
  /** The identity whose profile the event belongs to; the endpoint counts people by it. */
  readonly person: string;
  /** Every identity it names: two requests that share one are never in flight together. */
  readonly identities: readonly string[];
  readonly json: string;
  readonly bytes: number;
}

/** Writes an event for the public wire, `shiftMs` later than it happened. */
export function queueEvent(event: MappedEvent, ordinal: number, shiftMs: number): QueuedEvent {
  const wire: WireEvent = {
    id: event.id,
    type: event.type,
    occurredAt: formatInstant((event.at + shiftMs) as Instant),
    identities: event.identities,
    ...(event.authState ? { authState: event.authState } : {}),
    ...(event.consent ? { consent: event.consent } : {}),
    ...(event.context ? { context: event.context } : {}),
    data: event.data,
  };
  const json = JSON.stringify(wire);
  const identities = event.identities.map(({ namespace, value }) => `${namespace}\n${value}`);
  // A namespace of the space's own has no rank here: the first one named stands for the person.
  const primary = primaryIdentity(event.identities, DEFAULT_STITCH_RULES.namespaces) ?? event.identities[0];
  return {
    ordinal,
    id: event.id,
    rows: event.rows,
    person: primary ? `${primary.namespace}\n${primary.value}` : '',
    identities,
    json,
    bytes: Buffer.byteLength(json),
  };
}
