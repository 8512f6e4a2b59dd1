import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import { hourOf } from '../../core/lib/instant.ts';
import { type ArchiveLine, archiveFolder, putArchiveFile } from '../stores/archive-store.ts';

/**
 * Writes the facts of a batch as compressed NDJSON, one object per space and hour of arrival: `<space>/<hour>/<batch>.ndjson.gz`.
 * R2 has no append; small objects are merged, and repeats dropped, by `compactArchive`.
 */
export async function archiveFacts(
  bucket: R2Bucket,
  messages: readonly EffectMessage[],
  batchId: string,
): Promise<void> {
  const byFolder = new Map<string, string[]>();
  for (const message of messages) {
    for (const fact of message.facts) {
      const folder = archiveFolder(message.space, hourOf(fact.receivedAt));
      const line: ArchiveLine = { version: 1, profile: message.profile, ...fact };
      const lines = byFolder.get(folder) ?? [];
      lines.push(JSON.stringify(line));
      byFolder.set(folder, lines);
    }
  }
  for (const [folder, lines] of byFolder) await putArchiveFile(bucket, `${folder}${batchId}.ndjson.gz`, lines);
}
