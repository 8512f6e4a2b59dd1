import { hourOf } from '../../core/lib/instant.ts';
import type { EffectMessage } from '../../core/interaction/effect-message.ts';

/** One line of the archive: a fact and whose it is. */
export type ArchiveLine = { readonly version: 1; readonly profile: string } & EffectMessage['facts'][number];

/**
 * Writes the facts of a batch as compressed NDJSON, one object per space and hour of arrival: `<space>/<hour>/<batch>.ndjson.gz`.
 * R2 has no append; small objects are merged, and repeats dropped, by `compactArchive`.
 */
export async function archiveFacts(bucket: R2Bucket, messages: readonly EffectMessage[], batchId: string): Promise<void> {
  const byHour = new Map<string, string[]>();
  for (const message of messages) {
    for (const fact of message.facts) {
      const folder = `${message.space}/${hourOf(fact.receivedAt)}`;
      const line: ArchiveLine = { version: 1, profile: message.profile, ...fact };
      const lines = byHour.get(folder) ?? [];
      lines.push(JSON.stringify(line));
      byHour.set(folder, lines);
    }
  }
  for (const [folder, lines] of byHour) {
    await bucket.put(`${folder}/${batchId}.ndjson.gz`, await gzip(`${lines.join('\n')}\n`), { httpMetadata: { contentType: 'application/x-ndjson', contentEncoding: 'gzip' } });
  }
}

export async function gzip(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
}

export async function gunzip(body: ReadableStream): Promise<string> {
  return new Response(body.pipeThrough(new DecompressionStream('gzip'))).text();
}
