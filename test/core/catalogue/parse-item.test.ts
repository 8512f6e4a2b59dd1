import { describe, expect, it } from 'vitest';
import { limit } from '../../../core/lib/limits.ts';
import { describeItemProblem } from '../../../core/source/catalogue/item-problem.ts';
import { minorDigits, parsePrice } from '../../../core/source/catalogue/money.ts';
import { type CatalogueRow, isSafeUrl, parseItem } from '../../../core/source/catalogue/parse-item.ts';

const ROW: CatalogueRow = { id: 'a', title: 'A', link: 'https://shop.example/a', price: '79.00 EUR' };

function read(over: CatalogueRow = {}, currency: string | null = null) {
  const parsed = parseItem({ ...ROW, ...over }, currency);
  if (!parsed.ok) throw new Error(describeItemProblem(parsed.error));
  return parsed.value;
}

function refusal(over: CatalogueRow, currency: string | null = null): string {
  const parsed = parseItem({ ...ROW, ...over }, currency);
  return parsed.ok ? 'taken' : describeItemProblem(parsed.error);
}

describe('a row of a catalogue', () => {
  it('becomes an item, by the names of Google Merchant', () => {
    expect(
      read({
        image_link: 'https://cdn.example/a.jpg',
        sale_price: '59 EUR',
        availability: 'in stock',
        product_type: 'Women > Knitwear',
        google_product_category: '1604',
        brand: 'Isla',
        item_group_id: 'g1',
        color: 'rose',
        size: 'M',
        description: 'Long text',
        gtin: '123',
      }),
    ).toEqual({
      item: {
        id: 'a',
        title: 'A',
        url: 'https://shop.example/a',
        image: 'https://cdn.example/a.jpg',
        price: { amount: 7900, currency: 'EUR' },
        salePrice: { amount: 5900, currency: 'EUR' },
        availability: 'in_stock',
        category: ['Women', 'Knitwear'],
        brand: 'Isla',
        attributes: { color: 'rose', size: 'M' },
        groupId: 'g1',
      },
      leftOut: [],
    });
  });

  it('is read by the names of other exports, whatever their case', () => {
    const { item } = read({
      SKU: 'x',
      id: '',
      'Product Name': 'N',
      title: '',
      Currency: 'gbp',
      price: 12.5,
      Categories: ['a', 'b'],
    });
    expect(item).toMatchObject({ id: 'x', title: 'N', price: { amount: 1250, currency: 'GBP' }, category: ['a', 'b'] });
  });

  it('takes prices and attributes as shops write them in JSON', () => {
    const { item } = read({ price: { value: '9.90', currency: 'EUR' }, attributes: { fabric: 'wool', grams: 220 } });
    expect(item).toMatchObject({ price: { amount: 990 }, attributes: { fabric: 'wool', grams: '220' } });
  });

  it.each([
    ['', 'in_stock'],
    ['https://schema.org/OutOfStock', 'out_of_stock'],
    ['Pre-Order', 'preorder'],
    ['back_order', 'backorder'],
    ['0', 'out_of_stock'],
    ['12', 'in_stock'],
    ['false', 'out_of_stock'],
  ])('knows the availability "%s"', (availability, expected) => {
    expect(read({ availability }).item.availability).toBe(expected);
  });

  it('leaves out what is too long or too much for an attribute, and says so', () => {
    const attributes = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}`, 'x']));
    const many = read({ attributes });
    expect(Object.keys(many.item.attributes)).toHaveLength(limit('itemAttributes'));
    expect(many.leftOut).toHaveLength(8);
    expect(read({ note: 'x'.repeat(257), '<b>': 'x', ['__proto__']: 'x', constructor: 'x' }).leftOut).toEqual([
      'note',
      '<b>',
      '__proto__',
      'constructor',
    ]);
  });

  it('drops a sale price that is none, or that holds for a time only', () => {
    expect(read({ sale_price: '79 EUR' }).item).not.toHaveProperty('salePrice');
    const timed = { sale_price: '59 EUR', sale_price_effective_date: '2026-01-01T00:00Z/2026-02-01T00:00Z' };
    expect(read(timed).item).not.toHaveProperty('salePrice');
  });

  const refusedRows: readonly (readonly [CatalogueRow, RegExp, string?])[] = [
    [{ id: '' }, /^id is missing/],
    [{ title: '  ' }, /^title is missing/],
    [{ link: '' }, /^url is missing/],
    [{ price: '' }, /^price is missing/],
    [{ price: '79' }, /names no currency/],
    [{ price: '79 USD' }, /price is in USD, the catalogue is in EUR/, 'EUR'],
    [{ sale_price: '59 USD' }, /salePrice is in USD, the catalogue is in EUR/],
    [{ sale_price: '99 EUR' }, /sale price is above/],
    [{ price: '-1 EUR' }, /below zero/],
    [{ price: '1,234 EUR' }, /comma/],
    [{ price: '79.999 EUR' }, /more than 2 decimals/],
    [{ price: 'free' }, /is no price/],
    [{ price: '79 EUR', currency: 'Euro' }, /no code of three letters/],
    [{ link: 'javascript:alert(1)' }, /^url: "javascript:alert\(1\)" is no http/],
    [{ image_link: 'data:text/html,x' }, /^image: /],
    [{ availability: 'perhaps' }, /"perhaps" is none of/],
    [{ title: 'a\u0000b' }, /control characters/],
    [{ title: 'Caf\ufffd' }, /encoding/],
    [{ title: 'x'.repeat(513) }, /title is longer than 512/],
    [{ description: 'x'.repeat(1024 * 1024) }, /description is longer than 65536/],
    [{ attributes: { note: 'x'.repeat(1024 * 1024) } }, /attributes is longer than 65536/],
    [{ product_type: Array.from({ length: 11 }, (_, i) => `l${i}`) }, /more than 10 levels/],
  ];
  it.each(refusedRows.map(([over, expected, currency]) => ({ over, expected, currency })))(
    'is refused with its reason: $expected',
    ({ over, expected, currency }) => {
      expect(refusal(over, currency ?? null)).toMatch(expected);
    },
  );
});

describe('a URL', () => {
  it.each(['https://a.example/x?y=1#z', 'http://a.example', '/p/1', 'HTTPS://A.EXAMPLE/'])('is taken: %s', (url) => {
    expect(isSafeUrl(url)).toBe(true);
  });
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    ' javascript:x',
    '\u0001javascript:x',
    'data:text/html,x',
    'vbscript:x',
    '//evil.example/x',
    '/\\evil.example',
    'https:evil',
    'https:///x',
    'relative/path',
    'https://a.example/"onload="x',
    'https://a.example/<b>',
    'ftp://a.example/',
    '',
  ])('is refused: %j', (url) => {
    expect(isSafeUrl(url)).toBe(false);
  });
});

describe('a price', () => {
  it('is kept in the smallest unit of its currency', () => {
    expect(parsePrice('price', '1500 JPY', null)).toEqual({ ok: true, value: { amount: 1500, currency: 'JPY' } });
    expect(parsePrice('price', 'KWD 1.234', null)).toEqual({ ok: true, value: { amount: 1234, currency: 'KWD' } });
    expect(parsePrice('price', '0.1', 'eur')).toEqual({ ok: true, value: { amount: 10, currency: 'EUR' } });
    expect(parsePrice('price', '19.990000 EUR', null)).toEqual({ ok: true, value: { amount: 1999, currency: 'EUR' } });
    expect([minorDigits('KRW'), minorDigits('EUR'), minorDigits('TND')]).toEqual([0, 2, 3]);
  });

  it.each(['EUR 79 EUR', '79 EURO', '1e3 EUR', '1.2.3 EUR', '9999999999999 EUR', 'EUR', '1 234.00 EUR'])(
    'is refused: %s',
    (text) => {
      expect(parsePrice('price', text, null).ok).toBe(false);
    },
  );
});
