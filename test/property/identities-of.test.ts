import fc from 'fast-check';
import { expect, it } from 'vitest';
import { identitiesOf } from '../../core/identity/identities-of.ts';
import { DEFAULT_IDENTITY, DEFAULT_STITCH_RULES } from '../../core/identity/identity-config.ts';

const runs = process.env.SELVEDGE_NIGHTLY ? 20_000 : 1000;

const identity = fc.record({
  namespace: fc.constantFrom(...DEFAULT_IDENTITY.namespaces.map(({ code }) => code), 'shoe', '__proto__'),
  value: fc.oneof(
    fc.constantFrom('c1', 'c2', ' C1 ', 'null', '', 'a@x.org', 'A@X.org', '+442079460018', 'x'.repeat(2000)),
    fc.string({ unit: 'binary', maxLength: 30 }),
  ),
});
const trust = fc.record({ verified: fc.boolean(), device: fc.boolean() });

it('what an event names is sorted the same when it is sorted again, and nobody is lost or linked on trust', () => {
  fc.assert(
    fc.property(fc.array(identity, { maxLength: 22 }), trust, (named, trusted) => {
      const { links, claims, dropped, problem } = identitiesOf(named, trusted, DEFAULT_STITCH_RULES);
      if (problem) {
        expect([...links, ...claims]).toEqual([]);
        return;
      }
      const again = identitiesOf([...claims, ...links], trusted, DEFAULT_STITCH_RULES);
      expect(again).toEqual({ links, claims, dropped: [], problem: null });
      expect(links.length + claims.length + dropped.length).toBeLessThanOrEqual(named.length);
      const linking = links.map(({ namespace }) => namespace);
      expect(linking).not.toContain('device');
      if (!trusted.verified) expect(linking).toEqual([]);
    }),
    { numRuns: runs },
  );
});
