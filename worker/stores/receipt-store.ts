import type { Receipt } from '../../core/decision/receipt.ts';
import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { hourOf } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';

const PREFIX = 'receipt/';
/** Objects of one hour that a lookup reads at most; compaction keeps them few. */
const MOST_READ = 500;
/** It was decided by the object's clock, which may be past the hour in which the request came. */
const HOURS_LATER = 2;
const HOUR_MS = 3_600_000;

/**
 * Receipts of answers, as compressed NDJSON by the hour of their request, for 30 days. Nothing in them is personal but the id of the profile. Written twice they
 * are found once.
 */
export async function putReceipts(
  bucket: R2Bucket,
  messages: readonly EffectMessage[],
  batchId: string,
): Promise<void> {
  const byHour = new Map<string, Receipt[]>();
  for (const { space, receipts } of messages) {
    for (const receipt of receipts ?? []) {
      const name = `${PREFIX}${space}/${hourOf(receipt.at)}`;
      byHour.set(name, [...(byHour.get(name) ?? []), receipt]);
    }
  }
  for (const [name, receipts] of byHour) {
    const lines = receipts.map((receipt) => JSON.stringify(receipt)).join('\n');
    const compressed = new Blob([lines]).stream().pipeThrough(new CompressionStream('gzip'));
    await bucket.put(`${name}/${batchId}.ndjson.gz`, await new Response(compressed).arrayBuffer());
  }
}

/** The receipt of one request, or null: there is none, or it is older than receipts are kept. */
export async function findReceipt(
  bucket: R2Bucket,
  space: Space,
  request: string,
  at: Instant,
): Promise<Receipt | null> {
  for (let later = 0; later < HOURS_LATER; later++) {
    const hour = hourOf((at + later * HOUR_MS) as Instant);
    const { objects } = await bucket.list({ prefix: `${PREFIX}${space}/${hour}/`, limit: MOST_READ });
    for (const { key } of objects) {
      const found = (await readReceipts(bucket, key)).find((receipt) => receipt.request === request);
      if (found) return found;
    }
  }
  return null;
}

async function readReceipts(bucket: R2Bucket, key: string): Promise<readonly Receipt[]> {
  const object = await bucket.get(key);
  if (!object) return [];
  const text = await new Response(object.body.pipeThrough(new DecompressionStream('gzip'))).text();
  return text.split('\n').map((line) => JSON.parse(line) as Receipt);
}

/** Deletes receipts that are older than they are kept, a page at a time, by the hourly schedule. Returns objects deleted. */
export async function deleteOldReceipts(bucket: R2Bucket, now: number): Promise<number> {
  const oldest = hourOf((now - limit('receiptMs')) as Instant);
  const spaces = await bucket.list({ prefix: PREFIX, delimiter: '/' });
  let deleted = 0;
  for (const prefix of spaces.delimitedPrefixes) {
    // Names sort by hour, so the oldest come first.
    const { objects } = await bucket.list({ prefix });
    const old = objects
      .map(({ key }) => key)
      .filter((key) => key.slice(prefix.length, prefix.length + oldest.length) < oldest);
    if (old.length > 0) await bucket.delete(old);
    deleted += old.length;
  }
  return deleted;
}
