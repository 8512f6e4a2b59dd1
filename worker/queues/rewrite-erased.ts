import { type ArchiveLine, archiveKeyName, type OpenArchiveLine } from '../stores/archive-line.ts';
import type { ArchiveRewriteStore, RewritePass } from '../stores/archive-rewrite-store.ts';
import { gunzip, putArchiveFile } from '../stores/archive-store.ts';

/** What one run reads of one space at most; the next goes on. A call to the bucket for each object read, and one for each that is written. */
const MOST_OBJECTS = 250;
const MOST_BYTES = 128 * 1024 * 1024;
/** Objects after which the place is written down: what a run that was killed has to do again. */
const NOTED_EVERY = 25;

export interface Rewritten {
  /** Objects that were looked through. */
  readonly read: number;
  /** Lines that are gone. */
  readonly dropped: number;
}

/** Takes the lines of erased people out of the archive, also out of hours that were compacted before: a part in every run of the schedule. */
export async function rewriteErased(bucket: R2Bucket, rewrites: ArchiveRewriteStore, now: number): Promise<Rewritten> {
  const total = { read: 0, dropped: 0 };
  for (const space of await rewrites.spaces()) {
    const pass = await rewrites.pass(space, now);
    if (!pass) continue;
    const { read, dropped } = await walk(bucket, rewrites, pass);
    total.read += read;
    total.dropped += dropped;
  }
  return total;
}

async function walk(bucket: R2Bucket, rewrites: ArchiveRewriteStore, pass: RewritePass): Promise<Rewritten> {
  const prefix = `${pass.space}/`;
  let [read, bytes, dropped] = [0, 0, 0];
  for (let startAfter = pass.cursor; ; ) {
    const { objects, truncated } = await bucket.list({ prefix, startAfter });
    for (const { key, size } of objects) {
      if (key.slice(prefix.length, prefix.length + pass.until.length) > pass.until) break;
      if (read > 0 && (read === MOST_OBJECTS || bytes + size > MOST_BYTES)) {
        await rewrites.advance(pass, startAfter);
        return { read, dropped };
      }
      dropped += await rewriteObject(bucket, key, pass.keys);
      startAfter = key;
      bytes += size;
      if (++read % NOTED_EVERY === 0) await rewrites.advance(pass, key);
    }
    if (truncated && objects.at(-1)?.key === startAfter) continue;
    await rewrites.end(pass);
    return { read, dropped };
  }
}

/** Written in place, and only if nobody else has written it since it was read: killed at any time it is as it was or as it shall be. Returns lines dropped. */
async function rewriteObject(bucket: R2Bucket, key: string, names: ReadonlySet<string>): Promise<number> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const held = await bucket.get(key);
    if (!held) return 0;
    const lines = (await gunzip(held.body)).split('\n').filter((line) => line !== '');
    const kept = lines.filter((line) => !names.has(keyOfLine(JSON.parse(line) as ArchiveLine | OpenArchiveLine)));
    if (kept.length === lines.length) return 0;
    if (kept.length === 0) await bucket.delete(key);
    else if (!(await putArchiveFile(bucket, key, kept, held.etag))) continue;
    return lines.length - kept.length;
  }
  throw new Error('an object of the archive is written all the time');
}

function keyOfLine(line: ArchiveLine | OpenArchiveLine): string {
  return line.version === 2 ? line.key : archiveKeyName(line);
}
