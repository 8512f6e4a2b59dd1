import { AUTH_STATES, type Fact } from '../event/event.ts';
import type { EventId, Instant, SourceId } from '../lib/ids.ts';

/** Facts of one strand as they travel between objects and lie in a page: a line of JSON each, in the order of keys. */
export type HistoryLines = string;

/** A fact beside its body: source, id, when it happened, when it was received, type, purposes, 1 for a server's, position in `AUTH_STATES`. */
export type FactHead = readonly [
  source: SourceId,
  id: EventId,
  at: Instant,
  receivedAt: Instant,
  type: string,
  purposes: number,
  sentByServer: number,
  auth: number,
];

/** What of a fact is stored as JSON. */
export type FactBody = Pick<Fact, 'data' | 'context' | 'consent' | 'claims' | 'links'>;

export function bodyOf({ data, context, consent, claims, links }: FactBody): string {
  return JSON.stringify({ data, context, consent, claims, links });
}

/** `body`: as `bodyOf` gives it, so that nobody has to read it on the way. */
export function lineOf(head: FactHead, body: string): string {
  return `${JSON.stringify(head).slice(0, -1)},${body}]`;
}

export function packLine(fact: Fact): string {
  const { source, id, at, receivedAt, type, purposes, sentBy, auth } = fact;
  const sentByServer = sentBy === 'server' ? 1 : 0;
  return lineOf([source, id, at, receivedAt, type, purposes, sentByServer, AUTH_STATES.indexOf(auth)], bodyOf(fact));
}

export function unpackLines(lines: HistoryLines, strand: number): Fact[] {
  if (lines === '') return [];
  const packed = JSON.parse(`[${lines.replaceAll('\n', ',')}]`) as readonly (readonly [...FactHead, FactBody])[];
  return packed.map(([source, id, at, receivedAt, type, purposes, sentByServer, auth, body]) => ({
    id,
    source,
    strand,
    at,
    receivedAt,
    type,
    purposes,
    sentBy: sentByServer === 1 ? 'server' : 'browser',
    auth: AUTH_STATES[auth] ?? 'anonymous',
    ...body,
  }));
}
