import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CatalogueOptions, runCatalogue } from '../../cli/import/catalogue/run-catalogue.ts';
import { limit } from '../../core/lib/limits.ts';
import { type Catalogue, openCatalogue } from '../../core/model/recommend/catalogue.ts';
import { type CataloguePart, packCatalogue } from '../../core/model/recommend/catalogue-part.ts';
import { openNeighbours } from '../../core/model/recommend/neighbours.ts';
import type { NeighboursPart } from '../../core/model/recommend/neighbours-part.ts';
import { PRODUCTS } from '../../examples/storefront/products.ts';

const ROOT = join(import.meta.dirname, '../..');
const HEADER = 'id,title,link,price,availability,product_type,brand,color';

let folder: string;
let printed: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-test-catalogue-'));
  printed = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(name: string, text: string | Buffer, options: Partial<CatalogueOptions> = {}): Promise<number> {
  printed = [];
  await writeFile(join(folder, name), text);
  const all: CatalogueOptions = {
    file: join(folder, name),
    format: undefined,
    encoding: 'utf8',
    currency: null,
    out: join(folder, 'parts.ndjson'),
    refusedFile: join(folder, 'refused.ndjson'),
    partial: false,
    dryRun: false,
    ...options,
  };
  const around = {
    stop: new AbortController().signal,
    nowMs: Date.now,
    print: (line: string) => void printed.push(line),
  };
  return runCatalogue(all, around);
}

interface PartLine {
  readonly name: string;
  readonly hash: string;
  readonly part: unknown;
}

