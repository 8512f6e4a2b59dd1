import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { offerInputSchema, offerSchema } from '../../../core/decision/decision.schema.ts';
import { byteLength } from '../../../core/lib/byte-length.ts';
import { isAttributeId, isOrigin, spaceOfKey } from '../../../core/ruleset/names.ts';
import { readRule } from '../../../core/ruleset/rule-form.ts';
import { pointerOf, schemaProblems, settingSchema, sourceInputSchema } from '../../../core/ruleset/schema.ts';

const OFFER = { id: 'gift', name: 'Gift', placements: ['hero'], content: 'x' };

function pointers(schema: z.ZodType, value: unknown): readonly string[] {
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
    const left = { op: 'path', climb: 0, steps: ['tier'] };
    const compare = { op: 'compare', is: '~', left, right: { op: 'literal', value: 'x' } };
    const eligibility = { op: 'and', of: [compare, { op: 'perhaps' }] };
    // What an operator puts may be text as well: the complaints are still about the tree that came.
    for (const schema of [offerSchema, offerInputSchema]) {
      expect(pointers(schema, { ...OFFER, eligibility, priority: 1.5, 'a/b~': 1 })).toEqual(
        expect.arrayContaining(['/eligibility/of/0/is value', '/priority type', '/a~1b~0 unknownField']),
      );
      const found = pointers(schema, { ...OFFER, eligibility });
      expect(found.some((each) => each.startsWith('/eligibility/of/1'))).toBe(true);
    }
    expect(pointers(offerInputSchema, { ...OFFER, eligibility: 7 })).toEqual(['/eligibility type']);
    expect(pointers(offerInputSchema, { ...OFFER, eligibility: 'any text passes here' })).toEqual([]);
    expect(pointers(offerSchema, { ...OFFER, eligibility: 'any text' })).toEqual(['/eligibility type']);
    expect(pointers(offerSchema, { ...OFFER, schedule: { from: '2026-13-01T00:00:00Z' } })).toEqual([
      '/schedule/from invalid',
    ]);
  });

  it('stop at hostile nesting', () => {
    let rule: unknown = { op: 'now' };
    for (let i = 0; i < 10_000; i++) rule = { op: 'not', of: rule };
    expect(pointers(offerInputSchema, { ...OFFER, eligibility: rule })).toEqual(['/eligibility invalid']);
  });

  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('know the zone %s', (timeZone) => {
    expect(settingSchema.parse({ id: 'ruleset', timeZone })).toEqual({ id: 'ruleset', timeZone });
  });
  it.each(['', 'Europe/Atlantis', '+01:00', '../etc'])('know no zone %j', (timeZone) => {
    expect(pointers(settingSchema, { id: 'ruleset', timeZone })).toEqual(['/timeZone invalid']);
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
    expect(['', '1a', '_a', 'a-b', 'constructor', 'toString', 'xEvent', 'a'.repeat(65)].some(isAttributeId)).toBe(
      false,
    );
  });

  it('are those that a rule can say', () => {
    const words = 'and or not in where true false now today yesterday tomorrow let exists count last from tier Sum If';
    for (const word of words.split(' ')) {
      const read = readRule(`${word} = 1`);
      const isName = read.ok && read.value.op === 'compare' && read.value.left.op === 'path';
      expect([word, isAttributeId(word)]).toEqual([word, isName]);
    }
  });

  it('make JSON pointers', () => {
    expect(pointerOf(['a/b', 0, '~c'])).toBe('/a~1b/0/~0c');
    expect(pointerOf([])).toBe('');
  });

  it.each(['', 'abc', 'ü', '€', '🎁', 'a🎁ü'])('measure %j in UTF-8 bytes', (text) => {
    expect(byteLength(text)).toBe(new TextEncoder().encode(text).length);
  });
});
