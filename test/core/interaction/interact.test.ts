import { describe, expect, it } from 'vitest';
import type { InteractCommand } from '../../../core/interaction/command.ts';
import { decodeSnapshot, encodeSnapshot, snapshotOwner, snapshotSequence } from '../../../core/interaction/snapshot.ts';
import type { SourceId } from '../../../core/lib/ids.ts';
import { MINUTE_MS } from '../../../core/lib/instant.ts';
import { limit } from '../../../core/lib/limits.ts';
import { NECESSARY_MASK, purposeBit } from '../../../core/policy/purposes.ts';
import { segment, tree } from '../ruleset/ruleset-fixture.ts';
import {
  DEVICE,
  event,
  later,
  loginOf,
  NOW,
  PROFILE,
  profileOf,
  RULESET,
  ref,
  rulesetOf,
  SARAH,
  SOURCES,
} from './visit-fixture.ts';

const HERO = { placements: ['hero'] };
const login: Partial<InteractCommand> = {
  through: ref(SARAH),
  login: loginOf(SARAH),
};
const view = (at = NOW, productId = 'p1', more: Parameters<typeof event>[3] = {}) =>
  event('product.viewed', at, { productId }, more);

/** A device that signed in as Sarah at `NOW`. */
function signedIn() {
  const profile = profileOf();
  profile.open(SARAH);
  profile.open(DEVICE);
  profile.visit({ ...login, events: [event('signed.in', NOW)] });
  return profile;
}

describe('a session', () => {
  const state = (profile: ReturnType<typeof profileOf>, ms: number) => profile.visit({ now: later(ms), ...HERO }).state;

  it('is authenticated from the proof on and ends after 30 minutes', () => {
    const profile = signedIn();
    expect(state(profile, limit('sessionMs'))).toBe('authenticated');
    expect(state(profile, limit('sessionMs') + 1)).toBe('recognised');
  });

  it('slides with each event and not with mere questions', () => {
    const profile = signedIn();
    const half = limit('sessionMs') / 2;
    expect(state(profile, half)).toBe('authenticated');
    expect(state(profile, limit('sessionMs') + 1)).toBe('recognised');
    const sliding = signedIn();
    sliding.visit({ now: later(half), events: [view(later(half))] });
    expect(state(sliding, half + limit('sessionMs'))).toBe('authenticated');
    expect(state(sliding, half + limit('sessionMs') + 1)).toBe('recognised');
  });

  it('that has ended stays ended, also across a sleep, until the next proof', () => {
    const profile = signedIn();
    const over = limit('sessionMs') + 1;
    profile.visit({ now: later(over), events: [view(later(over))] });
    profile.sleep();
    expect(state(profile, over + 1)).toBe('recognised');
    profile.visit({ ...login, now: later(over + 2), events: [event('signed.in', later(over + 2))] });
    expect(state(profile, over + 3)).toBe('authenticated');
  });

  it('decides what offers and attributes are shown', () => {
    const profile = signedIn();
    profile.visit({
      through: ref(SARAH),
      device: null,
      events: [
        event(
          'profile.updated',
          NOW,
          { attributes: { tier: 'gold', firstName: 'Sarah' } },
          { source: 'crm' as SourceId },
        ),
      ],
    });
    const ask = (ms: number) =>
      profile.visit({
        now: later(ms),
        ...HERO,
        include: { profile: true, recent: false, trace: false, allMemberships: false },
      });
    const [during, after] = [ask(0), ask(limit('sessionMs') + 1)];
    expect([during.propositions[0]?.offer, during.profile?.attributes]).toEqual([
      'known',
      { tier: 'gold', firstName: 'Sarah' },
    ]);
    expect([after.propositions[0]?.offer, after.profile?.attributes]).toEqual([null, { tier: 'gold' }]);
  });

  it('marks the facts that came in it', () => {
    const profile = signedIn();
    profile.visit({ events: [view(later(1))], now: later(1) });
    profile.visit({ events: [view(later(9e6))], now: later(9e6) });
    expect(profile.facts.map(({ auth }) => auth)).toEqual(['authenticated', 'authenticated', 'recognised']);
    // In the session what the device does is hers; after it, only the device is known.
    expect(profile.facts.map(({ strand }) => profile.state.strands[strand]?.identity.namespace)).toEqual([
      'customer',
      'customer',
      'device',
    ]);
  });
});

