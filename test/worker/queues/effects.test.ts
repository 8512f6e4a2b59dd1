import { gunzipSync } from 'node:zlib';
import { drizzle } from 'drizzle-orm/d1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EffectMessage } from '../../../core/interaction/effect-message.ts';
import type { Instant, ProfileId, Sequence } from '../../../core/lib/ids.ts';
import type { Env } from '../../../worker/env.ts';
import { archiveFacts } from '../../../worker/queues/archive.ts';
import { noteClaims } from '../../../worker/queues/claims.ts';
import { compactArchive } from '../../../worker/queues/compact.ts';
import { consume } from '../../../worker/queues/consume.ts';
import { keepDeadLetters } from '../../../worker/queues/dead-letter.ts';
import { pruneLedger, rollUp } from '../../../worker/queues/rollup.ts';
import { createSecretBox } from '../../../worker/secret-box.ts';
import { type ArchiveKeys, createArchiveKeys } from '../../../worker/stores/archive-keys.ts';
import { type ArchiveLine, openLine } from '../../../worker/stores/archive-line.ts';
import { createErasureStore } from '../../../worker/stores/erasure-store.ts';
import { DEVICE, event, NOW, type SPACE } from '../../core/interaction/visit-fixture.ts';
import { type Shop, startShop, unique, viewed, event as wireEvent } from '../../support/platform.ts';

let shop: Shop;
let d1: D1Database;
let bucket: R2Bucket;
let keys: ArchiveKeys;
beforeAll(async () => {
  shop = await startShop({ queueDelaySeconds: 0 });
  d1 = (await shop.platform.miniflare.getD1Database('CONTROL', 'selvedge')) as unknown as D1Database;
  bucket = (await shop.platform.miniflare.getR2Bucket('ARCHIVE', 'selvedge')) as unknown as R2Bucket;
  keys = createArchiveKeys(d1, createSecretBox(new Uint8Array(32).fill(7)));
});
afterAll(() => shop.stop());

/** Base64 of 32 bytes each. */
const SECRETS = {
  CONFIG_KEY: Buffer.alloc(32, 7).toString('base64'),
  IDENTITY_KEY: Buffer.alloc(32, 8).toString('base64'),
};

/** What the keys in D1 make of archived lines. */
async function opened(space: string, lines: readonly unknown[]): Promise<readonly unknown[]> {
  const sealed = lines as readonly ArchiveLine[];
  const held = await keys.provide(
    space as typeof SPACE,
    sealed.map((line) => line.key),
  );
  return Promise.all(sealed.map((line) => openLine(line, held.get(line.key) ?? null)));
}

const HOUR = '2026-11-22T10';
const WHY = { cause: 'event' as const, sequence: 1 as Sequence, evidence: { events: [], attributes: [] } };
type FactOf = EffectMessage['facts'][number];
const factOf = (type: string, more: Partial<FactOf> = {}): FactOf => ({
  ...event(type, NOW),
  id: unique('f') as FactOf['id'],
  strand: 0,
  auth: 'anonymous',
  identity: DEVICE,
  ...more,
});

/** A message in a space of its own, so that each test counts from nothing. */
function messageOf(space: string, more: Partial<EffectMessage> = {}): EffectMessage {
  const profile = unique('prf') as ProfileId;
  return {
    version: 1,
    space: space as typeof SPACE,
    profile,
    id: `${profile}/1/0`,
    minute: NOW / 60_000,
    known: false,
    facts: [factOf('product.viewed'), factOf('page.viewed')],
    changes: [],
    decisions: {},
    ...more,
  };
}

const rows = async <Row>(query: string, ...bindings: string[]): Promise<readonly Row[]> =>
  (
    await d1
      .prepare(query)
      .bind(...bindings)
      .all<Row>()
  ).results;
const counted = async (space: string) =>
  Object.fromEntries(
    (
      await rows<{ type: string; count: number }>(
        'SELECT type, sum(count) AS count FROM rollup_event WHERE space = ? GROUP BY type ORDER BY type',
        space,
      )
    ).map(({ type, count }) => [type, count]),
  );

/** Lines of every archived object of a space, by key. */
async function archived(
  space: string,
): Promise<Readonly<Record<string, readonly { readonly id: string; readonly source: string }[]>>> {
  const { objects } = await bucket.list({ prefix: `${space}/` });
  const pages = await Promise.all(
    objects.map(async ({ key }) => {
      const text = gunzipSync(
        Buffer.from((await (await bucket.get(key))?.arrayBuffer()) ?? new ArrayBuffer(0)),
      ).toString();
      expect(text.endsWith('\n')).toBe(true);
      return [
        key,
        text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as { id: string; source: string }),
      ] as const;
    }),
  );
  return Object.fromEntries(pages);
}

