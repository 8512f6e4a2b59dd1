import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAMESPACES, normaliseIdentity } from '../../core/identity/namespaces.ts';
import { membersOf } from '../../core/interaction/evaluate.ts';
import { importStrand, releaseStrand } from '../../core/interaction/link.ts';
import type { LinkIntent } from '../../core/interaction/state.ts';
import { type DeviceId, formatDeviceId, formatProfileId, type Jurisdiction, type Space } from '../../core/lib/ids.ts';
import { mergedAttributes, mergedRecent } from '../../core/profile/merge.ts';
import { birthProfile, createVisitorTokens } from '../../worker/http/visitor-token.ts';
import {
  DEVICE,
  event,
  later,
  NOW,
  PROFILE,
  profileOf,
  RULESET,
  SARAH,
  SPACE,
} from '../core/interaction/visit-fixture.ts';

const runs = process.env.SELVEDGE_NIGHTLY ? 3000 : 100;

describe('an identity', () => {
  it('normalised twice is the same as once, and white space around it never matters', () => {
    const namespace = fc.constantFrom(...Object.keys(NAMESPACES));
    fc.assert(
      fc.property(
        namespace,
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.constantFrom('', ' ', '\t\n'),
        (code, value, space) => {
          const once = normaliseIdentity({ namespace: code, value });
          expect(normaliseIdentity({ namespace: code, value: space + value + space })).toEqual(once);
          if (once) expect(normaliseIdentity(once)).toEqual(once);
        },
      ),
      { numRuns: runs * 10 },
    );
  });
});

describe('a visitor token', () => {
  const tokens = createVisitorTokens(new Map([[1, new Uint8Array(32).fill(7)]]), 1);
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
        async (a, b, tier, epoch, signed, asked) => {
          const device: DeviceId = formatDeviceId(a);
          const profile = formatProfileId(b, tier as 0 | 1, signed.jurisdiction);
          const text = await tokens.sign({ device, profile, epoch }, signed, NOW);
          const same = JSON.stringify(signed) === JSON.stringify(asked);
          const verified = await tokens.verify(text, asked, NOW);
          if (same)
            expect(verified).toEqual({
              ok: true,
              value: { device, profile, epoch, generation: 1, issuedAt: NOW / 1000 },
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

describe('a device that joins a person', () => {
  const made = fc
    .uniqueArray(
      fc.tuple(fc.integer({ min: 1, max: 100 }), fc.constantFrom('product.viewed', 'cart.added', 'search.performed')),
      { selector: ([at]) => at, minLength: 1, maxLength: 10 },
    )
    .map((list) =>
      list.map(([hours, type], i) =>
        event(
          type,
          later(-hours * 3_600_000),
          { productId: `p${i % 3}` },
          i === 0 ? { consent: { advertising: 'out' } } : {},
        ),
      ),
    );

  it('brings its history: the person is then as if she had done it there, whatever order the facts travel in', () => {
    fc.assert(
      fc.property(
        made.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray([...events], { minLength: events.length })),
        ),
        ([events, shuffled]) => {
          const [device, person, native] = [profileOf(), profileOf(), profileOf()];
          device.visit({ events });
          native.visit({ events });
          const released = releaseStrand(
            device.state,
            { space: SPACE, profile: PROFILE, identity: DEVICE, to: PROFILE, now: NOW },
            RULESET,
          );
          if (released.kind !== 'released') throw new Error(released.kind);
          expect([released.travels, device.state.attributes.size, mergedRecent(device.state.strands, 12)]).toEqual([
            true,
            0,
            [],
          ]);
          const intent: LinkIntent = { identity: DEVICE, from: PROFILE, epoch: 1, person: SARAH, at: NOW };
          const facts = shuffled.flatMap(({ id }) => device.facts.filter((fact) => fact.id === id));
          importStrand(person.state, intent, { ...released, from: PROFILE }, facts, RULESET, NOW);
          const seen = (profile: typeof person) => [
            [...membersOf(profile.state)],
            mergedRecent(profile.state.strands, 12),
            [...mergedAttributes(profile.state.strands)],
            profile.state.strands.map(({ consent, facts: count }) => [consent, count]),
          ];
          expect(seen(person)).toEqual(seen(native));
          expect(person.state.strands[0]).toMatchObject({
            epoch: 2,
            generation: 2,
            state: 'owned',
            session: { person: SARAH },
          });
        },
      ),
      { numRuns: runs },
    );
  });

  it('asked to leave again gives the same answer, and does not leave for anybody else', () => {
    const device = profileOf();
    device.visit({ events: [event('product.viewed', NOW, { productId: 'p' })] });
    const leave = (to: typeof PROFILE) =>
      releaseStrand(device.state, { space: SPACE, profile: PROFILE, identity: DEVICE, to, now: NOW }, RULESET);
    const [one, two] = [
      formatProfileId(new Uint8Array(16).fill(1), 0, 'none'),
      formatProfileId(new Uint8Array(16).fill(2), 0, 'none'),
    ];
    const first = leave(one);
    expect(leave(one)).toEqual(first);
    expect(leave(two)).toEqual({ kind: 'moved', to: one, epoch: 2 });
    expect(
      releaseStrand(
        profileOf().state,
        { space: SPACE, profile: PROFILE, identity: DEVICE, to: one, now: NOW },
        RULESET,
      ),
    ).toEqual({ kind: 'unknown' });
  });
});
