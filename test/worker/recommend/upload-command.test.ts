import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCatalogue } from '../../../cli/import/catalogue/run-catalogue.ts';
import { runUpload } from '../../../cli/import/upload/run-upload.ts';
import { type Shop, startShop } from '../../support/platform.ts';
import { type CatalogueAnswer, done } from './item-shop.ts';

let shop: Shop;
let folder: string;
beforeAll(async () => {
  shop = await startShop();
  folder = await mkdtemp(join(tmpdir(), 'selvedge-test-upload-'));
});
afterAll(async () => {
  await shop.stop();
  await rm(folder, { recursive: true, force: true });
});

const CSV = `id,title,link,price,availability,product_type
p1,Wool sweater,/p/p1,79.00 EUR,in stock,Clothes > Sweaters
p2,Wool hat,/p/p2,19.00 EUR,in stock,Clothes > Hats
p3,Bad,javascript:alert(1),19.00 EUR,in stock,Clothes
p4,"Wool ""scarf""",https://shop.test/p/p4,29.00 EUR,out of stock,Clothes > Scarves
`;

it('packs a feed, uploads what is missing, tells what was refused, and sends nothing twice', async () => {
  const lines: string[] = [];
  const file = join(folder, 'feed.csv');
  const [out, refusedFile] = [join(folder, 'parts.ndjson'), join(folder, 'refused.ndjson')];
  await writeFile(file, CSV);
  const options = { file, format: undefined, encoding: 'utf8', currency: 'EUR', out, refusedFile } as const;
  const around = {
    stop: new AbortController().signal,
    nowMs: Date.now,
    print: (line: string) => void lines.push(line),
  };
  expect(await runCatalogue({ ...options, partial: false, dryRun: false }, around)).toBe(1);
  const { operatorToken: token } = shop.platform.secrets;
  const upload = () =>
    runUpload({ file: out, refusedFile, url: shop.platform.url, token }, { ...around, env: {}, stateDir: folder });
  expect(await upload()).toBe(0);
  expect(lines.at(-1)).toMatch(/3 items in EUR; 2 parts sent, 0 were there/);
  expect(await upload()).toBe(0);
  expect(lines.at(-1)).toMatch(/0 parts sent, 2 were there/);
  const live = await done<CatalogueAnswer>(shop, 'GET', 'catalogue');
  expect(live).toMatchObject({ items: 3, currency: 'EUR', shards: 1, refused: { badUrl: 1 } });
});

it('says what a person has to put right', async () => {
  const damaged = join(folder, 'damaged.ndjson');
  await writeFile(damaged, '{"name": 1}\n');
  const around = { env: {}, stateDir: folder, stop: new AbortController().signal, print: () => undefined };
  const call = (file: string, token: string | undefined) =>
    runUpload({ file, refusedFile: null, url: shop.platform.url, token }, around);
  await expect(call(damaged, 'op_x')).rejects.toThrow('damaged');
  await expect(call(damaged, undefined)).rejects.toThrow('No operator token');
  await expect(call(join(folder, 'parts.ndjson'), 'op_x')).rejects.toThrow('401');
});