async function until(done: () => Promise<boolean>, ms = 8000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50)))
    if (await done()) return;
  throw new Error('waited too long');
}

describe('rollups', () => {
  it('count a message once, however often it is delivered: in one batch, in the next, among others', async () => {
    const space = unique('once');
    const [a, b, c] = [messageOf(space), messageOf(space), messageOf(space)];
    expect(await rollUp(d1, [a, a, b])).toBe(2);
    expect(await rollUp(d1, [b, a])).toBe(0);
    expect(await rollUp(d1, [a, c, c])).toBe(1);
    expect(await counted(space)).toEqual({ 'page.viewed': 3, 'product.viewed': 3 });
  });

  it('remember what they counted for 30 days, and are swept once a day', async () => {
    const space = unique('prune');
    const message = messageOf(space);
    await rollUp(d1, [message]);
    const kept = async () => (await rows('SELECT minute FROM rollup_ledger WHERE space = ?', space)).length;
    const days = (count: number) => Date.parse('2026-11-22T03:17:00Z') + count * 86_400_000;
    await pruneLedger(d1, days(29));
    await pruneLedger(d1, days(40) + 3_600_000);
    expect(await kept()).toBe(1);
    await pruneLedger(d1, days(40));
    expect(await kept()).toBe(0);
  });

  it('count parts of one chunk, and chunks of one profile, each by itself', async () => {
    const space = unique('parts');
    const first = messageOf(space);
    const more = ['1/1', '2/0', '2/1'].map((part) => ({ ...first, id: `${first.profile}/${part}` }));
    expect(await rollUp(d1, [first, ...more, first])).toBe(4);
    expect(await counted(space)).toEqual({ 'page.viewed': 4, 'product.viewed': 4 });
  });

  it('keep events by the hour in which they happened, by source and type', async () => {
    const space = unique('hours');
    const facts = [
      factOf('cart.added'),
      factOf('cart.added', { at: (NOW - 3_600_000) as Instant }),
      factOf('cart.added', { source: 'app' as FactOf['source'] }),
    ];
    await rollUp(d1, [messageOf(space, { facts })]);
    expect(
      await rows('SELECT hour, source, type, count FROM rollup_event WHERE space = ? ORDER BY hour, source', space),
    ).toEqual([
      { hour: '2026-11-22T09', source: 'web', type: 'cart.added', count: 1 },
      { hour: HOUR, source: 'app', type: 'cart.added', count: 1 },
      { hour: HOUR, source: 'web', type: 'cart.added', count: 1 },
    ]);
  });

  it('keep who entered and left a segment, and what was decided, seen and clicked', async () => {
    const space = unique('both');
    const change = (segment: string, status: 'entered' | 'exited') => ({
      segment,
      status,
      since: NOW,
      ...WHY,
    });
    const seen = { proposition: 'prp_1', placement: 'hero', offer: 'spring' };
    const message = messageOf(space, {
      facts: [
        factOf('proposition.displayed', { data: seen }),
        factOf('proposition.clicked', { data: seen }),
        factOf('proposition.displayed', { data: { ...seen, offer: null } }),
      ],
      changes: [change('a', 'entered'), change('a', 'exited'), change('b', 'entered')],
      decisions: { 'hero\nspring': 3, 'hero\n': 1 },
    });
    await rollUp(d1, [message, message]);
    expect(
      await rows(
        'SELECT hour, segment, entered, exited FROM rollup_membership WHERE space = ? ORDER BY segment',
        space,
      ),
    ).toEqual([
      { hour: HOUR, segment: 'a', entered: 1, exited: 1 },
      { hour: HOUR, segment: 'b', entered: 1, exited: 0 },
    ]);
    expect(
      await rows(
        'SELECT placement, offer, decisions, impressions, clicks FROM rollup_decision WHERE space = ? ORDER BY offer',
        space,
      ),
    ).toEqual([
      { placement: 'hero', offer: '', decisions: 1, impressions: 1, clicks: 0 },
      { placement: 'hero', offer: 'spring', decisions: 3, impressions: 1, clicks: 1 },
    ]);
  });

  it('index people and their memberships, and no anonymous visitor', async () => {
    const space = unique('people');
    const entered = { segment: 'a', status: 'entered' as const, since: NOW, ...WHY };
    const known = messageOf(space, { known: true, changes: [entered] });
    await rollUp(d1, [known, messageOf(space, { changes: [entered] })]);
    expect(await rows('SELECT pid, known FROM profile WHERE space = ?', space)).toEqual([
      { pid: known.profile, known: 1 },
    ]);
    expect(await rows('SELECT pid, segment FROM membership WHERE space = ?', space)).toEqual([
      { pid: known.profile, segment: 'a' },
    ]);
    await rollUp(d1, [{ ...known, id: `${known.profile}/2/0`, changes: [{ ...entered, status: 'exited' }] }]);
    expect(await rows('SELECT pid FROM membership WHERE space = ?', space)).toEqual([]);
  });
});

