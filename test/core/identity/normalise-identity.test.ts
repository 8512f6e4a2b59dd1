import { describe, expect, it } from 'vitest';
import { compileNamespaces } from '../../../core/identity/compiled-namespaces.ts';
import { DEFAULT_IDENTITY, DEFAULT_STITCH_RULES } from '../../../core/identity/identity-config.ts';
import { normaliseIdentity, readIdentity } from '../../../core/identity/normalise-identity.ts';
import { NORMALISER_NAMES, normaliseValue } from '../../../core/identity/normalise-value.ts';
import { primaryIdentity } from '../../../core/identity/primary-identity.ts';

const { namespaces } = DEFAULT_STITCH_RULES;
const OPEN = {
  code: 'id',
  type: 'any',
  unique: false,
  limit: null,
  windowMs: null,
  priority: 1,
  pattern: null,
  linkTrust: 'claimed',
} as const;

describe('normalising an identity', () => {
  it.each([
    ['email', '  Sarah@Shop.Example ', 'sarah@shop.example'],
    ['customer', ' C-1 ', 'C-1'],
    ['customer', 'e\u0301', '\u00e9'],
    ['crm', '10', '10'],
  ])('%s %j is %j', (namespace, value, expected) => {
    expect(normaliseIdentity({ namespace, value }, namespaces)).toEqual({ namespace, value: expected });
  });

  it.each(['', '  ', 'null', 'NULL', 'Undefined', 'anonymous', 'guest', 'true', '0', '000', '0000-0000', '-', 'N/A'])(
    '%j names nobody',
    (value) => {
      expect(normaliseIdentity({ namespace: 'customer', value }, namespaces)).toBeNull();
    },
  );

  it.each([
    ['NUL', '\u0000'],
    ['tab', '\t'],
    ['line feed', '\n'],
    ['carriage return', '\r'],
    ['the last of C0', '\u001f'],
    ['delete', '\u007f'],
    ['the first of C1', '\u0080'],
    ['the last of C1', '\u009f'],
    ['line separator', '\u2028'],
    ['paragraph separator', '\u2029'],
    ['half a pair, high', '\ud83d'],
    ['half a pair, low', '\ude00'],
    ['a pair the wrong way round', '\ude00\ud83d'],
  ])('a value with %s is invalid, whatever normalises it', (_, character) => {
    for (const normalise of NORMALISER_NAMES.filter((name) => name !== 'phone')) {
      const open = compileNamespaces({ namespaces: [{ ...OPEN, normalise }], blocked: [] });
      const read = (value: string) => readIdentity({ namespace: 'id', value }, open);
      expect(read(`a${character}b@shop.example`)).toBe('invalid');
      expect(read('ab@shop.example')).toEqual({ namespace: 'id', value: 'ab@shop.example' });
    }
    expect(normaliseValue('none', `a${character}`)).toBeNull();
    expect(normaliseValue('none', `${character}a`)).toBeNull();
  });

  it('keeps whole characters of every plane, joined ones too', () => {
    for (const text of ['\u00a0a', 'Zo\u00eb', '\u{1f600}', '\u{20000}\u{20001}', 'a\u200db', '\u05d0\u05d1']) {
      expect(normaliseValue('none', text)).toBe(text);
    }
  });

  it('a line break at an edge is cut off where values are trimmed, and is invalid where they are not', () => {
    expect(normaliseValue('trim', 'C-1\r\n')).toBe('C-1');
    expect(normaliseValue('email', '\tsarah@shop.example\u2028')).toBe('sarah@shop.example');
    expect(normaliseValue('none', 'C-1\r\n')).toBeNull();
  });

  it.each(['passport', '', 'toString', '__proto__'])('namespace %j is none', (namespace) => {
    expect(readIdentity({ namespace, value: 'a' }, namespaces)).toBe('unknownNamespace');
  });
});

describe('the primary identity', () => {
  it('is the one of the highest priority, the first of two equals', () => {
    const all = DEFAULT_IDENTITY.namespaces.map(({ code }) => ({ namespace: code, value: 'v' }));
    expect(primaryIdentity([...all].reverse(), namespaces)?.namespace).toBe('customer');
    const two = ['a', 'b'].map((value) => ({ namespace: 'email', value }));
    expect(primaryIdentity([{ namespace: 'passport', value: 'p' }, ...two], namespaces)?.value).toBe('a');
    expect(primaryIdentity([], namespaces)).toBeNull();
  });
});
