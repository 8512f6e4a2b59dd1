import { describe, expect, it } from 'vitest';
import type { AcceptedEvent, Identity } from '../../../core/event/event.ts';
import { graphOf } from '../../../core/interaction/graph-of.ts';
import { nodeOf } from '../../../core/interaction/node.ts';
import { packStrand, unpackStrand } from '../../../core/interaction/packed-strand.ts';
import { syncStrands } from '../../../core/interaction/sync-strands.ts';
import { ALL_PURPOSES_MASK, type ConsentChoices } from '../../../core/policy/purposes.ts';
import { joinStrands } from '../../../core/profile/join-strands.ts';
import { applyEvent, createStrand, type Strand } from '../../../core/profile/strand.ts';
import {
  DEVICE,
  event,
  later,
  loginOf,
  NOW,
  profileOf,
  RULESET,
  ref,
  SARAH,
  type TestProfile,
} from './visit-fixture.ts';

const TOM: Identity = { namespace: 'customer', value: 'tom' };
const SESSION_OVER = 31 * 60_000;
const says = (at: number, consent: ConsentChoices, more: Partial<AcceptedEvent> = {}) =>
  event('consent.updated', later(at), {}, { consent, ...more });
const strandOf = ({ state }: TestProfile, identity: Identity): Strand => {
  const found = state.strands.find((strand) => strand.identity.value === identity.value && strand.state === 'owned');
  if (!found) throw new Error(`no ${identity.namespace}`);
  return found;
};

/** Sarah on her device, where somebody has refused. */
function refused(): TestProfile {
  const profile = profileOf();
  profile.open(SARAH);
  profile.open(DEVICE);
  profile.visit({ events: [says(0, { personalization: 'out' })] });
  profile.visit({ now: later(1), through: ref(SARAH), login: loginOf(SARAH) });
  expect(strandOf(profile, SARAH).consent).toEqual({ personalization: 'out' });
  return profile;
}

describe('a refusal on a device', () => {
  it('is taken back by the person who is signed in there, also for the very event that says so', () => {
    const profile = refused();
    const seen = event('product.viewed', later(2), {}, { consent: { personalization: 'in' } });
    profile.visit({ now: later(2), events: [seen] });
    expect(profile.facts.find(({ id }) => id === seen.id)?.purposes).toBe(ALL_PURPOSES_MASK);
    expect(strandOf(profile, SARAH).consent).toEqual({ personalization: 'in' });
    expect(strandOf(profile, DEVICE)).toMatchObject({ consentAt: { personalization: later(2) } });
    expect(strandOf(profile, DEVICE).consent).toEqual({});
    // Said before, heard after.
    profile.sleep();
    profile.visit({ now: later(SESSION_OVER + 3), events: [says(1, { personalization: 'out' })] });
    expect([strandOf(profile, DEVICE).consent, strandOf(profile, SARAH).consent]).toEqual([
      {},
      { personalization: 'in' },
    ]);
  });

  it('is not taken back by a yes that is older, nor by one without a proof', () => {
    const profile = refused();
    profile.visit({ now: later(2), events: [says(-1, { personalization: 'in' })] });
    expect(strandOf(profile, DEVICE).consent).toEqual({ personalization: 'out' });
    profile.visit({ now: later(3), through: ref(SARAH), device: null, events: [says(3, { personalization: 'in' })] });
    expect(strandOf(profile, DEVICE).consent).toEqual({ personalization: 'out' });
  });

  it('is taken back where a server names the device with the person, not where a page does', () => {
    const yes = (sentBy: AcceptedEvent['sentBy']) =>
      says(4, { personalization: 'in' }, { sentBy, links: [SARAH, DEVICE] });
    for (const [sentBy, left] of [
      ['browser', { personalization: 'out' }],
      ['server', {}],
    ] as const) {
      const profile = refused();
      profile.visit({ now: later(4), through: ref(SARAH), device: null, events: [yes(sentBy)] });
      expect(strandOf(profile, DEVICE).consent).toEqual(left);
    }
  });

  it('that was taken back does not come back where two histories of the device meet', () => {
    const [before, since] = [createStrand(DEVICE, 'anonymous', 1, NOW), createStrand(DEVICE, 'anonymous', 2, NOW)];
    applyEvent(before, { ...says(0, { personalization: 'out' }) });
    since.consentAt = { personalization: later(2) };
    for (const [into, from] of [
      [structuredClone(before), since],
      [structuredClone(since), before],
    ] as const) {
      joinStrands(into, from);
      expect([into.consent, into.consentAt]).toEqual([{}, { personalization: later(2) }]);
    }
  });
});

describe('a yes on a device', () => {
  /** Sarah was signed in on her device once, and says yes there. */
  function agreed(): TestProfile {
    const profile = profileOf();
    profile.open(SARAH);
    profile.open(DEVICE);
    profile.visit({ through: ref(SARAH), login: loginOf(SARAH) });
    profile.visit({ now: later(SESSION_OVER), events: [says(SESSION_OVER, { advertising: 'in', analytics: 'out' })] });
    return profile;
  }
  const asked = (profile: TestProfile) =>
    profile.visit({ now: later(SESSION_OVER + 1), placements: ['hero'], defaultConsent: {} });

  it('is of the person who is met there, is stored so, and operators see it', () => {
    const profile = agreed();
    profile.sleep();
    expect(strandOf(profile, DEVICE).grantedBy).toEqual({ advertising: SARAH });
    expect(graphOf(profile.state)?.identities.find(({ namespace }) => namespace === 'device')?.consent).toEqual([
      { purpose: 'analytics', choice: 'out', at: later(SESSION_OVER), by: null },
      { purpose: 'advertising', choice: 'in', at: later(SESSION_OVER), by: SARAH },
    ]);
    asked(profile);
    expect(strandOf(profile, DEVICE).consent).toEqual({ advertising: 'in', analytics: 'out' });
  });

  it('is forgotten with the name of who said it when they are here no more; a refusal stays', () => {
    const profile = agreed();
    const node = nodeOf(profile.state);
    const strands = Object.fromEntries(Object.entries(node.strands).filter(([key]) => !key.startsWith('customer')));
    const alone = Object.fromEntries(Object.entries(strands).map(([key, row]) => [key, { ...row, claimant: null }]));
    syncStrands(profile.state, { ...node, strands: alone, links: [] }, RULESET.stitch, later(SESSION_OVER));
    expect(strandOf(profile, DEVICE).consent).toEqual({ analytics: 'out' });
    expect(strandOf(profile, DEVICE).grantedBy).toBeUndefined();
  });

  it('of before anybody remembered who said it reads on, and is anybody’s', () => {
    const strand = createStrand(DEVICE, 'anonymous', 1, NOW);
    applyEvent(strand, { ...says(0, { advertising: 'in' }) });
    expect(Object.keys(packStrand(strand, 0))).not.toContain('grantedBy');
    expect(unpackStrand(packStrand(strand, 0), 0)).toEqual(strand);
    strand.claimant = TOM;
    applyEvent(strand, { ...says(1, { advertising: 'in' }) });
    expect(unpackStrand(JSON.parse(JSON.stringify(packStrand(strand, 0))), 0)).toEqual(strand);
    expect(strand.grantedBy).toEqual({ advertising: TOM });
  });
});