describe('the archive', () => {
  it('holds every fact in full, as lines, under the hour of its arrival', async () => {
    const space = unique('arch');
    const early = factOf('page.viewed', {
      receivedAt: (NOW - 3_600_000) as Instant,
      data: { url: 'http://x/\n\u2028' },
    });
    const message = messageOf(space, { facts: [early, ...messageOf(space).facts] });
    await archiveFacts(bucket, keys, [message], 'batch-1');
    const pages = await archived(space);
    expect(Object.keys(pages)).toEqual([
      `${space}/2026-11-22T09/batch-1.ndjson.gz`,
      `${space}/${HOUR}/batch-1.ndjson.gz`,
    ]);
    expect(await opened(space, Object.values(pages).flat())).toEqual(
      message.facts.map((fact) => JSON.parse(JSON.stringify({ profile: message.profile, ...fact })) as unknown),
    );
  });

  it('shows nothing personal to who has no key, and nothing at all once the key is destroyed', async () => {
    const space = unique('sealed');
    const secret = factOf('page.viewed', { data: { url: 'http://shop/secret-path' } });
    const message = messageOf(space, { facts: [secret] });
    const other = messageOf(space);
    await archiveFacts(bucket, keys, [message, other], 'batch-1');
    const before = Object.values(await archived(space)).flat();
    expect(JSON.stringify(before)).not.toContain('secret-path');
    expect(JSON.stringify(before)).not.toContain(DEVICE.value);
    await keys.destroy(space as typeof SPACE, [`${message.profile}/0`], NOW);
    expect(await opened(space, before)).toEqual([
      null,
      ...other.facts.map(({ id }) => expect.objectContaining({ id })),
    ]);
    // What was still on its way is not archived, and what lies there goes with the next compaction.
    await archiveFacts(bucket, keys, [message, messageOf(space)], 'batch-2');
    await compactArchive(bucket, keys, NOW + 2 * 3_600_000);
    const after = Object.values(await archived(space)).flat();
    expect([after.length, after.some(({ id }) => id === secret.id)]).toEqual([4, false]);
  });

  it('compacted drops repeats, loses nothing, and keeps the same id of two sources', async () => {
    const space = unique('compact');
    const [a, b] = [messageOf(space), messageOf(space)];
    const twin = { ...a, facts: a.facts.map((fact) => ({ ...fact, source: 'app' as FactOf['source'] })) };
    await archiveFacts(bucket, keys, [a, b], 'batch-1');
    await archiveFacts(bucket, keys, [b, twin], 'batch-2');
    await archiveFacts(bucket, keys, [a], 'batch-3');
    const done = await compactArchive(bucket, keys, NOW + 2 * 3_600_000);
    expect(done).toMatchObject({ dropped: 4 });
    const pages = await archived(space);
    expect(Object.keys(pages)).toHaveLength(1);
    const lines = Object.values(pages)
      .flat()
      .map(({ source, id }) => `${source} ${id}`);
    expect(lines.sort()).toEqual(
      [...a.facts, ...b.facts, ...twin.facts].map(({ source, id }) => `${source} ${id}`).sort(),
    );
    expect(await compactArchive(bucket, keys, NOW + 2 * 3_600_000)).toMatchObject({ merged: 0, dropped: 0 });
    await archiveFacts(bucket, keys, [b], 'late');
    expect(await compactArchive(bucket, keys, NOW + 2 * 3_600_000)).toMatchObject({ merged: 2, dropped: 2 });
  });

  it('leaves the hour alone that is still being written', async () => {
    const space = unique('open');
    await archiveFacts(bucket, keys, [messageOf(space)], 'batch-1');
    await archiveFacts(bucket, keys, [messageOf(space)], 'batch-2');
    await compactArchive(bucket, keys, NOW + 60_000);
    expect(Object.keys(await archived(space))).toHaveLength(2);
  });
});

