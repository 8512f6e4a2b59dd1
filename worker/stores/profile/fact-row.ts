import { AUTH_STATES, type AuthState, type Fact } from '../../../core/event/event.ts';
import { type FactBody, lineOf } from '../../../core/interaction/history-lines.ts';
import type { HistoryLine } from '../../../core/interaction/strand-page.ts';
import type { EventId, Instant, SourceId } from '../../../core/lib/ids.ts';

/** A fact as it lies in its table. */
export interface FactRow extends Record<string, SqlStorageValue> {
  readonly source: string;
  readonly id: string;
  readonly strand: number;
  readonly at: number;
  readonly received_at: number;
  readonly type: string;
  readonly purposes: number;
  readonly sent_by: number;
  readonly auth: number;
  readonly body: string;
}

/** As it travels: nobody reads the body on the way. */
export function lineOfRow({ source, id, at, received_at, type, purposes, sent_by, auth, body }: FactRow): HistoryLine {
  const key = { source: source as SourceId, id: id as EventId };
  const times = [at as Instant, received_at as Instant] as const;
  return { ...key, line: lineOf([key.source, key.id, ...times, type, purposes, sent_by, auth], body) };
}

export function factOf(row: FactRow): Fact {
  const body = JSON.parse(row.body) as FactBody;
  return {
    id: row.id as EventId,
    source: row.source as SourceId,
    strand: row.strand,
    at: row.at as Instant,
    receivedAt: row.received_at as Instant,
    type: row.type,
    purposes: row.purposes,
    sentBy: row.sent_by === 1 ? 'server' : 'browser',
    auth: (AUTH_STATES[row.auth] ?? 'anonymous') as AuthState,
    ...body,
  };
}
