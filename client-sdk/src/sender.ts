import type { InteractRequest, InteractResponse, WireEvent } from '../../core/interaction/wire.ts';
import { BATCH_MS, ENVELOPE_BYTES, MAX_BODY_BYTES, MAX_HELD, MAX_PLACEMENTS, RENEW_MS, SHORT_MS } from './budgets.ts';
import type { Bus } from './bus.ts';
import { type Consent, settleConsent } from './consent.ts';
import { pause } from './pause.ts';
import { createId, type Queue } from './queue.ts';
import type { Storage } from './storage.ts';
import type { Transport } from './transport.ts';

/** Where the visitor token is kept, in token mode. */
export const TOKEN = 't';

/** An event before it gets its place in storage, and its id. */
export type FreshEvent = Omit<WireEvent, 'id' | 'consent'> & Required<Pick<WireEvent, 'consent'>> & { id?: string };

export interface Login {
  readonly proof: string;
  /** Asked once for another proof, when this one was refused. */
  readonly renew: Renew | undefined;
}
/** Brings a new proof in place of one that was refused, such as `used` or `expired`; nothing when there is none. */
export type Renew = (code: string) => MaybeProof | Promise<MaybeProof>;
type MaybeProof = string | null | undefined;

export interface Sender {
  /** `login` goes with this event and what follows: what was made before belongs to whoever was there before. */
  push(event: FreshEvent, refresh: boolean, login?: Login): void;
  /** Before a choice: what was made until now keeps the consent it was made under, and is gone if there was none. */
  freeze(): void;
  /** Placements for the next request. */
  readonly wanted: Set<string>;
  /** Asks for everything on the page again with the next request. */
  refresh(): void;
  /** Starts the next request within `BATCH_MS`; its answer, or null when it failed or may not go. */
  send(): Promise<InteractResponse | null>;
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
  const waiting: ((answer: InteractResponse | null) => void)[] = [];
  /** `event` is the first of it. It has an id once it is written down. */
  let login: (Login & { readonly event: FreshEvent }) | undefined;
  let refreshing = false;
  let scheduled = false;
  let busy = false;
  let batchMs = BATCH_MS;
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
      queue.add(
        events.map((event) => {
          event.id = createId();
          return { ...event, consent: settleConsent(event.consent, now) } as WireEvent;
        }),
      );
    return Date.now() >= pausedUntil;
  };
  /** A login has to wait as long as its first event is still to come. */
  const isEarly = (): boolean => !!login && queue.waits(login.event.id);

  /** Sends, and takes in what comes back. `done`: the placements of that request are; null: it goes again with another proof. */
  const exchange = async (
    path: 'interact' | 'collect',
    events: WireEvent[],
    placements?: string[],
  ): Promise<{ answer: InteractResponse | null; done: boolean | null }> => {
    const sentIn = era;
    const sent = isEarly() ? undefined : login;
    // JSON leaves out what is undefined.
    const message = {
      sentAt: new Date().toISOString(),
      visitor: (keepsToken && storage.get<string>(TOKEN)) || undefined,
      proof: sent?.proof,
      // Where another tab has taken its first event along, there is nothing left to tell apart.
      proofFrom: events.find(({ id }) => id === sent?.event.id)?.id,
      consent: consent.now(),
      events,
      placements: placements?.[0] && placements,
    } as InteractRequest;
    if (placements) bus.emit('request', message);
    const { status, waitMs, answer, token, code } = await post(path, message);
    const refused = answer?.refused ?? [];
    const again = refused.filter((refusal) => refusal.code === 'unavailable').map((refusal) => refusal.id);
    const waits = sent && again.includes(sent.event.id);
    const lost = status < 400 ? !answer : status === 429 || status > 499;
    // A token that Selvedge does not take any more is dropped, and the batch goes again as a new visitor's. A refused proof has a code.
    const stale = status === 401 && !code && keepsToken && storage.get(TOKEN);
    if (stale) storage.set(TOKEN, null);
    const kept = lost || (!answer && (sent || stale));
    queue.settle(events, (id) => kept || again.includes(id));
    // An answer without the profile has signed nobody in.
    if (!lost && !stale && login === sent && !waits) login = undefined;
    if (lost || again[0]) {
      // Doubles from 1 s to 5 min, each time between half and all of it, so that a crowd does not come back at once.
      const delayMs = Math.max(waitMs, Math.min(1000 * 2 ** failures++, 300_000) * (0.5 + Math.random() / 2));
      pausedUntil = Date.now() + delayMs;
      setTimeout(schedule, delayMs + 1);
    } else failures = 0;
    const mode = consent.mode();
    if (!lost && mode === 'closed') storage.set(TOKEN, null);
    if (keepsToken && token && mode === 'open' && sentIn === era) storage.set(TOKEN, token);
    // A page that throws or takes too long has no other proof.
    const proof =
      status === 401 &&
      sent?.renew &&
      code &&
      (await Promise.race([
        Promise.resolve(code)
          .then(sent.renew)
          .catch((): null => null),
        pause(RENEW_MS),
      ]));
    if (kept && !lost) schedule();
    if (proof && !login && sentIn === era) {
      login = { ...sent, proof, renew: undefined };
      return { answer, done: null };
    }
    const quarantine = answer?.visitor?.quarantine;
    const failed = stale ? 'token' : lost ? 'unreachable' : sent ? 'proof' : 'rejected';
    const kind = !answer ? failed : quarantine ? 'quarantine' : refused[0] && 'refused';
    if (kind) bus.emit('error', { kind, status, code, refused, quarantine });
    if (answer?.propositions && sentIn === era) bus.emit('answer', answer);
    return { answer, done: !kept && !waits };
  };

  const flush = async (): Promise<void> => {
    if (!scheduled || busy) return;
    scheduled = false;
    busy = true;
    batchMs = SHORT_MS;
    if (persist()) await queue.adopt();
    // What came meanwhile goes along: a login must not overtake the event that it begins with.
    const free = persist();
    const waiters = waiting.splice(0);
    const events = free ? queue.take(MAX_BODY_BYTES, false) : [];
    /** More than one request holds goes ahead of a login. What to show is asked with the login. */
    const ahead = isEarly();
    const asks = free && !ahead && consent.mode() === 'open';
    if (asks && refreshing) bus.emit('ask', wanted);
    const placements = asks ? [...wanted].slice(0, MAX_PLACEMENTS) : [];
    let answer: InteractResponse | null = null;
    let done: boolean | null = false;
    if (events[0] || placements[0]) {
      refreshing &&= ahead;
      ({ answer, done } = await exchange('interact', events, placements));
      if (done) for (const id of placements) wanted.delete(id);
    }
    if (done === null || (ahead && done)) waiting.unshift(...waiters);
    else for (const settle of waiters) settle(answer);
    busy = false;
    if (scheduled || (done && (queue.waits() || wanted.size))) schedule(true);
  };
  /** The first time after the first paint, where there is one, and within `BATCH_MS` in any case. Later ones ask for no frame: that costs more than they do. */
  function schedule(again = false): void {
    if (scheduled && !again) return;
    scheduled = true;
    setTimeout(flush, batchMs);
    if (batchMs === BATCH_MS) requestAnimationFrame(() => setTimeout(flush));
  }

  return {
    wanted,
    push: (event, refresh, given) => {
      refreshing ||= refresh;
      if (given) login = { ...given, event };
      fresh = [...fresh, event].slice(-MAX_HELD);
      schedule();
    },
    freeze: () => {
      // In place: a login knows its event.
      const keep = (event: FreshEvent) => Object.defineProperty(event, 'consent', { value: event.consent });
      fresh = consent.mode() === 'closed' ? [] : fresh.map(keep);
    },
    refresh: () => {
      refreshing = true;
      schedule();
    },
    send: () => {
      schedule();
      return new Promise((resolve) => waiting.push(resolve));
    },
    forget: (keepToken) => {
      era++;
      fresh = [];
      login = undefined;
      wanted.clear();
      queue.clear();
      if (!keepToken) storage.set(TOKEN, null);
    },
    leave: (gone) => {
      if (persist()) {
        const events = queue.take(room() - ENVELOPE_BYTES, true);
        if (events[0]) void exchange('collect', events);
      }
      if (gone) queue.release();
    },
    retryNow: () => {
      pausedUntil = 0;
      schedule();
    },
  };
}
