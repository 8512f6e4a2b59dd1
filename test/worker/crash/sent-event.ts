import { randomUUID } from 'node:crypto';

/** One numbered event and what became of it. */
export interface SentEvent {
  readonly wire: { readonly id: string; readonly type: string; readonly occurredAt: string; readonly data: object };
  readonly source: string;
  /** Who may ever be joined with whom it is about: the first part of a customer's id. */
  readonly group: string;
  acked: boolean;
  /** Times it was answered as new. A lost answer may hide one. */
  accepted: number;
  /** Why it was refused for good. */
  refused: string | null;
}

let serial = 0;

export function createEvent(source: string, group: string, type: string, data: object, more: object = {}): SentEvent {
  const wire = {
    // As long as the ids of the SDK: a first visit is told apart by them.
    id: `n${String(++serial).padStart(6, '0')}-${randomUUID()}`,
    type,
    occurredAt: new Date().toISOString(),
    data,
    ...more,
  };
  return { wire, source, group, acked: false, accepted: 0, refused: null };
}

export function groupOf(customer: string): string {
  return customer.slice(0, customer.indexOf('-'));
}
