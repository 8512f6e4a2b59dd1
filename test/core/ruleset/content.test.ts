import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ContentChange, type ContentEntry, contentPart, layOver } from '../../../core/ruleset/content.ts';

const kind = fc.constantFrom('segment' as const, 'offer' as const);
const id = fc.constantFrom('a', 'b', 'c');
const change: fc.Arbitrary<ContentChange> = fc.record({ kind, id, version: fc.option(fc.integer({ min: 1, max: 5 })) });

it('lays changes over a content: each resource once, the last word counts, in order', () => {
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const base: readonly ContentEntry[] = [
        ['offer', 'a', 1],
        ['segment', 'a', 1],
      ];
      const laid = layOver(base, changes);
      const expected = new Map<string, number | null>([
        ['offer/a', 1],
        ['segment/a', 1],
      ]);
      for (const each of changes) expected.set(`${each.kind}/${each.id}`, each.version);
      const wanted = [...expected].filter(([, version]) => version !== null).sort(([x], [y]) => (x < y ? -1 : 1));
      expect(laid.map(([of, name, version]) => [`${of}/${name}`, version])).toEqual(wanted);
      expect(contentPart(laid.toReversed()).resources).toEqual(laid);
    }),
  );
});
