import { describe, expect, it } from 'vitest';
import type { AcceptedEvent, Identity } from '../../../core/event/event.ts';
import { identityKey } from '../../../core/identity/identity-key.ts';
import { handleProfile } from '../../../core/identity/protocol/handle-profile.ts';
import { emptyProfile } from '../../../core/identity/protocol/node-state.ts';
import { applyHandled } from '../../../core/interaction/apply-handled.ts';
import { expiresAt } from '../../../core/interaction/expiry.ts';
import { graphOf } from '../../../core/interaction/graph-of.ts';
import { nextWake } from '../../../core/interaction/next-wake.ts';
import { nodeOf } from '../../../core/interaction/node.ts';
import { packStitch, unpackStitch } from '../../../core/interaction/packed-stitch.ts';
import { contextOf, madePid } from '../../../core/interaction/protocol-context.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../core/interaction/snapshot.ts';
import { stitchOf } from '../../../core/interaction/state.ts';
import { type ProfileId, parseProfileId } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
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
  type TestProfile,
} from './visit-fixture.ts';

const MAIL: Identity = { namespace: 'email', value: 'sarah@example.com' };
const view = (more: Partial<AcceptedEvent> = {}) => event('product.viewed', NOW, { productId: 'p1' }, more);
const server = (...links: readonly Identity[]) => event('order.placed', NOW, {}, { sentBy: 'server', links });

function signedIn(): TestProfile {
  const profile = profileOf();
  profile.open(SARAH);
  profile.open(DEVICE);
  profile.visit({ through: ref(SARAH), login: loginOf(SARAH) });
  return profile;
}

describe('an object where nobody is', () => {
  const unsure = { ...ref(DEVICE), mayOpen: false };

  it('answers unknown and creates nothing, unless somebody says that the identity lives there', () => {
    const profile = profileOf();
    expect(profile.ask({ through: unsure, device: unsure, events: [view()] })).toEqual({ kind: 'unknown' });
    expect(profile.ask({ through: unsure, device: unsure })).toEqual({ kind: 'unknown' });
    expect([profile.state.strands, profile.state.stitch.state, profile.facts]).toEqual([[], 'none', []]);
    profile.visit({ events: [view()] });
    expect(profile.state.stitch).toMatchObject({ state: 'live', anchor: identityKey(DEVICE) });
  });

  it('takes a device in only when nobody else is there: to others it comes by an operation', () => {
    const profile = profileOf();
    profile.open(SARAH);
    expect(profile.ask({ events: [view()] })).toEqual({ kind: 'unknown' });
    expect(
      profile.visit({ through: ref(MAIL), device: null, events: [server()], assertedState: 'recognised' }).accepted,
    ).toBe(1);
  });
});

describe('what was erased', () => {
  it('is not taken back: events of before are refused, later ones are stored', () => {
    const profile = profileOf();
    const through = { ...ref(DEVICE, 2), erasedAt: NOW };
    const [old, young] = [view(), event('product.viewed', later(1))];
    const answer = profile.visit({ now: later(2), through, device: through, events: [old, young] });
    expect([answer.accepted, answer.refused.map(({ id, code }) => [id, code])]).toEqual([1, [[old.id, 'erased']]]);
    expect(profile.facts.map(({ id }) => id)).toEqual([young.id]);
  });

  it('is gone from the object but for the request: nothing of it can be read or revived', () => {
    const profile = signedIn();
    profile.visit({ events: [view(), view()] });
    const { state, table } = profile;
    const context = contextOf(RULESET.stitch, NOW);
    const erase = { kind: 'erase', request: 'r1', at: NOW, suppress: false } as const;
    const begun = handleProfile(nodeOf(state), erase, context);
    expect(begun.node.state).toBe('erasing');
    const gone = Object.fromEntries(
      Object.entries(begun.node.strands).map(([key, row]) => [
        key,
        { ...row, state: 'gone' as const, to: madePid(key, PROFILE) },
      ]),
    );
    const wiped = {
      node: { ...begun.node, state: 'erased' as const, anchor: null, links: [], strands: gone },
      effects: [{ kind: 'wipe' }] as const,
    };
    const { rows, changes } = applyHandled(state, wiped, table.store, RULESET, later(1));
    table.store.commit(rows, new Uint8Array());
    expect([
      profile.facts,
      state.attributes.size,
      state.log.length,
      state.outbox.chunks.flatMap(({ facts }) => facts),
    ]).toEqual([[], 0, 0, []]);
    expect(changes.map(({ status, cause }) => [status, cause])).toContainEqual(['exited', 'erase']);
    expect([...state.memberships].filter(([, { member }]) => member)).toEqual([]);
    expect(profile.ask({ events: [view()] })).toEqual({ kind: 'erased' });
    expect(graphOf(state)?.archiveKeys).toEqual([`${PROFILE}/0`]);
  });
});

