import { describe, expect, test } from 'vitest';
import { compileNamespaces } from '../../../core/identity/compiled-namespaces.ts';
import { DEFAULT_NAMESPACES } from '../../../core/identity/default-namespaces.ts';
import { namespaceSetSchema } from '../../../core/identity/namespace-set.schema.ts';
import { normaliseValue } from '../../../core/identity/normalise-value.ts';
import { screenIdentities } from '../../../core/identity/screen-identities.ts';

const compiled = compileNamespaces(DEFAULT_NAMESPACES);
const id = (text: string) => ({
  namespace: text.slice(0, text.indexOf(':')),
  value: text.slice(text.indexOf(':') + 1),
});
const screen = (texts: readonly string[], verified = true) =>
  screenIdentities(texts.map(id), compiled, { maxIdentities: 20, verified, oneOfUnique: true });

test('the default set is one that the schema accepts', () => {
  expect(namespaceSetSchema.parse(DEFAULT_NAMESPACES)).toEqual(DEFAULT_NAMESPACES);
});

describe('normalisers', () => {
  test.each([
    ['email', ' Ann.Lee@Example.COM ', 'ann.lee@example.com'],
    ['email', 'ann+shop@example.com', 'ann+shop@example.com'],
    ['email', 'ann@localhost', 'ann@localhost'],
    ['email', 'ann', null],
    ['email', 'a@b@c', null],
    ['email', 'ann@example.com, bob@example.com', null],
    ['phone', '+44 (20) 7946-0018', '+442079460018'],
    ['phone', '0044 20 7946 0018', '+442079460018'],
    ['phone', '＋４４２０７９４６００１８', '+442079460018'],
    ['phone', '020 7946 0018', null],
    ['phone', '+0442079460018', null],
    ['phone', '+44 20 CALL ME', null],
    ['phone', '+1234567890123456', null],
    ['trim', ' e\u0301 ', '\u00e9'],
    ['none', ' User-456 ', ' User-456 '],
    ['lower', 'User-456', 'user-456'],
  ] as const)('%s of "%s"', (normaliser, text, value) => {
    expect(normaliseValue(normaliser, text)).toBe(value);
  });

  test('letters that only look alike stay different', () => {
    expect(normaliseValue('email', 'аnn@example.com')).not.toBe(normaliseValue('email', 'ann@example.com'));
  });
});

describe('blocked values by default', () => {
  test.each([
    'customer:null',
    'customer: NULL ',
    'customer:undefined',
    'customer:Anonymous',
    'crm:0',
    'crm:-1',
    'loyalty:0000-0000',
    'device:00000000-0000-0000-0000-000000000000',
    'customer:   ',
    'customer:---',
    'customer:[object Object]',
    'email:TEST@test.com',
    'phone:+1111111111',
    'phone:+1234567890',
    `customer:${'x'.repeat(1025)}`,
  ])('%s names nobody', (text) => {
    expect(screen([text]).keys).toEqual([]);
    expect(screen([text]).dropped).toMatchObject([{ reason: 'blocked' }]);
  });

  test.each(['customer:nullable', 'customer:10', `customer:${'\u{1D400}'.repeat(1024)}`, 'phone:+442079460018'])(
    '%s names somebody',
    (text) => {
      expect(screen([text]).dropped).toEqual([]);
    },
  );
});

