import { createHash, randomBytes } from 'node:crypto';
import { drizzle } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { readRule } from '../../core/ruleset/rule-form.ts';
import type { Platform } from '../../dev/platform.ts';
import { createConfigStore } from '../../worker/stores/config-store.ts';

const BATCH = 40;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A space with so many segments, each written as a change writes it. Answers the token of its operator. */
export async function fillSpace(platform: Platform, name: string, count: number): Promise<string> {
  const d1 = await platform.miniflare.getD1Database('CONTROL', 'selvedge');
  const token = `op_${name}.${randomBytes(32).toString('base64url')}`;
  await d1
    .prepare('INSERT INTO operator_token (space, name, hash, created_at, created_by) VALUES (?, ?, ?, ?, ?)')
    .bind(name, 'ada', sha256(token), Date.now(), 'bench')
    .run();
  const db = drizzle(d1 as unknown as Parameters<typeof drizzle>[0]);
  const store = createConfigStore(db);
  const all = Array.from({ length: count }, (_, i) => segment(i, count));
  for (let from = 0; from < count; from += BATCH) {
    const statements = all.slice(from, from + BATCH).flatMap((body, i) => {
      const at = (Date.UTC(2026, 0, 1) + 60_000 * ((from + i) % 977)) as Instant;
      const text = JSON.stringify(body);
      const version = { kind: 'segment', id: body.id, version: 1, archived: false, body: text, hash: sha256(text) };
      return store.write(name as Space, { ...version, at, actor: 'ada' });
    });
    const [first, ...rest] = statements;
    if (first) await untilDone(async () => void (await db.batch([first, ...rest])));
  }
  return token;
}

/** On a busy machine the connection to the database closes now and then between two batches. A batch whose answer got lost is there already. */
async function untilDone(write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      const texts = [error, (error as { readonly cause?: unknown }).cause].map(String).join(' ');
      if (attempt > 1 && texts.includes('UNIQUE constraint failed')) return;
      if (attempt === 5 || !/fetch failed|other side closed/.test(texts)) throw error;
    }
  }
}

const WORDS = [
  'Basket',
  'Loyal',
  'Returning',
  'Big spenders',
  'Window shoppers',
  'Sale',
  'Winter',
  'New',
  'Mobile',
  'Ulm',
];

function segment(i: number, count: number) {
  const read = readRule(
    `xEvent[eventType = "product.viewed" and timestamp occurs <= ${1 + (i % 60)} days before now].count() >= ${1 + (i % 7)} and tier = "gold"`,
  );
  if (!read.ok) throw new Error(read.error.detail);
  return {
    id: `segment-${((i * 7919) % count).toString().padStart(5, '0')}`,
    name: `${WORDS[i % WORDS.length]} ${i}`,
    description:
      i === count - 1 ? 'The needle that a search is for' : 'Who looked at products lately and is of the best tier',
    folder: `team-${i % 20}/season-${i % 4}`,
    tags: [`tag-${i % 50}`, 'all'],
    owner: 'ada',
    rule: read.value,
    purpose: 'personalization',
    public: false,
    observed: false,
  };
}