async function parts(): Promise<readonly PartLine[]> {
  const text = await readFile(join(folder, 'parts.ndjson'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PartLine);
}

async function written(): Promise<Catalogue> {
  const of = (await parts())
    .filter(({ name }) => name.startsWith('catalogue/'))
    .map(({ part }) => part as CataloguePart);
  const opened = openCatalogue(of);
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

const ids = async () => [...(await written()).items()].map(({ id }) => id).sort();
const refused = async () =>
  (await readFile(join(folder, 'refused.ndjson'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly line: number; readonly kind: string; readonly reason: string });
const refusals = async () => (await refused()).map(({ line, reason }) => `${line}: ${reason}`);
const row = (id: string, over = '') =>
  `${id},Item ${id},https://s.example/${id},10.00 EUR,in stock,Men > Shirts,Acme,${over}`;
const item = (id: string, inner = '') =>
  `<item><g:id>${id}</g:id><title>Item ${id}</title><link>https://s.example/${id}</link><g:price>10.00 EUR</g:price>${inner}</item>`;
const rss = (inner: string) =>
  `<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>\n${inner}\n</channel></rss>\n`;

describe('import catalogue, CSV', () => {
  it('writes parts that are whole, hashed and the same at every run', async () => {
    const text = [HEADER, ...Array.from({ length: 300 }, (_, i) => row(`i${i}`, i % 2 ? 'red' : 'blue'))].join('\n');
    expect(await run('c.csv', text)).toBe(0);
    const first = await parts();
    for (const { hash, part } of first)
      expect(createHash('sha256').update(JSON.stringify(part)).digest('hex')).toBe(hash);
    expect(first.map(({ name }) => name)).toEqual(['catalogue/0', 'neighbours/similar/0']);
    expect((await written()).get('i7')).toMatchObject({
      title: 'Item i7',
      attributes: { color: 'red' },
      category: ['Men', 'Shirts'],
    });
    const reversed = [HEADER, ...text.split('\n').slice(1).reverse()].join('\n');
    expect(await run('c.csv', reversed)).toBe(0);
    expect(await parts()).toEqual(first);
    const similar = openNeighbours(first.slice(1).map(({ part }) => part as NeighboursPart));
    expect(similar.ok && similar.value.of('similar', 'i0').length).toBe(limit('neighboursPerItem'));
  });

  it('refuses bad rows one by one, with line and reason, and keeps the rest', async () => {
    const text = [
      HEADER,
      row('a'),
      'b,short',
      'c,"never closed,https://s.example/c,10 EUR,,,,',
      row('d'),
      'e,Evil,javascript:alert(1),10 EUR,,,,',
      'f,Dollars,https://s.example/f,10 USD,,,,',
      `g,${'x'.repeat(1024 * 1024)},https://s.example/g,10 EUR,,,,`,
      'h,"two\nlines",https://s.example/h,10 EUR,,,,',
      'i,5" pipe,https://s.example/i,10 EUR,,,,',
      `j,"${'long line\n'.repeat(60_000)}",https://s.example/j,10 EUR,,,,`,
      row('k'),
    ].join('\r\n');
    expect(await run('c.csv', text)).toBe(1);
    expect(await ids()).toEqual(['a', 'd', 'h', 'i', 'k']);
    expect((await written()).get('h')?.title).toMatch(/^two\s+lines$/);
    expect(await refusals()).toEqual([
      '3: 2 cells, but the header has 8: check quotes and delimiters',
      expect.stringMatching(/^4: /),
      '6: url: "javascript:alert(1)" is no http or https address and no path of the site',
      '7: price is in USD, the catalogue is in EUR',
      '8: longer than 524288 characters',
      '12: longer than 524288 characters',
    ]);
  });

  it('counts repeated ids and takes the last', async () => {
    const text = [HEADER, row('a', 'old'), row('b'), row('a', 'newer'), row('a', 'newest')].join('\n');
    expect(await run('c.csv', text)).toBe(0);
    expect((await written()).get('a')?.attributes).toEqual({ color: 'newest' });
    expect(printed).toContain('id a stands on lines 2, 4, 5: the last one counts');
    expect(printed.join('\n')).toMatch(/repeated +2 rows of 1 ids/);
  });

  it('goes by the currency that is said, not by the first row', async () => {
    const text = [HEADER, row('a').replace('EUR', 'USD'), row('b')].join('\n');
    expect(await run('c.csv', text, { currency: 'EUR' })).toBe(1);
    expect(await ids()).toEqual(['b']);
  });

  it('says what a header lacks, and leaves what was there before alone', async () => {
    expect(await run('c.csv', [HEADER, row('a')].join('\n'))).toBe(0);
    expect(await run('c.csv', 'foo,bar\n1,2\n')).toBe(1);
    expect(printed.join('\n')).toContain('the header lacks id, title, url, price');
    expect(await ids()).toEqual(['a']);
    expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('reads tabs, a mark of byte order, and Latin-1 where it is said', async () => {
    const tabs = `\ufeff${[HEADER, row('ä')].join('\n').replaceAll(',', '\t')}`;
    expect(await run('c.tsv', tabs)).toBe(0);
    expect(await ids()).toEqual(['ä']);
    const latin = Buffer.from([HEADER, row('ä')].join('\n'), 'latin1');
    expect(await run('l.csv', latin, { encoding: 'latin1' })).toBe(0);
    expect(await ids()).toEqual(['ä']);
    expect(await run('l.csv', latin)).toBe(1);
    expect((await refusals())[0]).toMatch(/^2: id: is not in the encoding/);
  });

  it('makes no row of two whose quotes are never closed', async () => {
    const open = (i: number) => `i${i},"open ${i},https://s.example/x,1 EUR,,,,`;
    expect(await run('c.csv', [HEADER, ...Array.from({ length: 70 }, (_, i) => open(i)), row('a')].join('\n'))).toBe(1);
    expect(await ids()).toEqual(['a']);
    expect(await refused()).toHaveLength(70);
  });
});

describe('import catalogue, NDJSON', () => {
  it('takes objects and refuses what is none', async () => {
    const good = {
      id: 'a',
      title: 'A',
      link: '/a',
      price: 5,
      currency: 'EUR',
      category: ['x', 'y'],
      attributes: { s: 'm' },
    };
    const text = [
      JSON.stringify(good),
      '{broken',
      '[1]',
      '',
      '"x"',
      JSON.stringify({ ...good, id: 'b', price: null }),
    ].join('\n');
    expect(await run('c.ndjson', text)).toBe(1);
    expect(await ids()).toEqual(['a']);
    expect(await refusals()).toEqual([
      '2: not JSON',
      '3: not a JSON object',
      '5: not a JSON object',
      '6: price is missing',
    ]);
  });

  it('has the same items in the same parts as when they are packed in memory, in many shards', async () => {
    const note = 'words of no weight '.repeat(13);
    const lines = Array.from({ length: 2_500 }, (_, i) =>
      JSON.stringify({
        id: `sku-${i}`,
        title: `T${i}`,
        link: `/p/${i}`,
        price: `${i % 90}.00 EUR`,
        a: `${i}${note}`,
        b: `${i}${note}`,
        c: `${i}${note}`,
      }),
    );
    expect(await run('c.ndjson', lines.join('\n'))).toBe(0);
    const of = (await parts()).filter(({ name }) => name.startsWith('catalogue/'));
    expect(of.length).toBeGreaterThan(2);
    expect(of.map(({ part }) => part)).toEqual(packCatalogue([...(await written()).items()]));
  });
});

describe('import catalogue, Google Merchant XML', () => {
  it('reads RSS with members in g: and plain ones', async () => {
    const nested = '<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>';
    const detail =
      '<g:product_detail><g:attribute_name>Fabric</g:attribute_name><g:attribute_value>Wool</g:attribute_value></g:product_detail>';
    const text = rss(
      `${item('a', `<g:title><![CDATA[Fish & <chips>]]></g:title>${nested}${detail}<g:product_type>A &gt; B</g:product_type><g:product_type>Other</g:product_type><guid>z</guid>`)}\n${item('b', '<g:availability>out of stock</g:availability>')}`,
    );
    expect(await run('f.xml', text)).toBe(0);
    expect((await written()).get('a')).toMatchObject({
      title: 'Fish & <chips>',
      price: { amount: 1000 },
      category: ['A', 'B'],
      attributes: { Fabric: 'Wool' },
    });
    expect((await written()).get('a')?.attributes).toEqual({ Fabric: 'Wool' });
    expect((await written()).get('b')?.availability).toBe('out_of_stock');
  });

  it('reads Atom, with its links, and another prefix', async () => {
    const text = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:m="http://base.google.com/ns/1.0"><title>S</title>
      <entry><id>tag:x</id><m:id>a</m:id><title>A</title><link rel="self" href="https://s.example/self"/><link href="https://s.example/a"/><m:price>1 EUR</m:price><updated>2026</updated></entry></feed>`;
    expect(await run('f.atom', text)).toBe(0);
    expect((await written()).get('a')).toMatchObject({ url: 'https://s.example/a', attributes: {} });
  });

  it('costs one item where the XML is broken, with the place', async () => {
    const text = rss(
      [
        item('a'),
        item('b').replace('Item b', 'Cut & dried'),
        item('c').replace('</title>', ''),
        '<item><g:id>never</g:id>',
        item('d'),
        item('e', `<g:note>${'x'.repeat(1024 * 1024)}</g:note>`),
        item('f', `<description>${'y'.repeat(100_000)}</description>`),
        item('g'),
      ].join('\n'),
    );
    expect(await run('f.xml', text, { partial: true })).toBe(1);
    expect(await ids()).toEqual(['a', 'd', 'g']);
    const told = await refusals();
    expect(told[0]).toMatch(/^4: broken XML: .*\(line 4, column \d+\)$/);
    expect(told[1]).toMatch(/^5: broken XML: Unexpected close tag \(line 5, column \d+\)$/);
    expect(told[2]).toBe('6: broken XML: the item is never closed');
    expect(told[3]).toMatch(/^8: longer than|^8: note is longer/);
    expect(told[4]).toMatch(/^9: description is longer than 65536/);
  });

  it('refuses a document type and what hides behind it', async () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i} "${`&a${i || ''};`.repeat(10)}">`).join('')}]>${rss(item('a')).slice(21)}`;
    expect(await run('f.xml', bomb)).toBe(1);
    expect(await refusals()).toEqual(['1: reading ends here: a document type (<!DOCTYPE …>) is refused: take it out']);
    const large = `<?xml version="1.0"?><!DOCTYPE x [${'<!ENTITY a "b">'.repeat(20_000)}`;
    expect(await run('f.xml', large)).toBe(1);
    expect((await refusals())[0]).toMatch(/reading ends here/);
    const entity = rss(item('a').replace('Item a', '&lol;'));
    expect(await run('f.xml', entity)).toBe(1);
    expect((await refusals())[0]).toMatch(/Invalid character entity/);
  });

  it('does not put half a file in the place of a whole one, unless it is told to', async () => {
    expect(await run('f.xml', rss(`${item('a')}${item('b')}`))).toBe(0);
    const cut = rss(`${item('c')}\n${item('d')}`).slice(0, -60);
    expect(await run('f.xml', cut)).toBe(1);
    expect(printed.at(-1)).toContain('nothing was written');
    expect((await refusals()).at(-1)).toMatch(/the file breaks off/);
    expect(await ids()).toEqual(['a', 'b']);
    expect(await run('f.xml', cut, { partial: true })).toBe(1);
    expect(await ids()).toEqual(['c']);
  });

  it('says when it is no XML, or has no items', async () => {
    expect(await run('f.xml', 'id,title\n1,2\n')).toBe(1);
    expect((await refusals())[0]).toMatch(/no XML: /);
    expect(await run('f.xml', '<html><body><p>Not found</p></body></html>')).toBe(1);
    expect((await refusals())[0]).toMatch(/no <item> of RSS/);
    expect(await run('f.xml', '<a>'.repeat(50_000))).toBe(1);
    expect((await refusals())[0]).toMatch(/more than 100 deep/);
  });
});

describe('import catalogue, the command', () => {
  const command = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [join(ROOT, 'cli/import/main.ts'), 'catalogue', ...args], { cwd: folder });

  it('brings in the storefront', async () => {
    const lines = PRODUCTS.map(({ id, name, category, priceCents, colour }) =>
      [id, `"${name}"`, `/p/${id}`, `${(priceCents / 100).toFixed(2)} EUR`, 'in stock', category, '', colour].join(','),
    );
    await writeFile(join(folder, 'shop.csv'), [HEADER, ...lines].join('\n'));
    const { stdout } = await command('shop.csv', '--out', 'parts.ndjson');
    expect(stdout).toMatch(new RegExp(`items +${PRODUCTS.length} in EUR`));
    expect((await written()).get('sw-1')).toMatchObject({ title: 'Tempo sweater', category: ['men-running'] });
  });

  it('asks where to write, and knows a dry run', async () => {
    await writeFile(join(folder, 'c.csv'), [HEADER, row('a')].join('\n'));
    await expect(command('c.csv')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('--out') });
    await expect(command('none.csv', '--dry-run')).rejects.toMatchObject({
      stderr: expect.stringContaining('There is no file'),
    });
    expect((await command('c.csv', '--dry-run', '--out', 'parts.ndjson')).stdout).toContain('nothing was written');
    expect(await readdir(folder)).toEqual(['c.csv']);
  });
});
