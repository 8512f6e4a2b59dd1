import { describe, expect, it } from 'vitest';
import { nextWake } from '../../../core/interaction/next-wake.ts';
import { rebuild } from '../../../core/interaction/rebuild.ts';
import { decodeSnapshot, encodeSnapshot, snapshotOwner } from '../../../core/interaction/snapshot.ts';
import { event, later, NOW, profileOf, RULESET, type TestProfile } from './visit-fixture.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const view = (ms: number, productId = 'p1') => event('product.viewed', later(ms), { productId });
const read = (bytes: Uint8Array) => {
  const decoded = decodeSnapshot(bytes, RULESET.engine.program, decode);
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value;
};

/** What the first layout wrote: posting lists, which are of no use any more, after the head. */
function formerSnapshot({ state }: TestProfile): Uint8Array {
  const bytes = encodeSnapshot(state, encode);
  const head = JSON.parse(decode(bytes.subarray(16, 16 + new DataView(bytes.buffer).getUint32(4, true)))) as object;
  const text = encode(
    JSON.stringify({
      ...head,
      strands: state.strands.map((strand) => ({ ...strand, generation: 1, confirmedAt: null, recent: [] })),
      intents: [],
      programHash: 'x',
      nextChange: later(5),
      memberships: [[NOW, ['viewer'], ['newcomer']]],
      outbox: {
        nextId: 8,
        chunks: [
          { id: 7, deadline: later(9), facts: ['web/e1'], changes: [['viewer', 1, NOW, 'time']], decisions: {} },
        ],
      },
    }),
  );
  const former = new Uint8Array(12 + text.length + 40);
  const header = new DataView(former.buffer);
  header.setUint32(0, 1, true);
  header.setUint32(4, text.length, true);
  header.setUint32(8, state.sequence, true);
  former.set(text, 12);
  return former;
}

describe('a snapshot', () => {
  it('of the first layout is read, and its log rebuilt from the facts', () => {
    const profile = profileOf();
    profile.visit({ events: [view(-2), view(-1)] });
    const former = formerSnapshot(profile);
    expect(snapshotOwner(former, decode).space).toBe('main');
    const { state, rebuild: mustRebuild } = read(former);
    expect(mustRebuild).toBe(true);
    expect([...state.memberships]).toEqual([
      ['viewer', { member: true, since: NOW, sequence: 1, cause: 'event' }],
      ['newcomer', { member: false, since: NOW, sequence: 1, cause: 'event' }],
    ]);
    expect(state.outbox).toMatchObject({
      nextId: 8,
      chunks: [{ id: 7, facts: ['web/e1'], changes: [{ segment: 'viewer', status: 'entered', cause: 'time' }] }],
    });
    expect(nextWake(state, RULESET)).toBe(later(9));
    rebuild(state, RULESET, profile.facts);
    expect(state.log.length).toBe(2);
    expect(read(encodeSnapshot(state, encode))).toMatchObject({ rebuild: false, state: { log: { length: 2 } } });
  });

  it('keeps its size over many visits: SQLite then writes in place', () => {
    const profile = profileOf();
    const sizes = new Set<number>();
    for (let i = 0; i < 12; i++) {
      profile.visit({ now: later(i), events: [view(i)] });
      sizes.add(encodeSnapshot(profile.state, encode).length);
    }
    expect(sizes.size).toBeLessThanOrEqual(2);
  });

  it('stores memberships anew only when one has changed', () => {
    const profile = profileOf();
    profile.visit({ events: [view(-2), view(-1)] });
    encodeSnapshot(profile.state, encode);
    const { packed } = profile.state.memberships;
    profile.visit({ now: later(1), events: [view(0)] });
    encodeSnapshot(profile.state, encode);
    expect(profile.state.memberships.packed).toBe(packed);
    profile.visit({ now: later(2), events: [event('cart.added', later(2))] });
    expect(profile.state.memberships.packed).toBe(packed);
    expect([...profile.state.memberships.changed]).toHaveLength(1);
    expect([...read(encodeSnapshot(profile.state, encode)).state.memberships]).toEqual([...profile.state.memberships]);
  });

  it('keeps the evidence of changes that wait', () => {
    const profile = profileOf();
    const [first, second] = [view(-2), view(-1)];
    profile.visit({ events: [first, second] });
    profile.visit({ now: later(1), events: [event('profile.updated', later(1), { attributes: { tier: 'gold' } })] });
    profile.sleep();
    const changes = profile.state.outbox.chunks.flatMap((chunk) => chunk.changes);
    expect(changes.map(({ segment, evidence }) => [segment, evidence])).toEqual([
      ['viewer', { events: [second.id, first.id], attributes: [] }],
      ['gold', { events: [], attributes: ['tier'] }],
    ]);
  });
});

it('the profile shows measures beside attributes, as they are now', () => {
  const profile = profileOf();
  const include = { profile: true, recent: false, trace: false, allMemberships: false };
  expect(profile.visit({ include }).profile?.measures).toEqual({ views: 0 });
  profile.visit({ events: [view(-3), view(-2, 'p2'), view(-1)] });
  expect(profile.visit({ include }).profile?.measures).toEqual({
    views: 3,
    favourite: 'p1',
    lastView: new Date(later(-1)).toISOString(),
  });
});
