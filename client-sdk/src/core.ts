import type { InteractResponse, VisitorView } from '../../core/interaction/wire.ts';
import type { JsonObject } from '../../core/lib/json.ts';
import type { ConsentChoices } from '../../core/policy/purposes.ts';
import { type Bus, createBus, type SdkEvents, type SdkListener } from './bus.ts';
import { endpointOf, type SdkConfig } from './config.ts';
import { type Consent, createConsent } from './consent.ts';
import { pause } from './pause.ts';
import { createQueue } from './queue.ts';
import { watchRoutes } from './routes.ts';
import { createSender, type Login, type Renew, type Sender } from './sender.ts';
import { createStorage, type Storage } from './storage.ts';
import { createTransport, type Transport } from './transport.ts';

export type { SdkError, SdkEvents, SdkListener } from './bus.ts';
export type { SdkConfig } from './config.ts';
export type { Renew } from './sender.ts';

/** Data of an event: JSON; members that are undefined are left out. */
export type EventData = Readonly<Record<string, unknown>>;

/** What a page says of an event. */
interface Given {
  readonly data: EventData;
  readonly context?: EventData;
}

export interface CoreClient {
  /** Settles with the first answer, or when it is clear that none comes; after 5 s at the latest. Never rejects. */
  readonly ready: Promise<void>;
  /** Counts a page view; `data` adds to what the page says about itself, or overrules it. */
  page(data?: EventData): Promise<InteractResponse | null>;
  /** Queues an event; the answer that reflects it, or null when it failed, was refused consent or must wait. */
  track(type: string, data?: EventData, options?: { readonly context?: EventData }): Promise<InteractResponse | null>;
  /**
   * Signs a person in by a JWT that the site's server made. Who the visitor is now, or null when it failed. `renew` is asked once for another one when it is
   * refused, such as `used` before or `expired` on its way. What was tracked before belongs to whoever the visitor was then.
   */
  identify(proof: string, renew?: Renew): Promise<VisitorView | null>;
  /** From here on the device greets nobody. */
  signOut(): Promise<InteractResponse | null>;
  /** Remembers a choice and reports it. Everything `out` empties queue and id, once a consent given before is withdrawn at the server. */
  consent(choices: ConsentChoices): Promise<InteractResponse | null>;
  /** Returns the way to stop listening. */
  on<E extends keyof SdkEvents>(event: E, listener: SdkListener<E>): () => void;
  /** Forgets queue, token and decisions in this browser. The choice stays, and an HttpOnly cookie is the server's: use `signOut`. */
  reset(): void;
  /** For add-ons of this package only; no promise about its form. */
  readonly link: {
    readonly bus: Bus;
    readonly sender: Sender;
    readonly storage: Storage;
    readonly consent: Consent;
    readonly transport: Transport;
    track(type: string, data: EventData): void;
  };
}

/** One client for each key of a page, however often and from however many copies of the SDK it is asked for. */
export function once<T>(key: string, create: () => T): T {
  const page = window as unknown as Record<symbol, T>;
  const name = Symbol.for(`selvedge ${key}`);
  page[name] ??= create();
  return page[name];
}

/** Starts collecting. Call it in a page, not on a server. `scriptUrl` is where sdk.js came from. Never throws for what the network does. */
export function init(config: SdkConfig, scriptUrl?: string): CoreClient {
  return once(`core ${config.key}`, () => createCore(config, scriptUrl));
}

/** Undefined, which JSON leaves out, for an empty text. */
const cut = (text: string, most: number): string | undefined => text.slice(0, most) || undefined;

function createCore(config: SdkConfig, scriptUrl?: string): CoreClient {
  const prefix = `sv.${config.source ?? ''}.`;
  const storage = createStorage(prefix);
  const consent = createConsent(config, storage);
  const bus = createBus();
  const transport = createTransport(endpointOf(config, scriptUrl), config.key);
  const sender = createSender(
    storage,
    consent,
    createQueue(storage, prefix),
    bus,
    config.identityMode === 'token',
    transport,
  );

  const push = (type: string, given: Given, login?: Login, refresh = true): void => {
    sender.push(
      {
        type,
        occurredAt: new Date().toISOString(),
        ...(given as { readonly data: JsonObject; readonly context?: JsonObject }),
        // Storage is not read before the first paint: the choice is looked up when the event is written down, or just before it changes.
        get consent() {
          return consent.now();
        },
      },
      refresh,
      login,
    );
  };
  /** The data as it is now, whatever the page does with its object later; null, and an error, when it is not JSON. */
  const copy = (given: object): Given | null => {
    try {
      return JSON.parse(JSON.stringify(given));
    } catch (cause) {
      bus.emit('error', { kind: 'rejected', cause });
      return null;
    }
  };
  const track: CoreClient['track'] = async (type, data = {}, options) => {
    const given = copy({ data, context: options?.context });
    if (!given) return null;
    push(type, given);
    return sender.send();
  };
  const view = (data?: EventData, from = document.referrer): Promise<InteractResponse | null> => {
    bus.emit('view');
    push('page.viewed', {
      data: {
        url: cut(location.href, 2048),
        path: cut(location.pathname, 2048),
        referrer: cut(from, 2048),
        pageType: document.querySelector<HTMLMetaElement>('meta[name="selvedge:page-type"]')?.content || undefined,
        // Read when the event is written down: single-page routers set the title after the address.
        get title() {
          return cut(document.title, 512);
        },
        ...copy({ data })?.data,
      },
    });
    return sender.send();
  };
  const start = (): void => {
    if (config.sdk?.pageViews) {
      void view();
      watchRoutes((from) => void view({}, from));
    }
    sender.retryNow();
  };

  if ((document as { prerendering?: boolean }).prerendering) document.addEventListener('prerenderingchange', start);
  else start();
  addEventListener('online', sender.retryNow);
  addEventListener('pagehide', () => sender.leave(true));
  document.addEventListener('visibilitychange', () => document.hidden && sender.leave(false));

  return {
    ready: Promise.race([sender.send(), pause(5000)]).then(() => {}),
    page: view,
    track,
    identify: async (proof, renew) => {
      push('signed.in', { data: {} }, { proof, renew });
      return (await sender.send())?.visitor ?? null;
    },
    signOut: () => track('signed.out'),
    consent: async (choices) => {
      const before = consent.mode();
      sender.freeze();
      consent.choose(choices);
      if (consent.mode() === 'closed') {
        // The server must learn of a withdrawal, and under which id: so the token goes after that answer.
        sender.forget(before === 'open');
        bus.emit('reset');
        if (before !== 'open') return null;
      }
      return track('consent.updated');
    },
    on: bus.on,
    reset: () => {
      sender.forget(false);
      bus.emit('reset');
    },
    link: {
      bus,
      sender,
      storage,
      consent,
      transport,
      track: (type, data) => push(type, { data }, undefined, false),
    },
  };
}
