import type { Space } from '../../core/lib/ids.ts';
import { hourOf } from '../../core/lib/instant.ts';
import type { ArchiveKeys } from './archive-keys.ts';
import { type ArchivedFact, type ArchiveLine, archiveKeyName, sealLine } from './archive-line.ts';

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

/**
 * Writes facts, sealed, into one object for each hour of arrival: `<space>/<hour>/<name>.ndjson.gz`. Facts of somebody who has been erased since are left out. Returns
 * the lines written.
 */
export async function putFacts(
  bucket: R2Bucket,
  keys: ArchiveKeys,
  space: Space,
  name: string,
  facts: readonly ArchivedFact[],
): Promise<number> {
  const arrivals = new Map<string, number>();
  for (const fact of facts) {
    const name = archiveKeyName(fact);
    arrivals.set(name, Math.min(arrivals.get(name) ?? fact.receivedAt, fact.receivedAt));
  }
  const provided = await keys.provide(space, [...arrivals.keys()], arrivals);
  const byFolder = new Map<string, string[]>();
  for (const fact of facts) {
    const key = provided.get(archiveKeyName(fact));
    if (!key) continue;
    const folder = archiveFolder(space, hourOf(fact.receivedAt));
    const lines = byFolder.get(folder) ?? [];
    lines.push(await sealLine(fact, key));
    byFolder.set(folder, lines);
  }
  let written = 0;
  for (const [folder, lines] of byFolder) {
    await putArchiveFile(bucket, `${folder}${name}.ndjson.gz`, lines);
    written += lines.length;
  }
  return written;
}

/** `instead`: only in place of the object with this tag. False: that is another by now. */
export async function putArchiveFile(
  bucket: R2Bucket,
  key: string,
  lines: readonly string[],
  instead?: string,
): Promise<boolean> {
  const written: R2Object | null = await bucket.put(key, await gzip(`${lines.join('\n')}\n`), {
    httpMetadata: { contentType: 'application/x-ndjson', contentEncoding: 'gzip' },
    ...(instead !== undefined && { onlyIf: { etagMatches: instead } }),
  });
  return written !== null;
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