describe('a sign-out', () => {
  const out = (profile: ReturnType<typeof profileOf>, events = [event('signed.out', NOW)]) =>
    profile.visit({
      events,
      ...HERO,
      include: { profile: true, recent: true, trace: false, allMemberships: true },
    });

  it('closes the device here and answers for a stranger', () => {
    const profile = signedIn();
    profile.visit({ events: [view(), view(later(-1))] });
    const answer = out(profile);
    expect(answer).toMatchObject({
      state: 'loggedOut',
      accepted: 1,
      profile: null,
      recent: [],
      memberships: [],
      // Nobody is sent where the device goes before that place knows of it.
      device: null,
    });
    expect(answer.propositions[0]).toMatchObject({ offer: null, reason: 'noneEligible' });
    const ofDevice = profile.state.strands.filter(({ identity }) => identity.value === DEVICE.value);
    expect(ofDevice).toMatchObject([
      { state: 'closed', keptBy: SARAH, session: null },
      { state: 'gone', keptBy: null, movedTo: expect.stringMatching(/^prf_1n/), session: null, facts: 0 },
    ]);
  });

  it('leaves the events after it to whoever comes next', () => {
    const profile = signedIn();
    const events = [view(), event('signed.out', NOW), view(), view()];
    expect(out(profile, events).leftOver).toEqual([events[2]?.id, events[3]?.id]);
    expect(profile.facts).toHaveLength(3);
  });

  it('sends a caller with the old epoch on, and changes nothing for it', () => {
    const profile = signedIn();
    out(profile);
    const gone = profile.state.strands.find(({ state }) => state === 'gone');
    expect(gone?.movedTo).not.toBe(PROFILE);
    const before = profile.state.revision;
    expect(profile.ask({ events: [view()] })).toEqual({ kind: 'moved', to: gone?.movedTo, epoch: 2 });
    expect([profile.facts.length, profile.state.revision]).toEqual([2, before]);
  });

  it('without a person signs nobody out', () => {
    const profile = profileOf();
    expect(out(profile, [event('signed.out', NOW), view()])).toMatchObject({
      state: 'anonymous',
      accepted: 2,
      leftOver: [],
    });
  });
});

describe('reading', () => {
  it('makes no profile: nothing is dirty, no strand is opened', () => {
    const profile = profileOf();
    const answer = profile.visit({
      ...HERO,
      include: { profile: false, recent: true, trace: false, allMemberships: true },
    });
    expect([answer.accepted, answer.state, answer.recent, profile.state.strands, profile.state.revision]).toEqual([
      0,
      'anonymous',
      [],
      [],
      0,
    ]);
  });

  it('of a known profile shows what time alone has changed, once', () => {
    const profile = profileOf();
    profile.visit({ events: [view(later(-1)), view()] });
    const week = 7 * 24 * 60 * MINUTE_MS;
    const flipped = profile.visit({ now: later(week) }).memberships;
    expect(flipped.filter(({ segment }) => segment === 'viewer')).toEqual([
      { segment: 'viewer', status: 'exited', since: later(week) },
    ]);
    expect(profile.visit({ now: later(week) }).memberships).toEqual([]);
  });
});

describe('memberships', () => {
  it('of a first visit are those after its events: nobody enters and leaves in one breath', () => {
    expect(profileOf().visit({ events: [view()] }).memberships).toEqual([]);
    expect(profileOf().visit({ events: [event('page.viewed', NOW)] }).memberships).toEqual([
      { segment: 'newcomer', status: 'entered', since: NOW },
    ]);
  });

  const viewedOnce = tree('xEvent[eventType = "product.viewed"].count() >= 1');

  it('follow a publish at the next visit, from the facts: also for events that no rule had asked for', () => {
    const profile = profileOf();
    profile.visit({ events: [view(), event('link.clicked', NOW, { url: 'x' })] });
    const clicker = segment('clicker', 'xEvent[eventType = "link.clicked"].count() >= 1');
    const segments = SOURCES.segment.flatMap((each) =>
      each.id === 'viewer' ? [{ ...each, rule: viewedOnce }] : each.id === 'newcomer' ? [] : [each],
    );
    profile.sleep(rulesetOf({ ...SOURCES, segment: [...segments, clicker] }, 2));
    const answer = profile.visit({ now: later(5) });
    expect(answer.sequence).toBe(2);
    expect(answer.memberships).toEqual(
      expect.arrayContaining(['viewer', 'clicker'].map((segment) => ({ segment, status: 'entered', since: later(5) }))),
    );
    expect(profile.visit({ now: later(6) }).memberships).toEqual([]);
  });

  it('of a segment that is no more end with the publish', () => {
    const profile = profileOf();
    profile.visit({ events: [view(later(-1)), view()] });
    profile.sleep(
      rulesetOf({ ...SOURCES, segment: SOURCES.segment.filter(({ id }) => id !== 'viewer'), offer: [] }, 2),
    );
    profile.visit({ now: later(5) });
    expect(profile.state.memberships.get('viewer')).toEqual({
      member: false,
      since: later(5),
      sequence: 2,
      cause: 'publish',
    });
    profile.visit({ now: later(6 + limit('exitedMembershipMs')), events: [view()] });
    expect(profile.state.memberships.get('viewer')).toBeUndefined();
  });

  it('are stored with the sequence and the space that a wake reads first', () => {
    const profile = signedIn();
    const bytes = encodeSnapshot(profile.state, (text) => new TextEncoder().encode(text));
    expect([snapshotSequence(bytes), snapshotOwner(bytes, (part) => new TextDecoder().decode(part)).space]).toEqual([
      1,
      'main',
    ]);
  });
});

