import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_STITCH_RULES } from '../../core/identity/identity-config.ts';
import { primaryIdentity } from '../../core/identity/primary-identity.ts';
import type { CollectRequest, CollectResponse, WireEvent } from '../../core/interaction/wire.ts';
import { limit } from '../../core/lib/limits.ts';

/** What the endpoint does with a request instead of answering it well. `Stored` faults store first and then fail to say so. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly body?: string }
  | { readonly kind: 'reset' }
  | { readonly kind: 'resetStored' }
  | { readonly kind: 'refuse'; readonly code: string; readonly where: (event: WireEvent) => boolean };

export const SERVER_KEY = 'sk_main.test';

/** Plays the wire's collect answers and keeps what it was told. */
export class CollectEndpoint {
  /** Stored events by id, in the order they were stored. */
  readonly stored = new Map<string, WireEvent>();
  /** Ids as they were stored, per person. */
  readonly byPerson = new Map<string, string[]>();
  readonly violations: string[] = [];
  requests = 0;
  duplicates = 0;
  /** Decides on the fault of the n-th request, from 1, which is the `attempt`-th (from 1) that begins with this event. */
  faultOf: (request: number, attempt: number) => Fault | null = () => null;
  delayMs = 0;
  readonly #inFlight = new Map<string, number>();
  readonly #attempts = new Map<string, number>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const number = ++this.requests;
    if (request.url !== '/v1/collect' || request.method !== 'POST') return void response.writeHead(404).end('{}');
    if (request.headers.authorization !== `Bearer ${SERVER_KEY}`) {
      const problem = JSON.stringify({ title: 'Who are you?', detail: 'unknown key' });
      return void response.writeHead(401, { 'content-type': 'application/problem+json' }).end(problem);
    }
    const parsed = JSON.parse(body.toString('utf8')) as CollectRequest;
    const first = parsed.events[0]?.id ?? '';
    const attempt = (this.#attempts.get(first) ?? 0) + 1;
    this.#attempts.set(first, attempt);
    const fault = this.faultOf(number, attempt);
    const people = new Set(parsed.events.map(personOf));
    if (body.length > limit('requestBytes')) this.violations.push(`body of ${body.length} bytes`);
    if (parsed.events.length > limit('requestEvents')) this.violations.push(`${parsed.events.length} events`);
    if (people.size > limit('profilesPerRequest')) this.violations.push(`${people.size} people`);
    if (parsed.sentAt !== undefined) this.violations.push('sentAt would move history');

    const named = new Set(parsed.events.flatMap((e) => (e.identities ?? []).map((i) => `${i.namespace}:${i.value}`)));
    for (const identity of named) {
      const others = this.#inFlight.get(identity) ?? 0;
      if (others > 0) this.violations.push(`${identity} in flight twice`);
      this.#inFlight.set(identity, others + 1);
    }
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const answer =
      fault && fault.kind !== 'resetStored' && fault.kind !== 'refuse' ? null : this.#store(parsed.events, fault);
    for (const identity of named) this.#inFlight.set(identity, (this.#inFlight.get(identity) ?? 1) - 1);

    if (fault?.kind === 'reset' || fault?.kind === 'resetStored') return void request.socket.destroy();
    if (fault?.kind === 'status') {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      return void response.writeHead(fault.status, headers).end(fault.body ?? '{"title":"no"}');
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #store(events: readonly WireEvent[], fault: Fault | null): CollectResponse {
    const duplicates: string[] = [];
    const refused: CollectResponse['refused'][number][] = [];
    let accepted = 0;
    events.forEach((event, index) => {
      if (fault?.kind === 'refuse' && fault.where(event)) {
        refused.push({ index, id: event.id, code: fault.code as 'invalid', detail: 'as the test wants' });
      } else if (this.stored.has(event.id)) {
        duplicates.push(event.id);
      } else {
        accepted++;
        this.stored.set(event.id, event);
        const person = personOf(event);
        const ids = this.byPerson.get(person) ?? [];
        ids.push(event.id);
        this.byPerson.set(person, ids);
      }
    });
    this.duplicates += duplicates.length;
    return {
      sequence: 1,
      receivedAt: new Date().toISOString(),
      visitor: { state: 'anonymous', isNew: false },
      accepted,
      duplicates,
      refused,
    };
  }
}

export function personOf(event: WireEvent): string {
  const primary = primaryIdentity(event.identities ?? [], DEFAULT_STITCH_RULES.namespaces);
  return primary ? `${primary.namespace}:${primary.value}` : '';
}
