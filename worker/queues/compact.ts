import type { Instant } from '../../core/lib/ids.ts';
import { HOUR_MS, hourOf } from '../../core/lib/instant.ts';
import type { ArchiveKeys } from '../stores/archive-keys.ts';
import { type ArchiveLine, archiveKeyName, type OpenArchiveLine } from '../stores/archive-line.ts';
import { gunzip, putArchiveFile } from '../stores/archive-store.ts';

/** Compressed bytes merged in one pass: what unpacks from it fits an isolate's memory. More is left for the next pass. */
const PASS_BYTES = 8 * 1024 * 1024;
/** An object of this size stays as it is: merged first in every pass, it would keep the others from ever being merged. */
const FULL_BYTES = PASS_BYTES / 2;
const COMPACT = 'compact';
const HOUR = /^\d{4}-\d{2}-\d{2}T\d{2}$/;
/** Every hour looks back this far; once a day, at this hour (UTC), the whole archive is looked through. Listing is billed. */
const LOOK_BACK_MS = 72 * HOUR_MS;
const FULL_SWEEP_HOUR = 3;

export interface Compaction {
  readonly folders: number;
  readonly merged: number;
  readonly dropped: number;
}

/** Merges the objects of every hour that has ended into one, each fact once (by source and event id), those of erased people not at all. `until`: hours from this instant's on are left alone. */
export async function compactArchive(bucket: R2Bucket, keys: ArchiveKeys, until: number): Promise<Compaction> {
  const open = hourOf((until - 0.25 * HOUR_MS) as Instant);
  const all = new Date(until).getUTCHours() === FULL_SWEEP_HOUR;
  const oldest = all ? '' : hourOf((until - LOOK_BACK_MS) as Instant);
  const total = { folders: 0, merged: 0, dropped: 0 };
  for (const space of await foldersOf(bucket, '')) {
    for (const folder of await foldersOf(bucket, space)) {
      const hour = folder.slice(space.length, -1);
      // What else lies in the bucket (`receipt/<space>/<hour>/`) is not the archive's.
      if (!HOUR.test(hour) || hour >= open || hour < oldest) continue;
      const done = await compactFolder(bucket, keys, folder);
      total.folders += done.merged > 1 ? 1 : 0;
      total.merged += done.merged;
      total.dropped += done.dropped;
    }
  }
  return total;
}

/** Merges one hour. The new object is written before the old ones go: a crash in between leaves repeats, which the next pass drops. */
export async function compactFolder(
  bucket: R2Bucket,
  keys: ArchiveKeys,
  folder: string,
): Promise<{ readonly merged: number; readonly dropped: number }> {
  const objects = (await bucket.list({ prefix: folder })).objects.filter((object) => object.size < FULL_BYTES);
  const first = objects[0];
  if (!first || (objects.length === 1 && first.key.includes(`/${COMPACT}-`))) return { merged: 0, dropped: 0 };
  const facts = new Map<string, { readonly line: string; readonly key: string }>();
  const merged: string[] = [];
  let read = 0;
  let lines = 0;
  for (const object of objects) {
    if (merged.length > 0 && read + object.size > PASS_BYTES) break;
    const body = await bucket.get(object.key);
    if (!body) continue;
    read += object.size;
    merged.push(object.key);
    for (const line of (await gunzip(body.body)).split('\n')) {
      if (line === '') continue;
      lines++;
      const fact = JSON.parse(line) as ArchiveLine | OpenArchiveLine;
      facts.set(`${fact.source}\n${fact.id}`, { line, key: fact.version === 2 ? fact.key : archiveKeyName(fact) });
    }
  }
  const key = `${folder}${COMPACT}-${merged.length}-${first.uploaded.getTime()}.ndjson.gz`;
  const kept = await readable(keys, folder, [...facts.values()]);
  if (kept.length > 0) await putArchiveFile(bucket, key, kept);
  await bucket.delete(merged.filter((old) => old !== key || kept.length === 0));
  return { merged: merged.length, dropped: lines - kept.length };
}

/** Lines of people who have been erased cannot be read any more: they go. */
async function readable(
  keys: ArchiveKeys,
  folder: string,
  lines: readonly { readonly line: string; readonly key: string }[],
): Promise<readonly string[]> {
  const names = new Set(lines.map(({ key }) => key));
  const destroyed = await keys.destroyed(folder.slice(0, folder.indexOf('/')), [...names]);
  return lines.flatMap(({ line, key }) => (destroyed.has(key) ? [] : [line]));
}

async function foldersOf(bucket: R2Bucket, prefix: string): Promise<readonly string[]> {
  const folders: string[] = [];
  let cursor: string | undefined;
  do {
    const page: R2Objects = await bucket.list({ prefix, delimiter: '/', ...(cursor ? { cursor } : {}) });
    folders.push(...page.delimitedPrefixes);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor);
  return folders;
}
