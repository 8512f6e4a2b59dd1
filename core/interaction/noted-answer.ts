import type { Instant } from '../lib/ids.ts';
import type { Strand } from '../profile/strand.ts';
import type { OutboxChunk } from './outbox.ts';

/** One answer as it was noted, to take it back when the same request is answered again for the whole person. */
export interface NotedAnswer {
  readonly request: string;
  readonly strand: Strand;
  readonly noted: ReadonlyMap<string, number>;
  readonly at: Instant;
  readonly chunk: OutboxChunk;
  readonly names: readonly string[];
  /** Of variants that decided, in the results. */
  readonly variants: readonly string[];
}
