import type { KeptReceipt } from '../../core/decision/kept-receipt.ts';
import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { hourOf, MINUTE_MS } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';

const PREFIX = 'receipt/';
/** Objects of one minute that a lookup reads at most. */
const MOST_READ = 300;
/** It was decided by the object's clock, which may be past the minute in which the request came. */
const MINUTES_LOOKED_AT = 3;
/** Of up to 1,000 objects each, that one run of the schedule deletes in a space at most. */
const MOST_PAGES = 100;

/**
 * Receipts of answers, as compressed NDJSON by the minute of their request (`receipt/<space>/2026-11-22T06/07-<batch>`), for 30 days. Nothing in them is personal but the id of the profile. Written twice they
 * are found once.
 */
export async function putReceipts(
  bucket: R2Bucket,
  messages: readonly EffectMessage[],
  batchId: string,
): Promise<void> {
  const byMinute = new Map<string, KeptReceipt[]>();
  for (const { space, receipts } of messages) {
    for (const receipt of receipts ?? []) {
      const name = minuteOf(space, receipt.at);
      const held = byMinute.get(name);
      if (held) held.push(receipt);
      else byMinute.set(name, [receipt]);
    }
  }
  for (const [name, receipts] of byMinute) {
    const lines = receipts.map((receipt) => JSON.stringify(receipt)).join('\n');
    const compressed = new Blob([lines]).stream().pipeThrough(new CompressionStream('gzip'));
    await bucket.put(`${name}${batchId}.ndjson.gz`, await new Response(compressed).arrayBuffer());
  }
}

/** The receipt of one request, or what stands for one that was left out; null: there is none, or it is older than receipts are kept. */
export async function findReceipt(
  bucket: R2Bucket,
  space: Space,
  request: string,
  at: Instant,
): Promise<KeptReceipt | null> {
  for (let later = 0; later < MINUTES_LOOKED_AT; later++) {
    const prefix = minuteOf(space, (at + later * MINUTE_MS) as Instant);
    const { objects } = await bucket.list({ prefix, limit: MOST_READ });
    for (const { key } of objects) {
      const found = (await readReceipts(bucket, key)).find((receipt) => receipt.request === request);
      if (found) return found;
    }
  }
  return null;
}

async function readReceipts(bucket: R2Bucket, key: string): Promise<readonly KeptReceipt[]> {
  const object = await bucket.get(key);
  if (!object) return [];
  const text = await new Response(object.body.pipeThrough(new DecompressionStream('gzip'))).text();
  return text.split('\n').map((line) => JSON.parse(line) as KeptReceipt);
}

/** What the names of all objects of one minute begin with. */
function minuteOf(space: Space, at: Instant): string {
  return `${PREFIX}${space}/${hourOf(at)}/${new Date(at).toISOString().slice(14, 16)}-`;
}

/** Deletes receipts that are older than they are kept, a page at a time, by the hourly schedule. Returns objects deleted. */
export async function deleteOldReceipts(bucket: R2Bucket, now: number): Promise<number> {
  const oldest = hourOf((now - limit('receiptMs')) as Instant);
  const spaces = await bucket.list({ prefix: PREFIX, delimiter: '/' });
  let deleted = 0;
  for (const prefix of spaces.delimitedPrefixes) {
    for (let page = 0; page < MOST_PAGES; page++) {
      // Names sort by hour, so the oldest come first.
      const { objects, truncated } = await bucket.list({ prefix });
      const old = objects
        .map(({ key }) => key)
        .filter((key) => key.slice(prefix.length, prefix.length + oldest.length) < oldest);
      if (old.length > 0) await bucket.delete(old);
      deleted += old.length;
      if (!truncated || old.length < objects.length) break;
    }
  }
  return deleted;
}