describe('screening a record', () => {
  test('the primary identity is the one of the highest priority, each identity counts once', () => {
    expect(screen(['device:d1', 'email:A@x.org', 'customer:c1', 'email:a@x.org']).keys).toEqual([
      'customer:c1',
      'email:a@x.org',
      'device:d1',
    ]);
  });

  test('without a proof an id that names a person links nothing', () => {
    expect(screen(['customer:c1', 'email:a@x.org', 'device:d1'], false)).toEqual({
      keys: ['device:d1'],
      dropped: [
        { key: 'customer:c1', reason: 'untrusted' },
        { key: 'email:a@x.org', reason: 'untrusted' },
      ],
      problem: null,
    });
  });

  test.each([
    ['two values of a unique namespace', ['customer:a', 'customer:b'], 'twoOfUnique'],
    ['two values of a lower unique namespace', ['customer:a', 'crm:x', 'crm:y'], 'twoOfUnique'],
    ['two values of its highest namespace', ['device:a1', 'device:a2'], 'twoOfTop'],
    ['21 identities', Array.from({ length: 21 }, (_, i) => `anonymous:v${i}`), 'tooManyIdentities'],
  ])('a record with %s is refused', (_, texts, problem) => {
    expect(screen(texts).problem).toBe(problem);
  });

  test('an empty value of the highest namespace refuses the record where blanks are not blocked', () => {
    const open = compileNamespaces({ namespaces: DEFAULT_NAMESPACES.namespaces, blocked: [] });
    const options = { maxIdentities: 20, verified: true, oneOfUnique: true };
    expect(screenIdentities([id('customer:'), id('device:d1')], open, options).problem).toBe('emptyTop');
    expect(screenIdentities([id('email:'), id('customer:c1')], open, options)).toMatchObject({
      keys: ['customer:c1'],
      problem: null,
    });
  });

  test('an unknown namespace and a value that is none of its kind are dropped with their reason', () => {
    expect(screen(['shoe:42', 'email:nobody', 'device:d1'])).toMatchObject({
      keys: ['device:d1'],
      dropped: [{ reason: 'unknownNamespace' }, { reason: 'invalid' }],
    });
  });

  test('a value with a control character names nobody, and the record lives on', () => {
    expect(screen(['customer:c\u00001', 'crm:x\ny', 'anonymous:v\ud800', 'device:d1'])).toMatchObject({
      keys: ['device:d1'],
      dropped: [{ reason: 'invalid' }, { reason: 'invalid' }, { reason: 'invalid' }],
      problem: null,
    });
  });
});

describe('configuration', () => {
  const person = { code: 'crm', type: 'person', unique: true, priority: 1 };
  const cookie = { code: 'web', type: 'cookie', priority: 2 };

  test('defaults follow the type', () => {
    const set = namespaceSetSchema.parse({ namespaces: [person, { code: 'mail', type: 'email', priority: 3 }] });
    expect(set.namespaces).toMatchObject([
      { limit: 1, normalise: 'trim', linkTrust: 'verified' },
      { unique: false, limit: null, normalise: 'email', linkTrust: 'verified' },
    ]);
    expect(namespaceSetSchema.parse({ namespaces: [cookie] }).namespaces).toMatchObject([{ linkTrust: 'claimed' }]);
    const any = { code: 'any', type: 'any', priority: 1 };
    const trustOf = (more: object) =>
      namespaceSetSchema.parse({ namespaces: [{ ...any, ...more }] }).namespaces[0]?.linkTrust;
    expect([trustOf({}), trustOf({ unique: true })]).toEqual(['claimed', 'verified']);
  });

  test.each([
    ['a unique cookie', [person, { ...cookie, unique: true }], /never unique/],
    ['a cookie above a person', [{ ...person, priority: 3 }, cookie], /ranks below/],
    ['a code twice', [person, { ...person, priority: 2 }], /code is taken/],
    ['a priority twice', [person, { ...cookie, priority: 1 }], /priority is taken/],
    ['a window without a limit', [{ ...cookie, windowMs: 1000 }], /needs a limit/],
    ['a unique namespace of two', [{ ...person, limit: 2 }], /limit of 1/],
    ['an expression that is none', [{ ...person, pattern: '(' }], /not a regular expression/],
    ['four unique namespaces', [1, 2, 3, 4].map((n) => ({ ...person, code: `p${n}`, priority: n })), /at most 3/],
  ])('%s is refused', (_, namespaces, message) => {
    const { success, error } = namespaceSetSchema.safeParse({ namespaces });
    expect(success).toBe(false);
    expect(error?.message).toMatch(message);
  });

  test('a pattern must match whole', () => {
    const set = namespaceSetSchema.parse({ namespaces: [{ ...person, pattern: 'C\\d+' }] });
    const strict = compileNamespaces(set);
    const options = { maxIdentities: 20, verified: true, oneOfUnique: true };
    expect(screenIdentities([id('crm:C12')], strict, options).keys).toEqual(['crm:C12']);
    expect(screenIdentities([id('crm:C12x')], strict, options).dropped).toMatchObject([{ reason: 'invalid' }]);
  });
});
