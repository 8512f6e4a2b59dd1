import { describe, expect, it } from 'vitest';
import { findNamespace, NAMESPACES, normaliseIdentity, primaryIdentity } from '../../../core/identity/namespaces.ts';

describe('normalising an identity', () => {
  it.each([
    ['email', '  Sarah@Shop.Example ', 'sarah@shop.example'],
    ['customer', ' C-1 ', 'C-1'],
    ['customer', 'e\u0301', '\u00e9'],
    ['crm', '10', '10'],
  ])('%s %j is %j', (namespace, value, expected) => {
    expect(normaliseIdentity({ namespace, value })).toEqual({ namespace, value: expected });
  });

  it.each([
    '',
    '  ',
    'null',
    'NULL',
    'Undefined',
    'anonymous',
    'guest',
    'true',
    '0',
    '000',
    '0000-0000',
    '-',
    'N/A',
    '00000000-0000-0000-0000-000000000000',
  ])('%j names nobody', (value) => {
    expect(normaliseIdentity({ namespace: 'customer', value })).toBeNull();
  });

  it.each(['passport', '', 'toString', '__proto__'])('namespace %j is none', (namespace) => {
    expect(findNamespace(namespace)).toBeNull();
    expect(normaliseIdentity({ namespace, value: 'a' })).toBeNull();
  });
});

describe('the primary identity', () => {
  it('is the one of the highest priority, the first of two equals', () => {
    const all = Object.keys(NAMESPACES).map((namespace) => ({ namespace, value: 'v' }));
    expect(primaryIdentity([...all].reverse())?.namespace).toBe('customer');
    expect(
      primaryIdentity([
        { namespace: 'email', value: 'a' },
        { namespace: 'email', value: 'b' },
      ])?.value,
    ).toBe('a');
    expect(primaryIdentity([])).toBeNull();
  });

  it('has no ties between namespaces', () => {
    expect(new Set(Object.values(NAMESPACES).map(({ priority }) => priority)).size).toBe(
      Object.keys(NAMESPACES).length,
    );
  });
});
