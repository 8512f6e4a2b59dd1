import type { Proposition } from '../../core/decision/proposition.ts';
import type { InteractRequest, InteractResponse, VisitorView } from '../../core/interaction/wire.ts';

export interface SdkError {
  /**
   * `rejected`: a 4xx dropped the batch, or data is not JSON; `proof`: the proof was not accepted; `token`: the kept token is not valid any more, the visitor is new; `unreachable`: no answer, will be sent again;
   * `refused`: single events were refused; `quarantine`: too many share the id of the person, who does not count now; `render`: content could not be shown.
   */
  readonly kind: 'rejected' | 'proof' | 'token' | 'unreachable' | 'refused' | 'quarantine' | 'render';
  /** HTTP status; 0 when nothing answered. */
  readonly status?: number;
  readonly refused?: InteractResponse['refused'] | undefined;
  /** Why the proof was not accepted, such as `used` or `expired`. */
  readonly code?: string | undefined;
  readonly quarantine?: VisitorView['quarantine'] | undefined;
  readonly cause?: unknown;
}

export interface SdkEvents {
  /** A decision that is new or differs from the one before; the element it went into, or null when headless. */
  readonly proposition: [proposition: Proposition, element: Element | null];
  readonly answer: [answer: InteractResponse];
  readonly error: [error: SdkError];
  /** A new page view begins. */
  readonly view: [];
  /** Everything the visitor left here is forgotten: content goes back to what the page brought. */
  readonly reset: [];
  /** Before a request leaves: add-ons of this package put in what goes with it. */
  readonly request: [message: Partial<{ -readonly [M in keyof InteractRequest]: InteractRequest[M] }>];
  /** Before a request that refreshes decisions: listeners add the placements they want. */
  readonly ask: [placements: Set<string>];
}
export type SdkListener<E extends keyof SdkEvents> = (...args: SdkEvents[E]) => void;

export interface Bus {
  /** Returns the way to stop listening. */
  on<E extends keyof SdkEvents>(event: E, listener: SdkListener<E>): () => void;
  emit<E extends keyof SdkEvents>(event: E, ...args: SdkEvents[E]): void;
}

/** A listener that throws is reported to the page's own error handling and stops nobody else. */
export function createBus(): Bus {
  type Listener = (...args: unknown[]) => void;
  const listeners = new Set<readonly [string, Listener]>();
  return {
    on: (event, listener) => {
      const entry = [event, listener as Listener] as const;
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    emit: (event, ...args) => {
      for (const [name, listener] of listeners) {
        if (name !== event) continue;
        try {
          listener(...args);
        } catch (cause) {
          reportError(cause);
        }
      }
    },
  };
}
