import { describe, expect, it } from 'vitest';
import { byteLength } from '../../../core/lib/byte-length.ts';
import { isAttributeId, isOrigin, spaceOfKey } from '../../../core/ruleset/names.ts';
import { offerSchema, pointerOf, schemaProblems, sourceInputSchema } from '../../../core/ruleset/schema.ts';

const OFFER = { id: 'gift', name: 'Gift', placements: ['hero'], content: 'x' };

function pointers(schema: typeof offerSchema | typeof sourceInputSchema, value: unknown): readonly string[] {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : schemaProblems(parsed.error).map((each) => `${each.pointer} ${each.code}`);
}

describe('schemas', () => {
  it('fill in defaults and leave optional members away', () => {
    expect(offerSchema.parse(OFFER)).toEqual({
      ...OFFER,
      priority: 0,
      purpose: 'personalization',
      requires: 'anonymous',
    });
    expect(sourceInputSchema.parse({ id: 'web', name: 'Web' })).toEqual({
      id: 'web',
      name: 'Web',
      allowedOrigins: [],
      identityMode: 'cookie',
      crossSite: false,
      group: 'default',
      jurisdiction: 'none',
      defaultConsent: {},
      trustBrowserMoney: false,
      sdk: { pageViews: true, endpoint: '' },
    });
  });

  it('point at each place, inside rules too', () => {
    const eligibility = { op: 'and', of: [{ op: 'attribute', name: 'tier', is: '~', value: 'x' }, { op: 'perhaps' }] };
    expect(pointers(offerSchema, { ...OFFER, eligibility, priority: 1.5, 'a/b~': 1 })).toEqual(
      expect.arrayContaining(['/eligibility/of/0/is value', '/priority type', '/a~1b~0 unknownField']),
    );
    expect(pointers(offerSchema, { ...OFFER, eligibility }).some((each) => each.startsWith('/eligibility/of/1'))).toBe(
      true,
    );
    expect(pointers(offerSchema, { ...OFFER, schedule: { from: '2026-13-01T00:00:00Z' } })).toEqual([
      '/schedule/from invalid',
    ]);
  });

  it('never repeat a secret that does not fit', () => {
    const parsed = sourceInputSchema.safeParse({
      id: 'web',
      name: 'Web',
      proofKeys: [{ kid: 'k', alg: 'HS256', secret: 'too-short-secret' }],
    });
    expect(parsed.success).toBe(false);
    if (!parsed.success) expect(JSON.stringify(schemaProblems(parsed.error))).not.toContain('too-short-secret');
  });
});

describe('names', () => {
  it.each(['https://shop.example', 'http://localhost:8080', 'https://[::1]:8443', 'https://xn--mnchen-3ya.example'])(
    '%s is an origin',
    (origin) => {
      expect(isOrigin(origin)).toBe(true);
    },
  );
  it.each([
    '',
    'null',
    'shop.example',
    'ftp://shop.example',
    'https://shop.example/',
    'https://Shop.example',
    'https://u@shop.example',
    'https://shop.example:443',
    'http://shop.example:80',
    'https://shop.example:99999',
    'https://*.example',
    'https://.example',
  ])('%j is none', (origin) => {
    expect(isOrigin(origin)).toBe(false);
  });

  it('read the space of a key of the wanted kind', () => {
    expect(spaceOfKey('wk_main.abcdefgh', 'wk')).toBe('main');
    expect(spaceOfKey('sk_main.abcdefgh', 'wk')).toBeNull();
    expect(spaceOfKey('wk_-.abcdefgh', 'wk')).toBeNull();
    expect(spaceOfKey('wk_main.short', 'wk')).toBeNull();
  });

  it('name attributes by identifiers that no object has from birth', () => {
    expect(['tier', 'a1_b', 'T'].every(isAttributeId)).toBe(true);
    expect(['', '1a', '_a', 'a-b', 'constructor', 'toString', 'a'.repeat(65)].some(isAttributeId)).toBe(false);
  });

  it('make JSON pointers', () => {
    expect(pointerOf(['a/b', 0, '~c'])).toBe('/a~1b/0/~0c');
    expect(pointerOf([])).toBe('');
  });

  it.each(['', 'abc', 'ü', '€', '🎁', 'a🎁ü'])('measure %j in UTF-8 bytes', (text) => {
    expect(byteLength(text)).toBe(new TextEncoder().encode(text).length);
  });
});