describe('ids that an event names together', () => {
  it('are linked in the same write when all of them live here', () => {
    const profile = profileOf();
    profile.open(SARAH);
    profile.open(MAIL);
    profile.visit({ through: ref(SARAH), device: null, events: [server(SARAH, MAIL)], assertedState: 'recognised' });
    expect(graphOf(profile.state)?.links).toEqual([
      { a: SARAH, b: MAIL, verifiedAt: { at: NOW, seq: 1, source: 'web' }, claimedAt: null },
    ]);
    expect(profile.state.strands.map(({ trust }) => trust)).toEqual(['verified', 'verified']);
  });

  it('are stored with who said so, for each trust; of links from before that, nobody knows', () => {
    const stamp = (at: number, source?: string) => ({ at: later(at), seq: 1, ...(source && { source }) });
    const { strands } = signedIn().state;
    const ends = { a: identityKey(SARAH), b: identityKey(DEVICE) };
    const links = [
      { ...ends, verifiedAt: stamp(1, 'web'), claimedAt: null },
      { ...ends, verifiedAt: stamp(1), claimedAt: null },
      { ...ends, verifiedAt: null, claimedAt: stamp(2, 'app') },
      { ...ends, verifiedAt: stamp(1, 'operator'), claimedAt: stamp(2) },
      { ...ends, verifiedAt: stamp(1, 'web'), claimedAt: stamp(2, 'app') },
    ];
    const packed = packStitch({ ...stitchOf(emptyProfile('')), links }, strands);
    const read = unpackStitch(JSON.parse(JSON.stringify(packed)), strands);
    expect(read.links).toEqual(links);
    const former = [
      [0, 1, NOW, 4],
      [0, 1, -1, 0, NOW, 5],
    ] as const;
    expect(unpackStitch({ links: former }, strands).links).toMatchObject([
      { verifiedAt: { at: NOW, seq: 4 }, claimedAt: null },
      { verifiedAt: null, claimedAt: { at: NOW, seq: 5 } },
    ]);
  });

  it('are an intent, stored with the fact, when one of them lives elsewhere', () => {
    const profile = profileOf();
    profile.open(SARAH);
    const sent = server(SARAH, MAIL);
    profile.visit({ through: ref(SARAH), device: null, events: [sent], assertedState: 'recognised' });
    expect(profile.state.stitch.intents).toMatchObject({
      [`web/${sent.id}`]: { wish: { keys: [identityKey(SARAH), identityKey(MAIL)], verified: true }, attempt: 0 },
    });
    expect([profile.facts[0]?.links, nextWake(profile.state, RULESET)]).toEqual([[SARAH, MAIL], later(5_000)]);
    profile.sleep();
    expect(graphOf(profile.state)?.openWork).toMatchObject([{ kind: 'intent', attempt: 0 }]);
  });

  it('of an event that comes again are no second wish', () => {
    const profile = profileOf();
    profile.open(SARAH);
    const asked = {
      through: ref(SARAH),
      device: null,
      events: [server(SARAH, MAIL)],
      assertedState: 'recognised',
    } as const;
    profile.visit(asked);
    const before = structuredClone(profile.state.stitch);
    expect(profile.visit(asked).duplicates).toHaveLength(1);
    expect(profile.state.stitch).toEqual(before);
  });
});

describe('a login', () => {
  const other = { ...DEVICE, value: '01900000-0000-7000-8000-000000000009' };
  const proof = { jti: 'j1', expiresAt: later(60_000) };
  const asks = (device: Identity, at = NOW) => ({
    now: at,
    through: ref(SARAH),
    device: ref(device),
    login: { ...loginOf(SARAH), proof } as never,
  });

  it('with a proof that another device has used stores nothing', () => {
    const profile = signedIn();
    profile.visit(asks(DEVICE));
    const { revision } = profile.state;
    expect(profile.ask({ ...asks(other), events: [view()] })).toEqual({ kind: 'proofUsed' });
    expect([profile.state.revision, profile.facts]).toEqual([revision, []]);
    expect(profile.visit(asks(DEVICE, later(1))).state).toBe('authenticated');
  });

  it('counts at once, while its device is still on its way', () => {
    const profile = profileOf();
    profile.open(SARAH);
    expect(profile.visit(asks(DEVICE)).device).toEqual({ at: PROFILE, epoch: 1 });
    profile.sleep();
    const [before, after] = [view(), event('product.viewed', later(6_000))];
    const answer = profile.visit({ now: later(6_000), events: [before, after] });
    // What may have been sent before, to where the device was, has to wait for it.
    expect([answer.state, answer.accepted, answer.leftOver, answer.device]).toEqual([
      'authenticated',
      1,
      [before.id],
      null,
    ]);
    expect(profile.facts.map(({ strand }) => profile.state.strands[strand]?.identity)).toEqual([SARAH]);
    expect(profile.ask({ now: later(2 * 3_600_000), events: [view()] })).toEqual({ kind: 'unknown' });
  });
});

