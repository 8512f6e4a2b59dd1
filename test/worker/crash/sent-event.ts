import { randomUUID } from 'node:crypto';

/** One numbered event and what became of it. */
export interface SentEvent {
  readonly wire: { readonly id: string; readonly type: string; readonly occurredAt: string; readonly data: object };
  readonly source: string;
  acked: boolean;
  /** Times it was answered as new. A lost answer may hide one. */
  accepted: number;
}

let serial = 0;

export function createEvent(source: string, type: string, data: object, more: object = {}): SentEvent {
  const wire = {
    // As long as the ids of the SDK: a first visit is told apart by them.
    id: `n${String(++serial).padStart(6, '0')}-${randomUUID()}`,
    type,
    occurredAt: new Date().toISOString(),
    data,
    ...more,
  };
  return { wire, source, acked: false, accepted: 0 };
}
