import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { Space } from '../../core/lib/ids.ts';
import type { ArchiveKeys } from '../stores/archive-keys.ts';
import type { ArchivedFact } from '../stores/archive-line.ts';
import { putFacts } from '../stores/archive-store.ts';

/**
 * Writes the facts of a batch as compressed NDJSON, one object per space and hour of arrival, what is personal sealed. R2 has no append; small objects are
 * merged, and repeats dropped, by `compactArchive`.
 */
export async function archiveFacts(
  bucket: R2Bucket,
  keys: ArchiveKeys,
  messages: readonly EffectMessage[],
  batchId: string,
): Promise<void> {
  const bySpace = new Map<Space, ArchivedFact[]>();
  for (const { space, profile, facts } of messages) {
    const held = bySpace.get(space) ?? [];
    for (const fact of facts) held.push({ profile, ...fact });
    bySpace.set(space, held);
  }
  for (const [space, facts] of bySpace) await putFacts(bucket, keys, space, batchId, facts);
}
