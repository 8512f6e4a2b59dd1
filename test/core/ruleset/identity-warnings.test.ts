import { describe, expect, it } from 'vitest';
import { DEFAULT_IDENTITY } from '../../../core/identity/identity-config.ts';
import { identityWarnings } from '../../../core/ruleset/identity-warnings.ts';

const before = DEFAULT_IDENTITY.namespaces;
const codes = (after: typeof before) =>
  identityWarnings(before, after).map(({ pointer, code }) => `${pointer} ${code}`);

describe('a change of namespaces', () => {
  it('says nothing when one is added, or nothing changes', () => {
    const [customer] = before;
    if (!customer) throw new Error('there is one');
    expect(codes(before)).toEqual([]);
    expect(codes([...before, { ...customer, code: 'shop', unique: false, priority: 99 }])).toEqual([]);
  });

  it('warns of what known people will not be found by any more', () => {
    expect(codes(before.filter(({ code }) => code !== 'phone'))).toEqual(['/namespaces namespaceRemoved']);
    const changed = before.map((each) =>
      each.code === 'email'
        ? { ...each, unique: true, limit: 1 }
        : each.code === 'crm'
          ? { ...each, normalise: 'lower' as const, type: 'any' as const }
          : each,
    );
    expect(codes(changed)).toEqual([
      '/namespaces/1/type typeChanged',
      '/namespaces/1/normalise normaliserChanged',
      '/namespaces/3/unique uniqueAdded',
    ]);
  });
});
