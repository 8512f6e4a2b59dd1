import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { Space } from '../../core/lib/ids.ts';

/** One line of the archive: a fact and whose it is. */
export type ArchiveLine = { readonly version: 1; readonly profile: string } & EffectMessage['facts'][number];

/** Which facts a part of one hour's archive holds, by source. Repeats count as lines. */
export interface ArchivePart {
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
  readonly files: number;
  readonly lines: number;
  /** Where the next part begins; null: that was all. */
  readonly next: string | null;
}

/** Compressed bytes read in one call: what unpacks from it fits an isolate's memory. */
const PART_BYTES = 4 * 1024 * 1024;

/** `<space>/<hour>/<file>.ndjson.gz`, the hour being that of arrival. */
export function archiveFolder(space: string, hour: string): string {
  return `${space}/${hour}/`;
}

export async function putArchiveFile(bucket: R2Bucket, key: string, lines: readonly string[]): Promise<void> {
  await bucket.put(key, await gzip(`${lines.join('\n')}\n`), {
    httpMetadata: { contentType: 'application/x-ndjson', contentEncoding: 'gzip' },
  });
}

/** Reads the ids of one hour, file after file, from `after` on. */
export async function readArchiveIds(
  bucket: R2Bucket,
  space: Space,
  hour: string,
  after: string | null,
): Promise<ArchivePart> {
  const page = await bucket.list({ prefix: archiveFolder(space, hour), ...(after ? { startAfter: after } : {}) });
  const ids = new Map<string, Set<string>>();
  let [files, lines, bytes] = [0, 0, 0];
  let last: string | null = null;
  for (const object of page.objects) {
    if (files > 0 && bytes + object.size > PART_BYTES) return { ids, files, lines, next: last };
    const body = await bucket.get(object.key);
    last = object.key;
    if (!body) continue;
    files++;
    bytes += object.size;
    for (const line of (await gunzip(body.body)).split('\n')) {
      if (line === '') continue;
      lines++;
      const { source, id } = JSON.parse(line) as ArchiveLine;
      const held = ids.get(source);
      if (held) held.add(id);
      else ids.set(source, new Set([id]));
    }
  }
  return { ids, files, lines, next: page.truncated ? last : null };
}

export async function gzip(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
}

export async function gunzip(body: ReadableStream): Promise<string> {
  return new Response(body.pipeThrough(new DecompressionStream('gzip'))).text();
}