describe('dead letters', () => {
  it('are kept once, with content and reason', async () => {
    const space = unique('dead');
    const body = messageOf(space);
    const letter = {
      id: unique('m'),
      timestamp: new Date(NOW),
      attempts: 10,
      body,
    } as unknown as Message<EffectMessage>;
    await keepDeadLetters(d1, keys, 'selvedge-dead-letters', [letter]);
    await keepDeadLetters(d1, keys, 'selvedge-dead-letters', [letter]);
    await keepDeadLetters(d1, keys, 'selvedge-dead-letters', []);
    const kept = await rows<{ id: string; queue: string; reason: string; body: string; at: number }>(
      'SELECT * FROM dead_letter WHERE space = ?',
      space,
    );
    expect(kept).toHaveLength(1);
    expect([kept[0]?.id, kept[0]?.queue, kept[0]?.at, JSON.parse(kept[0]?.body ?? '')]).toEqual([
      letter.id,
      'selvedge-dead-letters',
      NOW,
      JSON.parse(JSON.stringify(body)),
    ]);
    expect(kept[0]?.reason).toContain('10');
  });

  it('hold nothing of people who were erased, before they came or after', async () => {
    const space = unique('erased') as typeof SPACE;
    const [gone, other] = [messageOf(space), messageOf(space)];
    // Of somebody who was there for a while, and of somebody who is there.
    const shared = { ...other, facts: [factOf('product.viewed', { strand: 3 }), factOf('page.viewed', { strand: 4 })] };
    const letters = [gone, shared].map(
      (body) =>
        ({ id: unique('m'), timestamp: new Date(NOW), attempts: 10, body }) as unknown as Message<EffectMessage>,
    );
    const erase = async () => {
      const names = [`${gone.profile}/0`, `${shared.profile}/3`];
      await keys.destroy(space, names, NOW);
      return createErasureStore(drizzle(d1)).deleteRows(space, [gone.profile], names, NOW);
    };
    const left = async () => {
      const found = await rows<{ body: string }>('SELECT body FROM dead_letter WHERE space = ?', space);
      return found.map(({ body }) => (JSON.parse(body) as EffectMessage).facts.map(({ type }) => type));
    };
    await keepDeadLetters(d1, keys, 'selvedge-dead-letters', letters);
    expect(await erase()).toMatchObject({ deadLetters: 2 });
    expect(await left()).toEqual([['page.viewed']]);
    await d1.prepare('DELETE FROM dead_letter WHERE space = ?').bind(space).run();
    await keepDeadLetters(d1, keys, 'selvedge-dead-letters', letters);
    expect(await left()).toEqual([['page.viewed']]);
  });
});

describe('the index of people', () => {
  const SEGMENTS = ['s1'].map((segment) => ({ segment, status: 'entered' as const, since: NOW, ...WHY }));
  const claims = [{ namespace: 'email', value: 'sarah@example.com' }];
  const indexed = async (space: string) => {
    const found = await Promise.all(
      ['profile', 'membership', 'identity_claim'].map((table) =>
        rows<{ pid: string }>(`SELECT pid FROM ${table} WHERE space = ?`, space),
      ),
    );
    return found.map((held) => held.map(({ pid }) => pid));
  };
  const apply = async (...messages: readonly EffectMessage[]) => {
    await noteClaims(d1, async (_, { value }) => value, messages);
    await rollUp(d1, messages);
  };

  it('says nothing of somebody who was erased, also when a message of before comes after that', async () => {
    const space = unique('late') as typeof SPACE;
    const [first, second] = [1, 2].map((chunk) => {
      const profile = `prf-${space}` as ProfileId;
      const facts = [factOf('product.viewed', { claims })];
      return messageOf(space, { profile, id: `${profile}/${chunk}/0`, known: true, changes: SEGMENTS, facts });
    });
    if (!first || !second) throw new Error('no messages');
    await apply(first);
    expect(await indexed(space)).toEqual([[first.profile], [first.profile], [first.profile]]);
    const { deleteRows } = createErasureStore(drizzle(d1));
    expect(await deleteRows(space, [first.profile], [], NOW)).toMatchObject({ index: 3 });
    await apply(second);
    expect(await indexed(space)).toEqual([[], [], []]);
    // What happened is counted all the same.
    expect(await counted(space)).toEqual({ 'product.viewed': 2 });
  });

  it('loses a profile whose person lives on in another, whichever message comes first', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const space = unique('ended') as typeof SPACE;
      const stays = messageOf(space, { known: true, changes: SEGMENTS });
      const lives = messageOf(space, { known: true, changes: SEGMENTS });
      const exits = SEGMENTS.map((change) => ({ ...change, status: 'exited' as const }));
      const ends = {
        ...lives,
        id: `${lives.profile}/2/0`,
        known: false,
        facts: [],
        changes: exits,
        ended: true as const,
      };
      for (const which of order) await apply(stays, [lives, ends][which] as EffectMessage);
      expect((await indexed(space)).slice(0, 2)).toEqual([[stays.profile], [stays.profile]]);
    }
  });
});

