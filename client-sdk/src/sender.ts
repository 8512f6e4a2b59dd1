import type { CollectRequest, InteractRequest, InteractResponse, WireEvent } from '../../core/interaction/wire.ts';
import { BATCH_MS, ENVELOPE_BYTES, MAX_BODY_BYTES, MAX_HELD, MAX_PLACEMENTS, RENEW_MS, SHORT_MS } from './budgets.ts';
import type { Bus } from './bus.ts';
import { type Consent, settleConsent } from './consent.ts';
import { pause } from './pause.ts';
import { createId, type Queue } from './queue.ts';
import type { Storage } from './storage.ts';
import type { Transport } from './transport.ts';

/** Where the visitor token is kept, in token mode. */
export const TOKEN = 't';

/** An event before it gets its place in storage, and its id if it has none yet. */
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
  let waiting: ((answer: InteractResponse | null) => void)[] = [];
  let login: (Login & { readonly begin: string }) | undefined;
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
      queue.add(events.map((event) => ({ id: createId(), ...event, consent: settleConsent(event.consent, now) })));
    return Date.now() >= pausedUntil;
  };
  const take = (maxBytes: number, strict: boolean) => queue.take(maxBytes, strict, login?.begin);
  /** The login that goes with what was just taken: none, as long as its first event is still to come. */
  const due = () => (login && queue.waits(login.begin) ? undefined : login);
  const envelope = (events: WireEvent[], sent: typeof login): CollectRequest =>
    ({
      sentAt: new Date().toISOString(),
      ...(keepsToken && { visitor: storage.get<string>(TOKEN) ?? undefined }),
      ...(sent && { proof: sent.proof }),
      consent: consent.now(),
      events,
    }) as CollectRequest;

  /** Sends, and takes in what comes back. `done`: the placements of that request are; null: it goes again with another proof. */
  const exchange = async (
    path: 'interact' | 'collect',
    message: object,
    taken: WireEvent[],
    sent: typeof login,
  ): Promise<{ answer: InteractResponse | null; done: boolean | null }> => {
    const sentIn = era;
    const { status, waitMs, answer, code } = await post(path, message);
    const refused = answer?.refused ?? [];
    const again = refused.filter((refusal) => refusal.code === 'unavailable').map((refusal) => refusal.id);
    const lost = status < 400 ? !answer : status === 429 || status > 499;
    const rejected = !answer && !lost;
    // A token that Selvedge does not take any more is dropped, and the batch goes again as a new visitor's. A refused proof has a code.
    const stale = status === 401 && !code && keepsToken && storage.get(TOKEN);
    if (stale) storage.set(TOKEN, null);
    const spared = rejected && (sent || stale);
    queue.settle(taken, lost || spared ? [] : taken.filter((event) => !again.includes(event.id)));
    // An answer without the profile has signed nobody in.
    if (!lost && !stale && login === sent && !again.includes(login?.begin)) login = undefined;
    if (lost || again[0]) {
      // Doubles from 1 s to 5 min, each time between half and all of it, so that a crowd does not come back at once.
      pausedUntil =
        Date.now() + Math.max(waitMs, Math.min(1000 * 2 ** failures++, 300_000) * (0.5 + Math.random() / 2));
      setTimeout(schedule, pausedUntil - Date.now() + 1);
    } else failures = 0;
    if (!lost && consent.mode() === 'closed') storage.set(TOKEN, null);
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
    if (spared) schedule();
    if (proof && !login && sentIn === era) {
      login = { proof, begin: sent.begin, renew: undefined };
      return { answer, done: null };
    }
    const quarantine = answer?.visitor?.quarantine;
    const failed = stale ? 'token' : spared ? 'proof' : lost ? 'unreachable' : 'rejected';
    const kind = !answer ? failed : quarantine ? 'quarantine' : refused[0] && 'refused';
    if (kind) bus.emit('error', { kind, status, code, refused, quarantine });
    if (answer) {
      if (consent.mode() === 'open' && keepsToken && answer.visitor?.token && sentIn === era)
        storage.set(TOKEN, answer.visitor.token);
      if (answer.propositions && sentIn === era) bus.emit('answer', answer);
    }
    return { answer, done: !lost && !spared };
  };

  const flush = async (): Promise<void> => {
    if (!scheduled || busy) return;
    scheduled = false;
    busy = true;
    batchMs = SHORT_MS;
    const free = persist();
    if (free) await queue.adopt();
    const waiters = waiting;
    waiting = [];
    const events = free ? take(MAX_BODY_BYTES, false) : [];
    const sent = due();
    /** Goes ahead of a login. What to show is asked with the login: nobody waits for content that will change at once. */
    const ahead = sent !== login;
    const asks = free && !ahead && consent.mode() === 'open';
    if (asks && refreshing) bus.emit('ask', wanted);
    const placements = asks ? [...wanted].slice(0, MAX_PLACEMENTS) : [];
    let answer: InteractResponse | null = null;
    let done: boolean | null = false;
    if (events[0] || placements[0]) {
      refreshing &&= ahead;
      const message = { ...envelope(events, sent), ...(placements[0] && { placements }) } satisfies InteractRequest;
      bus.emit('request', message);
      ({ answer, done } = await exchange('interact', message, events, sent));
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
      if (given) {
        login = { ...given, begin: createId() };
        event.id = login.begin;
      }
      fresh = [...fresh, event].slice(-MAX_HELD);
      schedule();
    },
    freeze: () => {
      fresh = consent.mode() === 'closed' ? [] : fresh.map((event) => ({ ...event }));
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
      while (persist()) {
        const events = take(room() - ENVELOPE_BYTES, true);
        const sent = due();
        if (events[0]) void exchange('collect', envelope(events, sent), events, sent);
        // A page that is only hidden sends a login after the answer to what went ahead of it.
        if (!gone || sent === login || !events[0]) break;
      }
      if (gone) queue.release();
    },
    retryNow: () => {
      pausedUntil = 0;
      schedule();
    },
  };
}
