import { describe, expect, it } from 'vitest';
import { compileIdentity, DEFAULT_IDENTITY, DEFAULT_STITCH_RULES } from '../../../core/identity/identity-config.ts';
import { expressionProblem } from '../../../core/identity/safe-expression.ts';
import type { IdentitySetting } from '../../../core/ruleset/resources.ts';
import { schemaProblems, settingSchema } from '../../../core/ruleset/schema.ts';

const crm = { code: 'crm', type: 'person', unique: true, priority: 1 };
const parse = (more: object) => settingSchema.parse({ id: 'identity', ...more }) as unknown as IdentitySetting;
const pointers = (more: object) => {
  const { error } = settingSchema.safeParse({ id: 'identity', ...more });
  return error ? schemaProblems(error).map(({ pointer }) => pointer) : [];
};

describe('the setting of identities', () => {
  it('left empty is the default, written out', () => {
    expect(parse({})).toEqual({ id: 'identity', ...DEFAULT_IDENTITY });
    expect(compileIdentity(parse({})).maxIdentities).toBe(DEFAULT_STITCH_RULES.maxIdentities);
  });

  it('is the same text when what was read is put back', () => {
    for (const written of [{}, { namespaces: [crm], limits: { maxMerges: 3 } }]) {
      const once = JSON.stringify(parse(written));
      expect(JSON.stringify(settingSchema.parse(JSON.parse(once)))).toBe(once);
    }
  });

  it('always has device and anonymous, below all others', () => {
    expect(parse({ namespaces: [crm] }).namespaces).toMatchObject([
      { code: 'crm', limit: 1, normalise: 'trim', linkTrust: 'verified' },
      { code: 'device', type: 'device', priority: 2, normalise: 'lower', linkTrust: 'claimed' },
      { code: 'anonymous', type: 'cookie', priority: 3, linkTrust: 'verified' },
    ]);
    const device = { code: 'device', type: 'device', priority: 9, limit: 5 };
    expect(parse({ namespaces: [crm, device] }).namespaces).toMatchObject([
      { code: 'crm' },
      { code: 'device', priority: 9, limit: 5, normalise: 'lower' },
      { code: 'anonymous', priority: 10 },
    ]);
  });

  it('blocks by default what names nobody in the namespaces that there are', () => {
    const { blocked } = parse({ namespaces: [crm] });
    expect(blocked.some(({ value }) => value === 'undefined')).toBe(true);
    expect(blocked.every(({ namespace }) => namespace === '*')).toBe(true);
    expect(parse({ blocked: [] }).blocked).toEqual([]);
  });

  it.each<[string, object, readonly string[]]>([
    [
      'a device of another type',
      { namespaces: [{ code: 'device', type: 'cookie', priority: 1 }] },
      ['/namespaces/0/type'],
    ],
    ['an anonymous of another type', { namespaces: [{ ...crm, code: 'anonymous' }] }, ['/namespaces/0/type']],
    [
      'a device with a taste of its own',
      {
        namespaces: [
          { code: 'device', type: 'device', priority: 1, normalise: 'none', pattern: 'a', linkTrust: 'verified' },
        ],
      },
      ['/namespaces/0/normalise', '/namespaces/0/pattern', '/namespaces/0/linkTrust'],
    ],
    ['a code twice', { namespaces: [crm, { ...crm, priority: 2 }] }, ['/namespaces/1/code']],
    ['a code with a colon', { namespaces: [{ ...crm, code: 'a:b' }] }, ['/namespaces/0/code']],
    ['a priority without room below', { namespaces: [{ ...crm, priority: 1000 }] }, ['/namespaces']],
    ['an unknown normaliser', { namespaces: [{ ...crm, normalise: 'upper' }] }, ['/namespaces/0/normalise']],
    ['a blocked value of no namespace', { blocked: [{ namespace: 'shoe', match: 'blank' }] }, ['/blocked/0/namespace']],
    [
      'a blocked expression that is none',
      { blocked: [{ namespace: '*', match: 'regex', value: '(' }] },
      ['/blocked/0/value'],
    ],
    [
      'an anonymous namespace of none',
      { policy: { anonymousNamespaces: ['shoe'] } },
      ['/policy/anonymousNamespaces/0'],
    ],
    ['an unknown history', { policy: { anonymousHistory: 'gone' } }, ['/policy/anonymousHistory']],
    ['51 identities', { limits: { maxIdentities: 51 } }, ['/limits/maxIdentities']],
    ['21 identities in an event', { limits: { maxIdentitiesPerEvent: 21 } }, ['/limits/maxIdentitiesPerEvent']],
    ['a member that is none', { limits: { most: 1 } }, ['/limits/most']],
  ])('is refused with its place: %s', (_, more, expected) => {
    expect(pointers(more)).toEqual(expected);
  });
});

describe('an expression of an operator', () => {
  it.each([
    '^C\\d{2,8}$',
    '[A-Z]{2}-?\\d+',
    '(?:ab)?c',
    'a|b',
    '(a|b)',
    '(?<year>\\d{4})-x',
    '[(+*)]+',
    '\\(\\+',
    '(\\d)\\1+',
    '(?:a[+)]b)+',
  ])('may be %s', (source) => {
    expect(expressionProblem(source, true)).toBeNull();
  });

  it.each(['(a+)+', '(?:a|b)*', '((a{2,})b)+', '((ab)*c){2}', '(a?b)+', '(?:(?:x|y)z)+', 'a*b*c*d*', '('])(
    'may not be %s: a value could be made for it that takes for ever',
    (source) => {
      expect(expressionProblem(source, true)).not.toBeNull();
    },
  );

  it('that looks anywhere in a value has less to spend than one that fits it whole', () => {
    const found = ['^a*b*$', 'a*', '[^@]+@x', '^[0-]+$'].map((source) => expressionProblem(source, false));
    expect(found).toEqual([null, null, null, null]);
    for (const source of ['a*b*', '^a*|b*', 'x{0,500}y{0,500}']) {
      expect(expressionProblem(source, false)).not.toBeNull();
      expect(expressionProblem(source, true)).toBeNull();
    }
  });

  it('that may be used is quick with whatever value', () => {
    const value = `${'a'.repeat(1023)}!`;
    for (const source of ['a*a*b', 'a{0,300}a{0,300}a{0,40}b', '(?:ab)*c', 'a*', '^a*a*$']) {
      const whole = !source.startsWith('^');
      expect(expressionProblem(source, whole)).toBeNull();
      expect(new RegExp(whole ? `^(?:${source})$` : source, 'u').test(value)).toBe(false);
    }
  });
});
