import { gunzipSync } from 'node:zlib';
import { drizzle } from 'drizzle-orm/d1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instant, ProfileId } from '../../../core/lib/ids.ts';
import { compactArchive } from '../../../worker/queues/compact.ts';
import { rewriteErased } from '../../../worker/queues/rewrite-erased.ts';
import { createSecretBox } from '../../../worker/secret-box.ts';
import { type ArchiveKeys, createArchiveKeys } from '../../../worker/stores/archive-keys.ts';
import type { ArchivedFact, OpenArchiveLine } from '../../../worker/stores/archive-line.ts';
import { type ArchiveRewriteStore, createArchiveRewriteStore } from '../../../worker/stores/archive-rewrite-store.ts';
import { putArchiveFile, putFacts } from '../../../worker/stores/archive-store.ts';
import { DEVICE, event, NOW, type SPACE } from '../../core/interaction/visit-fixture.ts';
import { type Shop, startShop, unique } from '../../support/platform.ts';

const HOUR_MS = 3_600_000;
const LATER = NOW + HOUR_MS;
const [HER, OTHER] = ['prf_her' as ProfileId, 'prf_other' as ProfileId];
let shop: Shop;
let bucket: R2Bucket;
let keys: ArchiveKeys;
let rewrites: ArchiveRewriteStore;
beforeAll(async () => {
  shop = await startShop();
  const d1 = (await shop.platform.miniflare.getD1Database('CONTROL', 'selvedge')) as unknown as D1Database;
  bucket = (await shop.platform.miniflare.getR2Bucket('ARCHIVE', 'selvedge')) as unknown as R2Bucket;
  keys = createArchiveKeys(d1, createSecretBox(new Uint8Array(32).fill(7)));
  rewrites = createArchiveRewriteStore(drizzle(d1));
});
afterAll(() => shop.stop());

const factOf = (profile: string, hoursAgo = 0): ArchivedFact => ({
  ...event('product.viewed', NOW),
  profile,
  id: unique('f') as ArchivedFact['id'],
  strand: 0,
  auth: 'anonymous',
  identity: DEVICE,
  receivedAt: (NOW - hoursAgo * HOUR_MS) as Instant,
});
const spaceOf = (name: string) => unique(name) as typeof SPACE;
const put = (space: typeof SPACE, name: string, ...facts: readonly ArchivedFact[]) =>
  putFacts(bucket, keys, space, name, facts);

/** As an erasure does it. */
async function erase(space: typeof SPACE, request = unique('er'), at = NOW): Promise<string> {
  const names = [`${HER}/0`, `${HER}/1`];
  await keys.destroy(space, names, at);
  await rewrites.note(space, request, names, await keys.since(space, names), at);
  return request;
}

/** Whose lines lie in each object. */
async function lines(space: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const { objects } = await bucket.list({ prefix: `${space}/` });
  const pages = objects.map(async ({ key }) => {
    const body = Buffer.from((await (await bucket.get(key))?.arrayBuffer()) ?? new ArrayBuffer(0));
    const texts = gunzipSync(body).toString().trimEnd().split('\n');
    return [key.slice(space.length + 1), texts.map((text) => (JSON.parse(text) as ArchivedFact).profile)] as const;
  });
  return Object.fromEntries(await Promise.all(pages));
}
/** The bucket with one call that goes another way. */
const through = (methods: Partial<Pick<R2Bucket, 'put' | 'get'>>): R2Bucket =>
  new Proxy(bucket, {
    get: (target, name: keyof R2Bucket) =>
      name in methods ? methods[name as 'put'] : (target[name] as (...of: unknown[]) => unknown).bind(target),
  });

