import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Receipt } from '../../../core/decision/receipt.ts';
import type { EffectMessage } from '../../../core/interaction/effect-message.ts';
import type { Instant, ProfileId, Sequence, Space } from '../../../core/lib/ids.ts';
import { deleteOldReceipts, findReceipt, putReceipts } from '../../../worker/stores/receipt-store.ts';
import { type Shop, startShop } from '../../support/platform.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const NOW = Date.UTC(2026, 10, 22, 6, 59, 59, 900);
const SPACE = 'main' as Space;

let shop: Shop;
let bucket: R2Bucket;
beforeAll(async () => {
  shop = await startShop();
  bucket = (await shop.platform.miniflare.getR2Bucket('ARCHIVE', 'selvedge')) as unknown as R2Bucket;
});
afterAll(() => shop.stop());

const receiptOf = (request: string, at: number): Receipt => ({
  v: 2,
  request,
  at: at as Instant,
  sequence: 1 as Sequence,
  profile: null,
  state: 'anonymous',
  consent: 1,
  placements: [],
  shown: [],
  rules: '',
});
const messageOf = (receipts: readonly Receipt[], space = SPACE): EffectMessage => ({
  version: 1,
  space,
  profile: 'prf_1' as ProfileId,
  id: 'prf_1/1/0',
  minute: NOW / MINUTE,
  known: false,
  facts: [],
  changes: [],
  decisions: {},
  receipts,
});
const find = (request: string, at: number, space = SPACE) => findReceipt(bucket, space, request, at as Instant);

it('a receipt is found by its request, among however many of the hour, also where it was decided just after the hour', async () => {
  for (let minute = 0; minute < 59; minute++)
    for (let batch = 0; batch < 10; batch++)
      await putReceipts(
        bucket,
        [messageOf([receiptOf(`r${minute}-${batch}`, NOW - (59 - minute) * MINUTE)])],
        `b${batch}`,
      );
  const late = receiptOf('late', NOW + 200);
  await putReceipts(bucket, [messageOf([receiptOf('early', NOW), late])], 'last');
  expect((await find('r58-9', NOW - MINUTE))?.request).toBe('r58-9');
  expect((await find('early', NOW))?.request).toBe('early');
  expect(await find('late', NOW)).toEqual(late);
  expect(await find('never', NOW)).toBeNull();
  expect(await find('late', NOW, 'other' as Space)).toBeNull();
});

it('receipts are gone after thirty days, however many there are', async () => {
  const old = Array.from({ length: 1100 }, (_, i) => `receipt/busy/2026-10-01T00/00-${i}.ndjson.gz`);
  for (let i = 0; i < old.length; i += 100) await Promise.all(old.slice(i, i + 100).map((key) => bucket.put(key, 'x')));
  await putReceipts(bucket, [messageOf([receiptOf('young', NOW - 30 * DAY + HOUR)], 'busy' as Space)], 'b');
  await putReceipts(bucket, [messageOf([receiptOf('old', NOW - 30 * DAY - HOUR)], 'busy' as Space)], 'b');
  expect(await deleteOldReceipts(bucket, NOW)).toBe(1101);
  expect(await deleteOldReceipts(bucket, NOW)).toBe(0);
  expect((await find('young', NOW - 30 * DAY + HOUR, 'busy' as Space))?.request).toBe('young');
  expect((await find('early', NOW))?.request).toBe('early');
});