describe('the consent that the profile holds', () => {
  const out = { consent: { analytics: 'out', personalization: 'out' } } as const;

  it('narrows what an event is stored for, and refuses one for which nothing is left', () => {
    const profile = profileOf();
    profile.visit({ events: [event('consent.updated', NOW, {}, { consent: { personalization: 'out' } })] });
    const analytics = view(NOW, 'p', {
      purposes: NECESSARY_MASK | purposeBit('analytics') | purposeBit('personalization'),
    });
    const only = view(NOW, 'p', { purposes: NECESSARY_MASK | purposeBit('personalization') });
    const answer = profile.visit({ events: [analytics, only] });
    expect([answer.accepted, answer.refused]).toEqual([
      1,
      [{ id: only.id, code: 'noConsent', detail: expect.any(String) }],
    ]);
    expect(profile.facts.at(-1)?.purposes).toBe(NECESSARY_MASK | purposeBit('analytics'));
  });

  it('lets in what the contract needs', () => {
    const profile = profileOf();
    profile.visit({ events: [event('consent.updated', NOW, {}, out)] });
    expect(profile.visit({ events: [event('order.placed', NOW, {}, { purposes: NECESSARY_MASK })] }).accepted).toBe(1);
  });

  it('refused by the person holds on every device of theirs', () => {
    const profile = signedIn();
    profile.visit({ events: [event('consent.updated', NOW, {}, { consent: { personalization: 'out' } })] });
    expect(profile.state.strands.find(({ trust }) => trust === 'verified')?.consent).toEqual({
      personalization: 'out',
    });
    const over = later(limit('sessionMs') + 1);
    // The session is over: the event comes through the device, which itself refused nothing.
    profile.visit({ now: over, events: [view(over, 'p1')] });
    expect((profile.facts.at(-1)?.purposes ?? 0) & purposeBit('personalization')).toBe(0);
  });

  it('that this request rules out counts for this request only', () => {
    const profile = signedIn();
    expect(profile.visit({ ...HERO, denied: purposeBit('personalization') }).propositions[0]?.offer).toBeNull();
    expect(profile.visit(HERO).propositions[0]?.offer).toBe('known');
  });
});

it('an event of before 1970 is one like any other, and is nobody erased', () => {
  const profile = profileOf();
  const consent = { advertising: 'out' as const };
  const old = [view(-5000 as never, 'old', { consent }), view(-1 as never, 'older'), view(0 as never, 'first')];
  expect(profile.visit({ events: old.map((each) => ({ ...each, sentBy: 'server' as const })) })).toMatchObject({
    accepted: 3,
    refused: [],
  });
  expect(profile.state.strands[0]).toMatchObject({ facts: 3, consent });
  expect(profile.state.strands[0]?.recent.map(({ productId }) => productId)).toEqual(['first', 'older', 'old']);
});

it('a snapshot that is cut off, or of a later layout, is refused', () => {
  const profile = signedIn();
  const bytes = encodeSnapshot(profile.state, (text) => new TextEncoder().encode(text));
  const decode = (given: Uint8Array) =>
    decodeSnapshot(given, RULESET.engine.program, (part) => new TextDecoder().decode(part));
  expect(decode(bytes.subarray(0, 8))).toEqual({ ok: false, error: 'corrupt' });
  expect(decode(bytes.subarray(0, 40))).toEqual({ ok: false, error: 'corrupt' });
  const newer = bytes.slice();
  newer[0] = 200;
  expect(decode(newer)).toEqual({ ok: false, error: 'newerCodec' });
  expect(decode(bytes)).toMatchObject({ ok: true, value: { rebuild: false, state: { profile: PROFILE } } });
});