describe('lines of whoever was erased', () => {
  it('go from compacted hours, and what is written in the open goes with them; those of others stay', async () => {
    const space = spaceOf('rewrite');
    await put(space, 'a', factOf(HER, 30), factOf(OTHER, 30), factOf(HER, 29));
    await put(space, 'b', factOf(HER, 30), factOf(OTHER, 30));
    const open: OpenArchiveLine = { version: 1, ...factOf(HER, 30) };
    await putArchiveFile(bucket, `${space}/2026-11-21T04/old.ndjson.gz`, [JSON.stringify(open)]);
    await compactArchive(bucket, keys, LATER);
    const before = await lines(space);
    expect(Object.values(before).map((each) => each.toSorted())).toEqual([[HER, HER, HER, OTHER, OTHER], [HER]]);
    const request = await erase(space);
    await compactArchive(bucket, keys, LATER);
    expect(await lines(space)).toEqual(before);
    // Whatever was being written when the keys went has ended by then.
    expect(await rewriteErased(bucket, rewrites, NOW + 60_000)).toEqual({ read: 0, dropped: 0 });
    expect(await rewrites.isPending(space, request)).toBe(true);
    expect(await rewriteErased(bucket, rewrites, LATER)).toEqual({ read: 2, dropped: 4 });
    expect(Object.values(await lines(space))).toEqual([[OTHER, OTHER]]);
    expect(await rewrites.isPending(space, request)).toBe(false);
    expect(await rewriteErased(bucket, rewrites, LATER)).toEqual({ read: 0, dropped: 0 });
  });

  it('go also where compaction leaves an object alone because of its size', async () => {
    const space = spaceOf('large');
    await put(space, 'a', factOf(HER, 2), factOf(OTHER, 2));
    const key = `${space}/2026-11-22T08/a.ndjson.gz`;
    const noise = Array.from({ length: 700 }, () => {
      const bytes = crypto.getRandomValues(new Uint8Array(8192));
      return JSON.stringify({
        version: 2,
        profile: OTHER,
        key: `${OTHER}/0`,
        id: unique('n'),
        sealed: Buffer.from(bytes).toString('base64'),
      });
    });
    const held = await bucket.get(key);
    const text = gunzipSync(Buffer.from((await held?.arrayBuffer()) ?? new ArrayBuffer(0))).toString();
    await putArchiveFile(bucket, key, [...text.trimEnd().split('\n'), ...noise]);
    expect((await bucket.head(key))?.size).toBeGreaterThan(4 * 1024 * 1024);
    await erase(space);
    expect(await rewriteErased(bucket, rewrites, LATER)).toEqual({ read: 1, dropped: 1 });
    expect((await lines(space))['2026-11-22T08/a.ndjson.gz']).toEqual(Array(701).fill(OTHER));
  });

  it('are looked for from the first hour that anything of them arrived in, and everywhere where that is not known', async () => {
    const space = spaceOf('since');
    await put(space, 'a', factOf(OTHER, 50), factOf(HER, 20));
    await put(space, 'b', factOf(HER, 10));
    // Found by a repair, much later.
    await put(space, 'c', factOf(HER, 40));
    await erase(space);
    expect(await rewriteErased(bucket, rewrites, LATER)).toEqual({ read: 3, dropped: 3 });
    const unknown = spaceOf('unknown');
    await keys.provide(unknown, [`${HER}/0`]);
    await put(unknown, 'a', factOf(OTHER, 50), factOf(HER, 20));
    await erase(unknown);
    expect(await rewriteErased(bucket, rewrites, LATER)).toEqual({ read: 2, dropped: 1 });
    const never = spaceOf('never');
    await put(never, 'a', factOf(OTHER, 50));
    await erase(never);
    expect(await rewriteErased(bucket, rewrites, LATER)).toEqual({ read: 0, dropped: 0 });
  });

  it('go a part in every run, and who is erased meanwhile waits for the next walk', async () => {
    const space = spaceOf('parts');
    await put(space, 'first', factOf(HER, 400));
    const names = Array.from({ length: 259 }, (_, i) => i);
    for (const i of names)
      await put(space, `b${i}`, factOf(OTHER, 300 - i), ...(i % 100 === 0 ? [factOf(HER, 300 - i)] : []));
    const early = await erase(space);
    expect(await rewriteErased(bucket, rewrites, LATER)).toEqual({ read: 250, dropped: 4 });
    const late = await erase(space);
    expect(await rewriteErased(bucket, rewrites, LATER)).toEqual({ read: 10, dropped: 0 });
    expect([await rewrites.isPending(space, early), await rewrites.isPending(space, late)]).toEqual([false, true]);
    await rewriteErased(bucket, rewrites, LATER);
    await rewriteErased(bucket, rewrites, LATER);
    expect(await rewrites.isPending(space, late)).toBe(false);
    expect(Object.values(await lines(space)).flat()).toEqual(Array(259).fill(OTHER));
  }, 60_000);

  it('go in the end, and nothing else, when a run is killed anywhere', async () => {
    const space = spaceOf('killed');
    for (let hour = 1; hour <= 4; hour++) await put(space, 'a', factOf(HER, hour), factOf(OTHER, hour));
    const request = await erase(space);
    for (let writes = 0; writes < 4; writes++) {
      let left = writes;
      const mortal = through({
        put: ((...of: Parameters<R2Bucket['put']>) => {
          if (left-- <= 0) throw new Error('killed');
          return bucket.put(...of);
        }) as R2Bucket['put'],
      });
      if (await rewrites.isPending(space, request))
        await rewriteErased(mortal, rewrites, LATER).catch(({ message }: Error) => expect(message).toBe('killed'));
      expect(
        Object.values(await lines(space))
          .flat()
          .filter((of) => of === OTHER),
      ).toHaveLength(4);
    }
    await rewriteErased(bucket, rewrites, LATER);
    expect(Object.values(await lines(space))).toEqual([[OTHER], [OTHER], [OTHER], [OTHER]]);
  });

  it('go from what somebody else writes at the same time, without loss', async () => {
    const space = spaceOf('raced');
    await put(space, 'a', factOf(OTHER, 1), factOf(HER, 1));
    const key = `${space}/2026-11-22T09/a.ndjson.gz`;
    await erase(space);
    let reads = 0;
    const raced = through({
      get: (async (name: string) => {
        const held = await bucket.get(name);
        // The batch comes again, with more.
        if (reads++ === 0) {
          const more = [HER, OTHER, OTHER].map((profile) => JSON.stringify({ version: 1, ...factOf(profile, 1) }));
          await putArchiveFile(bucket, key, more);
        }
        return held;
      }) as R2Bucket['get'],
    });
    expect(await rewriteErased(raced, rewrites, LATER)).toEqual({ read: 1, dropped: 1 });
    expect(Object.values(await lines(space))).toEqual([[OTHER, OTHER]]);
  });
});