describe('an idle profile of nobody known', () => {
  const TTL = 30 * DAY_MS;
  const expiring = rulesetOf(undefined, 1, { anonymousTtlMs: TTL });

  it('wakes at its end when nothing else wakes it before, and not for anybody known', () => {
    const profile = profileOf(expiring);
    profile.visit({ events: [view()] });
    expect(nextWake(profile.state, expiring)).toBe(later(15_000));
    profile.state.outbox.chunks = [];
    expect(nextWake(profile.state, expiring)).toBe(later(TTL));
    profile.visit({ now: later(DAY_MS), events: [view()] });
    expect(expiresAt(profile.state, expiring.stitch)).toBe(later(DAY_MS + TTL));
    const known = profileOf(expiring);
    known.visit({ through: ref(SARAH), device: null, events: [server()], assertedState: 'recognised' });
    expect(expiresAt(known.state, expiring.stitch)).toBeNull();
  });
});

describe('a profile of the layout before links', () => {
  it('keeps its people: the devices that were here are linked, what one left stays, one on its way is wished for', () => {
    const profile = signedIn();
    const bytes = encodeSnapshot(profile.state, (text) => new TextEncoder().encode(text));
    const view = new DataView(bytes.buffer);
    const end = 16 + view.getUint32(4, true);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(16, end)));
    const strand = (identity: Identity, more: object) => ({
      identity,
      generation: 1,
      epoch: 1,
      state: 'owned',
      movedTo: null,
      confirmedAt: null,
      trust: 'anonymous',
      firstSeen: NOW,
      lastSeen: NOW,
      facts: 0,
      consent: {},
      consentAt: {},
      attributes: {},
      session: null,
      recent: [],
      claims: [],
      ...more,
    });
    const elsewhere = `prf_1n${'9'.repeat(26)}` as ProfileId;
    const [left, coming] = [
      { ...DEVICE, value: 'left' },
      { ...DEVICE, value: 'coming' },
    ];
    const { stitch: _, ...rest } = head;
    const former = new TextEncoder().encode(
      JSON.stringify({
        ...rest,
        strands: [
          strand(SARAH, { trust: 'verified' }),
          strand(DEVICE, { epoch: 2 }),
          strand(left, { state: 'closed', movedTo: elsewhere, facts: 3 }),
        ],
        intents: [{ identity: coming, from: elsewhere, epoch: 4, person: SARAH, at: NOW }],
      }),
    );
    const stored = new Uint8Array(16 + former.length + bytes.length - end);
    stored.set(bytes.subarray(0, 16));
    stored.set(former, 16);
    stored.set(bytes.subarray(end), 16 + former.length);
    new DataView(stored.buffer).setUint32(0, 2, true);
    new DataView(stored.buffer).setUint32(4, former.length, true);
    const decoded = decodeSnapshot(stored, RULESET.engine.program, (part) => new TextDecoder().decode(part));
    if (!decoded.ok) throw new Error(decoded.error);
    const node = nodeOf(decoded.value.state);
    expect(node.links.map(({ a, b }) => [a, b])).toEqual([[identityKey(SARAH), identityKey(DEVICE)]]);
    expect(node.strands).toMatchObject({
      [identityKey(DEVICE)]: { state: 'owned', epoch: 2, claimant: identityKey(SARAH) },
      [identityKey(left)]: { state: 'gone', epoch: 2, to: elsewhere },
    });
    expect(Object.values(node.kept)).toEqual([
      { key: identityKey(left), by: identityKey(SARAH), epoch: 1, state: 'kept' },
    ]);
    expect(Object.values(node.intents)).toMatchObject([
      {
        wish: {
          keys: [identityKey(SARAH), identityKey(coming)],
          hints: { [identityKey(coming)]: { owner: elsewhere, epoch: 4 } },
        },
      },
    ]);
    expect(decoded.value.state.sessions).toMatchObject([{ device: coming, person: SARAH }]);
  });
});

it('profiles that operations make are ids like any other, the same for the same seed', () => {
  const made = madePid('web/e1@x#0', PROFILE);
  expect(parseProfileId(made)).toBe(made);
  expect(madePid('web/e1@x#0', PROFILE)).toBe(made);
  expect(madePid('web/e2@x#0', PROFILE)).not.toBe(made);
});
