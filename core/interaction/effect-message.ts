import type { KeptReceipt } from '../decision/kept-receipt.ts';
import type { Fact, Identity } from '../event/event.ts';
import { byteLength } from '../lib/byte-length.ts';
import type { Instant, ProfileId, Space } from '../lib/ids.ts';
import { MINUTE_MS } from '../lib/instant.ts';
import type { CausedChange, OutboxChunk } from './outbox.ts';
import type { Results } from './results.ts';

/** One drained chunk, or a part of it, on its way to archive and rollups. The same chunk always gives the same parts. */
export interface EffectMessage {
  readonly version: 1;
  readonly space: Space;
  readonly profile: ProfileId;
  /** Unique per content: profile, chunk and part. Consumers drop what they have applied. */
  readonly id: string;
  /** Minute since 1970 of the chunk's deadline: where the ledger of applied messages keeps it. */
  readonly minute: number;
  readonly known: boolean;
  /** Somebody known lived in this profile, and lives on in another: nothing more comes of it. Left out for all others. */
  readonly ended?: true;
  readonly facts: readonly (Fact & { readonly identity: Identity })[];
  readonly changes: readonly CausedChange[];
  readonly decisions: Readonly<Record<string, number>>;
  /** See results.ts; with the first part. */
  readonly results?: Results;
  readonly receipts?: readonly KeptReceipt[];
}

/** Cloudflare Queues take 128 kB a message; half of it leaves room for the largest event and the envelope. */
const PART_BYTES = 64_000;

/** Cuts a chunk into messages below the queue's size. Decisions and what came of them travel with the first part. */
export function planMessages(
  origin: { readonly space: Space; readonly profile: ProfileId; readonly known: boolean },
  chunk: OutboxChunk,
  facts: EffectMessage['facts'],
): readonly EffectMessage[] {
  const parts: Part[] = [{ facts: [], changes: [], receipts: [] }];
  let size = byteLength(JSON.stringify([chunk.decisions, chunk.results]));
  const partFor = (item: object): Part => {
    const bytes = byteLength(JSON.stringify(item));
    if (size > 0 && size + bytes > PART_BYTES) {
      parts.push({ facts: [], changes: [], receipts: [] });
      size = 0;
    }
    size += bytes;
    return parts.at(-1) as Part;
  };
  for (const fact of facts) partFor(fact).facts.push(fact);
  for (const change of chunk.changes) partFor(change).changes.push(change);
  for (const receipt of chunk.receipts ?? []) partFor(receipt).receipts.push(receipt);
  return parts.map((part, i) => ({
    version: 1,
    ...origin,
    id: `${origin.profile}/${chunk.id}/${i}`,
    minute: minuteOf(chunk.deadline),
    facts: part.facts,
    changes: part.changes,
    decisions: i === 0 ? chunk.decisions : {},
    ...(i === 0 && chunk.results && { results: chunk.results }),
    ...(part.receipts.length > 0 && { receipts: part.receipts }),
    ...(i === parts.length - 1 && chunk.ended && { ended: true }),
  }));
}

interface Part {
  readonly facts: EffectMessage['facts'][number][];
  readonly changes: CausedChange[];
  readonly receipts: KeptReceipt[];
}

function minuteOf(at: Instant): number {
  return Math.floor(at / MINUTE_MS);
}
