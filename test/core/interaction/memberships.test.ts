import { describe, expect, it } from 'vitest';
import { type Membership, Memberships } from '../../../core/interaction/memberships.ts';
import { packMemberships, unpackMemberships } from '../../../core/interaction/packed-head.ts';
import { packIds, unpackIds } from '../../../core/interaction/packed-ids.ts';
import type { Instant, Sequence } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';

const NOW = 1_800_000_000_000;
const since = (at: number, member = true): Membership => ({
  member,
  since: (NOW + at) as Instant,
  sequence: 3 as Sequence,
  cause: 'event',
});
const later = (ms: number) => (NOW + limit('exitedMembershipMs') + ms) as Instant;

describe('memberships', () => {
  it('keep the stored form of all, and what changed since, until that is too much', () => {
    const memberships = new Memberships();
    memberships.set('a', since(0));
    expect([...memberships.changed]).toEqual([]);
    const packed = new Uint8Array(1);
    memberships.keepPacked(packed);
    memberships.set('b', since(1));
    memberships.set('a', since(2, false));
    expect(memberships.packed).toBe(packed);
    expect([...memberships.changed]).toEqual([
      ['b', since(1)],
      ['a', since(2, false)],
    ]);
    for (let i = 0; i < 14; i++) memberships.set(`s-${i}`, since(3));
    expect(memberships.packed).toBe(packed);
    memberships.set('s-14', since(3));
    expect(memberships.packed).toBeNull();
    expect([...memberships.changed]).toEqual([]);
  });

  it('forget exits that are too old, and then only', () => {
    const memberships = new Memberships();
    memberships.set('left', since(0, false));
    memberships.set('left-later', since(5, false));
    memberships.set('held', since(0));
    memberships.keepPacked(new Uint8Array(1));
    memberships.forgetOldExits(later(0));
    expect(memberships.packed).not.toBeNull();
    memberships.forgetOldExits(later(1));
    expect([...memberships].map(([segment]) => segment)).toEqual(['left-later', 'held']);
    expect(memberships.packed).toBeNull();
    memberships.forgetOldExits(later(6));
    expect([...memberships].map(([segment]) => segment)).toEqual(['held']);
  });

  it('are packed by instant, sequence and cause, and unpacked as they were', () => {
    const memberships = new Memberships();
    for (let i = 0; i < 30; i++) memberships.set(`segment-${i}`, since(i % 3, i % 4 > 0));
    const packed = packMemberships(memberships);
    expect(packed).toHaveLength(3);
    const unpacked = new Memberships();
    unpackMemberships(packed, unpacked);
    expect(new Map(unpacked)).toEqual(new Map(memberships));
    unpackMemberships([[NOW as Instant, 4 as Sequence, 1, ['segment-0'], ['segment-1']]], unpacked);
    expect(unpacked.get('segment-0')).toEqual({ member: true, since: NOW, sequence: 4, cause: 'time' });
    expect(unpacked.has('segment-1')).toBe(false);
  });
});

describe('packed ids', () => {
  const long = 'x'.repeat(31);
  it.each([
    [[], ''],
    [['a'], 'Aa'],
    [['a', 'a'], 'AaB'],
    [['attribute-1', 'attribute-10', 'b-2'], 'Aattribute-1L0Ab-2'],
    [[`${long}1`, `${long}2`], `A${long}1Zxxxxxx2`],
    [
      ['Old', 'id'],
      ['Old', 'id'],
    ],
  ] as const)('of %j are %j', (ids, packed) => {
    expect(packIds(ids)).toEqual(packed);
    expect(unpackIds(packed)).toEqual(ids);
  });
});
