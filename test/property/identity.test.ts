import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_STITCH_RULES } from '../../core/identity/identity-config.ts';
import { normaliseIdentity } from '../../core/identity/normalise-identity.ts';
import {
  type DeviceId,
  formatDeviceId,
  formatProfileId,
  type Jurisdiction,
  type Sequence,
  type Space,
} from '../../core/lib/ids.ts';
import { createVisitorKeys } from '../../worker/http/visitor-keys.ts';
import { createVisitorTokens } from '../../worker/http/visitor-token.ts';
import { birthProfile } from '../../worker/identity-names.ts';
import { NOW, SPACE } from '../core/interaction/visit-fixture.ts';

const runs = process.env.SELVEDGE_NIGHTLY ? 3000 : 100;

describe('an identity', () => {
  it('normalised twice is the same as once, and white space around it never matters', () => {
    const { namespaces } = DEFAULT_STITCH_RULES;
    const namespace = fc.constantFrom(...namespaces.byCode.keys());
    fc.assert(
      fc.property(
        namespace,
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.constantFrom('', ' ', '\t\n'),
        (code, value, space) => {
          const once = normaliseIdentity({ namespace: code, value }, namespaces);
          expect(normaliseIdentity({ namespace: code, value: space + value + space }, namespaces)).toEqual(once);
          if (once) expect(normaliseIdentity(once, namespaces)).toEqual(once);
        },
      ),
      { numRuns: runs * 10 },
    );
  });
});

describe('a visitor token', () => {
  const tokens = createVisitorTokens(createVisitorKeys(new Map([[1, new Uint8Array(32).fill(7)]]), 1));
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const scope = fc.record({
    space: fc.constantFrom('main', 'other') as fc.Arbitrary<Space>,
    group: fc.constantFrom('shop', 'app'),
    jurisdiction: fc.constantFrom<Jurisdiction>('none', 'eu', 'us'),
  });

  it('comes back as it was signed, and only in its own scope', async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes,
        bytes,
        fc.constantFrom(0, 1),
        fc.nat(65_535),
        scope,
        scope,
        fc.option(fc.nat(0xffff_ffff), { nil: undefined }),
        async (a, b, tier, epoch, signed, asked, seen) => {
          const floor = seen === undefined ? {} : { floor: seen as Sequence };
          const device: DeviceId = formatDeviceId(a);
          const profile = formatProfileId(b, tier as 0 | 1, signed.jurisdiction);
          const text = await tokens.sign({ device, profile, epoch, ...floor }, signed, NOW);
          const same = JSON.stringify(signed) === JSON.stringify(asked);
          const verified = await tokens.verify(text, asked, NOW);
          if (same)
            expect(verified).toEqual({
              ok: true,
              value: { device, profile, epoch, generation: 1, issuedAt: NOW / 1000, ...floor },
            });
          else expect(verified).toEqual({ ok: false, error: 'otherScope' });
        },
      ),
      { numRuns: runs },
    );
  });

  it('with any bit of it turned is refused', async () => {
    const device = formatDeviceId(new Uint8Array(16).fill(9));
    const where = { space: SPACE, group: 'shop', jurisdiction: 'none' } as const;
    const raw = Buffer.from(
      await tokens.sign({ device, profile: birthProfile(device, 'none'), epoch: 1 }, where, NOW),
      'base64url',
    );
    for (let bit = 0; bit < raw.length * 8; bit++) {
      const turned = Buffer.from(raw);
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect((await tokens.verify(turned.toString('base64url'), where, NOW)).ok).toBe(false);
    }
  });
});