describe('a batch with a message that cannot be applied', () => {
  it('still applies the others, and asks for that one again', async () => {
    const space = unique('poison');
    const [good, alsoGood] = [messageOf(space), messageOf(space)];
    const poison = { ...messageOf(space), facts: null } as unknown as EffectMessage;
    const settled: string[] = [];
    const messages = [good, poison, alsoGood].map((body, i) => ({
      id: unique('m'),
      timestamp: new Date(NOW),
      attempts: 1,
      body,
      ack: () => void settled.push(`ack ${i}`),
      retry: () => void settled.push(`retry ${i}`),
    }));
    await consume(
      { queue: 'selvedge-effects', messages } as unknown as MessageBatch<EffectMessage>,
      { CONTROL: d1, ARCHIVE: bucket, ...SECRETS } as Env,
    );
    expect(settled).toEqual(['ack 0', 'retry 1', 'ack 2']);
    expect(await counted(space)).toEqual({ 'page.viewed': 2, 'product.viewed': 2 });
    expect(
      new Set(
        Object.values(await archived(space))
          .flat()
          .map(({ id }) => id),
      ).size,
    ).toBe(4);
    const alone = {
      queue: 'selvedge-effects',
      messages: messages.slice(1, 2),
    } as unknown as MessageBatch<EffectMessage>;
    await expect(consume(alone, { CONTROL: d1, ARCHIVE: bucket } as Env)).rejects.toThrow();
  });
});

describe('the whole way, on workerd', () => {
  it('what visitors did reaches archive and rollups once, also when a message is delivered twice', async () => {
    const visitor = shop.visitor();
    const events = [viewed('a'), viewed('b'), wireEvent('custom.wholeWay')];
    await visitor.interact({ events, placements: ['hero', 'plain'] });
    const namespace = await shop.platform.miniflare.getDurableObjectNamespace('PROFILE', 'selvedge');
    for (const id of await shop.platform.miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
      const stub = namespace.get(namespace.idFromString(id)) as unknown as { drainNow(space: string): Promise<number> };
      expect(await stub.drainNow('main')).toBe(1);
      expect(await stub.drainNow('main')).toBe(0);
    }
    await until(async () => (await counted('main'))['custom.wholeWay'] === 1);
    expect(await counted('main')).toEqual({ 'custom.wholeWay': 1, 'product.viewed': 2 });
    expect(
      await rows("SELECT placement, offer, decisions FROM rollup_decision WHERE space = 'main' ORDER BY placement"),
    ).toEqual([
      { placement: 'hero', offer: 'hero-viewer', decisions: 1 },
      { placement: 'plain', offer: 'for-all', decisions: 1 },
    ]);
    expect(
      Object.values(await archived('main'))
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(events.map(({ id }) => id).sort());

    const twice = messageOf(unique('queue'));
    const producer = await shop.platform.miniflare.getQueueProducer<EffectMessage>('EFFECTS', 'selvedge');
    await producer.send(twice);
    await until(async () => Object.keys(await counted(twice.space)).length > 0);
    await producer.send(twice);
    await until(async () => Object.keys(await archived(twice.space)).length === 2);
    // The archive comes first; one more message through the same consumer proves that the repeat was dealt with.
    const after = messageOf(unique('after'));
    await producer.send(after);
    await until(async () => Object.keys(await counted(after.space)).length > 0);
    expect(await counted(twice.space)).toEqual({ 'page.viewed': 1, 'product.viewed': 1 });
  });
});
