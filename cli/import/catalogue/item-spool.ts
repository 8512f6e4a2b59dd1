import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { type CataloguePart, itemBytes, packShard } from '../../../core/model/recommend/catalogue-part.ts';
import type { Item } from '../../../core/model/recommend/item.ts';
import { compareText, SHARD_SLOTS, shardOf, shardsFor, slotOf } from '../../../core/model/recommend/shards.ts';

const BUCKETS = 64;

/** An id that stands in the file more than once. The last one counts. */
export interface RepeatedId {
  readonly id: string;
  /** Ascending; the last one is taken. */
  readonly lines: readonly number[];
}

interface Spooled {
  readonly line: number;
  readonly item: Item;
}

/**
 * Items on their way from the file to parts, on disk by hash of their id: memory holds one bucket or one shard at a time, however large the catalogue. Gives the
 * same parts as `packCatalogue` of all items.
 */
export class ItemSpool {
  readonly #folder: string;
  readonly #buckets: readonly WriteStream[];
  #shards = 1;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#buckets = Array.from({ length: BUCKETS }, (_, i) => createWriteStream(join(folder, `${i}.ndjson`)));
  }

  static async open(): Promise<ItemSpool> {
    return new ItemSpool(await mkdtemp(join(tmpdir(), 'selvedge-catalogue-')));
  }

  /** Resolves when it may be called again. */
  async add(item: Item, line: number): Promise<void> {
    const bucket = this.#buckets[bucketOf(item.id)];
    if (bucket && !bucket.write(`${JSON.stringify({ line, item } satisfies Spooled)}\n`))
      await new Promise<void>((resolve) => bucket.once('drain', resolve));
  }

  /** No more items. Counts them, each id once, and finds out how many shards they need. */
  async end(onRepeated: (repeated: RepeatedId) => void): Promise<number> {
    await this.#close();
    const slotBytes = new Float64Array(SHARD_SLOTS);
    let items = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const lines = new Map<string, number[]>();
      const bytes = new Map<string, number>();
      for await (const { line, item } of this.#read(bucket)) {
        const before = lines.get(item.id);
        if (before) before.push(line);
        else lines.set(item.id, [line]);
        bytes.set(item.id, itemBytes(item));
      }
      for (const [id, of] of lines) if (of.length > 1) onRepeated({ id, lines: of });
      for (const [id, of] of bytes) slotBytes[slotOf(id)] = (slotBytes[slotOf(id)] ?? 0) + of;
      items += lines.size;
    }
    this.#shards = shardsFor(slotBytes);
    return items;
  }

  /** Each id once, in the order of buckets, then of ids. After `end`. */
  async *items(): AsyncGenerator<Item> {
    for (let bucket = 0; bucket < BUCKETS; bucket++) yield* (await this.#bucket(bucket)).toSorted(byId);
  }

  /** Shard by shard. After `end`. */
  async *parts(currency: string): AsyncGenerator<CataloguePart> {
    let held: Item[] = [];
    let shard = 0;
    const pack = (): CataloguePart => packShard(held.sort(byId), shard, this.#shards, currency);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const items = await this.#bucket(bucket);
      for (const item of items.sort((a, b) => slotOf(a.id) - slotOf(b.id))) {
        for (const own = shardOf(item.id, this.#shards); shard < own; shard++) {
          yield pack();
          held = [];
        }
        held.push(item);
      }
    }
    for (; shard < this.#shards; shard++) {
      yield pack();
      held = [];
    }
  }

  async remove(): Promise<void> {
    await this.#close().catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #close(): Promise<void> {
    for (const bucket of this.#buckets) if (!bucket.writableEnded) bucket.end();
    await Promise.all(this.#buckets.map((bucket) => finished(bucket)));
  }

  async #bucket(bucket: number): Promise<Item[]> {
    const last = new Map<string, Item>();
    for await (const { item } of this.#read(bucket)) last.set(item.id, item);
    return [...last.values()];
  }

  async *#read(bucket: number): AsyncGenerator<Spooled> {
    const input = createReadStream(join(this.#folder, `${bucket}.ndjson`));
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      yield JSON.parse(line) as Spooled;
  }
}

function bucketOf(id: string): number {
  return Math.floor((slotOf(id) * BUCKETS) / SHARD_SLOTS);
}

function byId(a: Item, b: Item): number {
  return compareText(a.id, b.id);
}
