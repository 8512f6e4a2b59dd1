import type { Instant, Sequence } from '../lib/ids.ts';
import type { PackedMemberships, PackedOutbox } from './packed-head.ts';

/** What the first layout of a snapshot held in another form: memberships and changes without ruleset and evidence. */
export interface FormerHead {
  readonly sequence: Sequence;
  readonly memberships: readonly (readonly [Instant, readonly string[], readonly string[]])[];
  readonly outbox: {
    readonly nextId: number;
    readonly chunks: readonly (Omit<PackedOutbox['chunks'][number], 'changes' | 'names'> & {
      readonly changes: readonly (readonly [segment: string, entered: 0 | 1, since: Instant, cause: string])[];
    })[];
  };
}

/** In the form of now. Which ruleset changed something is not known any more: the last applied one stands for all. */
export function fromFormerHead(
  { sequence, memberships, outbox }: FormerHead,
  causes: readonly string[],
): { readonly memberships: PackedMemberships; readonly outbox: PackedOutbox } {
  return {
    memberships: memberships.map(([since, entered, exited]) => [since, sequence, 0, entered, exited]),
    outbox: {
      nextId: outbox.nextId,
      chunks: outbox.chunks.map(({ changes, ...chunk }) => ({
        ...chunk,
        changes: changes.map(([segment, entered, since, cause]) => [
          since,
          sequence,
          causes.indexOf(cause),
          [segment, entered, [], []],
        ]),
        names: [],
      })),
    },
  };
}
