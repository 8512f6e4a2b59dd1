import { describe, expect, it } from 'vitest';
import { compileNamespaces } from '../../../core/identity/compiled-namespaces.ts';
import { type IdentityTrust, identitiesOf, refusalOf } from '../../../core/identity/identities-of.ts';
import { DEFAULT_IDENTITY, DEFAULT_STITCH_RULES } from '../../../core/identity/identity-config.ts';

const id = (text: string) => ({
  namespace: text.slice(0, text.indexOf(':')),
  value: text.slice(text.indexOf(':') + 1),
});
const text = ({ namespace, value }: { readonly namespace: string; readonly value: string }) => `${namespace}:${value}`;
function sorted(texts: readonly string[], trust: IdentityTrust, stitch = DEFAULT_STITCH_RULES) {
  const { links, claims, dropped, problem } = identitiesOf(texts.map(id), trust, stitch);
  return {
    links: links.map(text),
    claims: claims.map(text),
    dropped: dropped.map(({ identity, reason }) => `${text(identity)} ${reason}`),
    problem,
  };
}
const SERVER = { verified: true };
const PAGE = { verified: false, device: true };
const DEVICE = 'device:01900000-0000-7000-8000-000000000000';

describe('the ids that an event names', () => {
  it('link when a server says them, the highest first, normalised and each once', () => {
    expect(sorted(['phone:+44 20 7946 0018', 'email: A@X.org', 'customer:c1', 'email:a@x.org'], SERVER)).toEqual({
      links: ['customer:c1', 'email:a@x.org', 'phone:+442079460018'],
      claims: [],
      dropped: [],
      problem: null,
    });
  });

  it('are claims when a page says them', () => {
    expect(sorted(['email:A@x.org', 'anonymous:other-browser', 'customer:c1'], PAGE)).toEqual({
      links: [],
      claims: ['customer:c1', 'email:a@x.org', 'anonymous:other-browser'],
      dropped: [],
      problem: null,
    });
  });

  it('link without proof where the space says so', () => {
    const namespaces = DEFAULT_IDENTITY.namespaces.map((each) =>
      each.code === 'loyalty' ? { ...each, linkTrust: 'claimed' as const } : each,
    );
    const stitch = { ...DEFAULT_STITCH_RULES, namespaces: compileNamespaces({ namespaces, blocked: [] }) };
    expect(sorted(['loyalty:l1', 'customer:c1'], PAGE, stitch)).toMatchObject({
      links: ['loyalty:l1'],
      claims: ['customer:c1'],
    });
  });

  it('never link a device by its name, whoever says it', () => {
    expect(sorted(['customer:c1', DEVICE], SERVER)).toMatchObject({ links: ['customer:c1'], claims: [DEVICE] });
    expect(sorted([DEVICE], SERVER).problem).toBe('nothingLeft');
    expect(sorted([DEVICE], PAGE)).toMatchObject({ claims: [DEVICE], problem: null });
  });

  it('drop what names nobody, with its reason', () => {
    const long = `customer:${'x'.repeat(2048)}`;
    const wide = `customer:${'\u6f22'.repeat(342)}`;
    expect(sorted(['customer: NULL ', 'passport:x', 'email:nobody', long, wide, 'crm:7'], SERVER)).toEqual({
      links: ['crm:7'],
      claims: [],
      dropped: [
        'customer: NULL  blocked',
        'passport:x unknownNamespace',
        'email:nobody invalid',
        `${long} tooLong`,
        `${wide} tooLong`,
      ],
      problem: null,
    });
    expect(sorted([`customer:${'\u6f22'.repeat(341)}`], SERVER).problem).toBeNull();
  });

  it('keep look-alikes of other alphabets apart', () => {
    const { links } = sorted(['email:ann@example.com', 'email:\u0430nn@example.com', 'customer:c'], SERVER);
    expect(new Set(links).size).toBe(3);
  });

  it.each<[string, readonly string[], IdentityTrust, string | null, string]>([
    ['two customers', ['customer:a', 'customer:b', 'email:a@x.org'], SERVER, 'twoOfUnique', 'ambiguousIdentity'],
    ['two customers whom a page only claims', ['customer:a', 'customer:b'], PAGE, 'twoOfUnique', 'ambiguousIdentity'],
    ['two values of the highest', ['email:a@x.org', 'email:b@x.org'], SERVER, 'twoOfTop', 'ambiguousIdentity'],
    ['only null', ['customer:null'], SERVER, 'nothingLeft', 'blockedIdentity'],
    ['only what is too long', [`customer:${'x'.repeat(2048)}`], SERVER, 'nothingLeft', 'blockedIdentity'],
    ['21', Array.from({ length: 21 }, (_, i) => `email:a${i}@x.org`), SERVER, 'tooManyIdentities', 'tooManyIdentities'],
  ])('refuse the event: %s', (_, texts, trust, problem, code) => {
    const found = identitiesOf(texts.map(id), trust, DEFAULT_STITCH_RULES);
    expect(found).toMatchObject({ links: [], claims: [], problem });
    expect(found.problem && refusalOf(found.problem).code).toBe(code);
  });

  it('are no reason to refuse an event that has a device, or two lower values beside a higher one', () => {
    expect(sorted(['customer:null'], PAGE).problem).toBeNull();
    expect(sorted(['customer:c', 'email:a@x.org', 'email:b@x.org'], SERVER).problem).toBeNull();
    expect(sorted(['email:a@x.org', 'email:b@x.org'], PAGE).problem).toBeNull();
    expect(sorted([], SERVER)).toEqual({ links: [], claims: [], dropped: [], problem: null });
  });

  it('two of a namespace below the device are no question of whose event it is', () => {
    const two = ['anonymous:a1', 'anonymous:a2'];
    expect(sorted(two, { verified: true, device: true }).problem).toBeNull();
    expect(sorted(two, SERVER).problem).toBe('twoOfTop');
  });

  it('may be fewer where the space says so', () => {
    const stitch = { ...DEFAULT_STITCH_RULES, maxIdentitiesPerEvent: 1 };
    expect(sorted(['customer:c', 'crm:1'], SERVER, stitch).problem).toBe('tooManyIdentities');
  });
});
