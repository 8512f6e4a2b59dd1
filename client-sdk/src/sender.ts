import type { CollectRequest, InteractRequest, InteractResponse, WireEvent } from '../../core/interaction/wire.ts';
import type { Bus } from './bus.ts';
import { type Consent, settleConsent } from './consent.ts';
import { createId, type Queue } from './queue.ts';
import type { Storage } from './storage.ts';
import type { Reply, Transport } from './transport.ts';

/** Longest wait, in ms, between the first call and its request; earlier when the browser has painted. */
const BATCH_MS = 50;
const MAX_PLACEMENTS = 30;
const MAX_BODY_BYTES = 400_000;
/** Room in a body for all that is not events. */
const ENVELOPE_BYTES = 8_000;
const MAX_HELD = 1_000;
const TOKEN = 't';

/** An event before it gets its id and its place in storage. */
export type FreshEvent = Omit<WireEvent, 'id' | 'consent'> & Required<Pick<WireEvent, 'consent'>>;

export interface Sender {
  push(event: FreshEvent, refresh: boolean): void;
  /** Placements for the next request. */
  readonly wanted: Set<string>;
  /** Asks for everything on the page again with the next request. */
  refresh(): void;
  /** Starts the next request within `BATCH_MS`; its answer, or null when it failed or may not go. */
  send(): Promise<InteractResponse | null>;
  prove(proof: string): void;
  /** Empties the queue, and drops the token unless it is still needed to say goodbye. */
  forget(keepToken: boolean): void;
  /** The page is hidden (`gone`: left): sends what waits. */
  leave(gone: boolean): void;
  retryNow(): void;
}

export function createSender(
  storage: Storage,
  consent: Consent,
  queue: Queue,
  bus: Bus,
  keepsToken: boolean,
  { post, room }: Transport,
): Sender {
  const wanted = new Set<string>();
  let fresh: FreshEvent[] = [];
  let waiting: ((answer: InteractResponse | null) => void)[] = [];
  let proof: string | undefined;
  let refreshing = false;
  let scheduled = false;
  let busy = false;
  let failures = 0;
  let pausedUntil = 0;
  /** Counts `forget`: an answer to a question from before it belongs to the visitor that was forgotten. */
  let era = 0;

  /** Gives events their ids and writes them down; false when nothing may leave now. */
  const persist = (): boolean => {
    const mode = consent.mode();
    if (mode === 'held' || (document as { prerendering?: boolean }).prerendering) return false;
    const now = consent.now();
    const events = fresh.filter((event) => mode === 'open' || event.type === 'consent.updated');
    fresh = [];
    if (events[0])
      queue.add(events.map((event) => ({ id: createId(), ...event, consent: settleConsent(event.consent, now) })));
    return Date.now() >= pausedUntil;
  };
  const envelope = (events: WireEvent[]): CollectRequest =>
    ({
      sentAt: new Date().toISOString(),
      ...(keepsToken && { visitor: storage.get<string>(TOKEN) ?? undefined }),
      ...(proof && { proof }),
      consent: consent.now(),
      events,
    }) as CollectRequest;

  /** Takes in what came back; tells whether the placements of that request are done with. */
  const receive = (
    { status, waitMs, answer }: Reply,
    taken: WireEvent[],
    sentProof: string | undefined,
    sentIn: number,
  ): boolean => {
    const again =
      answer?.refused?.filter((refusal) => refusal.code === 'unavailable').map((refusal) => refusal.id) ?? [];
    const lost = status < 400 ? !answer : status === 429 || status > 499;
    const rejected = !answer && !lost;
    // A token that Selvedge does not take any more is dropped, and the batch goes again as a new visitor's.
    const stale = rejected && status === 401 && keepsToken && storage.get(TOKEN);
    if (stale) storage.set(TOKEN, null);
    const spared = rejected && (sentProof || stale);
    queue.settle(taken, lost || spared ? [] : taken.filter((event) => !again.includes(event.id)));
    if (!lost && !stale && proof === sentProof) proof = undefined;
    if (lost || again[0]) {
      // Doubles from 1 s to 5 min, each time between half and all of it, so that a crowd does not come back at once.
      pausedUntil =
        Date.now() + Math.max(waitMs, Math.min(1000 * 2 ** failures++, 300_000) * (0.5 + Math.random() / 2));
      setTimeout(schedule, pausedUntil - Date.now() + 1);
    } else failures = 0;
    if (!lost && consent.mode() === 'closed') storage.set(TOKEN, null);
    if (spared) schedule();
    if (!answer)
      bus.emit('error', { kind: stale ? 'token' : spared ? 'proof' : lost ? 'unreachable' : 'rejected', status });
    else {
      if (answer.refused?.[0]) bus.emit('error', { kind: 'refused', status, refused: answer.refused });
      if (consent.mode() === 'open' && keepsToken && answer.visitor?.token && sentIn === era)
        storage.set(TOKEN, answer.visitor.token);
      if (answer.propositions && sentIn === era) bus.emit('answer', answer);
    }
    return !lost && !spared;
  };

  const flush = async (): Promise<void> => {
    if (!scheduled || busy) return;
    scheduled = false;
    busy = true;
    const free = persist();
    if (free) await queue.adopt();
    const asks = free && consent.mode() === 'open';
    const waiters = waiting;
    waiting = [];
    if (asks && refreshing) bus.emit('ask', wanted);
    const events = free ? queue.take(MAX_BODY_BYTES) : [];
    const placements = asks ? [...wanted].slice(0, MAX_PLACEMENTS) : [];
    let answer: InteractResponse | null = null;
    let done = false;
    if (events[0] || placements[0]) {
      refreshing = false;
      const sentProof = proof;
      const sentIn = era;
      const reply = await post('interact', {
        ...envelope(events),
        ...(placements[0] && { placements }),
      } satisfies InteractRequest);
      done = receive(reply, events, sentProof, sentIn);
      if (done) for (const id of placements) wanted.delete(id);
      answer = reply.answer;
    }
    for (const settle of waiters) settle(answer);
    busy = false;
    if (scheduled || (done && (queue.waits() || wanted.size))) schedule(true);
  };
  /** After the next paint where there is one, and within `BATCH_MS` in any case. */
  function schedule(again = false): void {
    if (scheduled && !again) return;
    scheduled = true;
    setTimeout(flush, BATCH_MS);
    requestAnimationFrame(() => setTimeout(flush));
  }

  return {
    wanted,
    push: (event, refresh) => {
      refreshing ||= refresh;
      fresh = [...fresh, event].slice(-MAX_HELD);
      schedule();
    },
    refresh: () => {
      refreshing = true;
      schedule();
    },
    send: () => {
      schedule();
      return new Promise((resolve) => waiting.push(resolve));
    },
    prove: (given) => (proof = given),
    forget: (keepToken) => {
      era++;
      fresh = [];
      proof = undefined;
      wanted.clear();
      queue.clear();
      if (!keepToken) storage.set(TOKEN, null);
    },
    leave: (gone) => {
      if (persist()) {
        const events = queue.take(room() - ENVELOPE_BYTES, true);
        const [sentProof, sentIn] = [proof, era];
        if (events[0])
          void post('collect', envelope(events)).then((reply) => receive(reply, events, sentProof, sentIn));
      }
      if (gone) queue.release();
    },
    retryNow: () => {
      pausedUntil = 0;
      schedule();
    },
  };
}
