import { describe, expect, it } from 'vitest';
import type { IdentityKey } from '../../../core/identity/identity-key.ts';
import {
  closedUses,
  type DeviceUses,
  lastLeft,
  noteUse,
  renameUser,
  userOf,
  usesFrom,
} from '../../../core/identity/protocol/device-uses.ts';
import type { Instant } from '../../../core/lib/ids.ts';

const [A, B, C] = ['crm:A', 'crm:B', 'crm:C'] as unknown as readonly [IdentityKey, IdentityKey, IdentityKey];
type Seen = readonly [at: number, by: IdentityKey | null];

function heard(...seen: readonly Seen[]): DeviceUses {
  return seen.reduce<DeviceUses | undefined>(
    (uses, [at, by]) => noteUse(uses, at as Instant, by),
    undefined,
  ) as DeviceUses;
}

describe('who used a device when', () => {
  it.each([
    ['one login', [[2, A]], [], A],
    [
      'what nobody had claimed is the next one’s',
      [
        [1, null],
        [4, A],
      ],
      [],
      A,
    ],
    [
      'a login ends the one before',
      [
        [2, A],
        [4, B],
      ],
      [{ by: A, after: null, until: 4 }],
      B,
    ],
    [
      'a sign-out ends it',
      [
        [2, A],
        [4, null],
      ],
      [{ by: A, after: null, until: 4 }],
      null,
    ],
    [
      'and the next one has what came between',
      [
        [2, A],
        [4, null],
        [9, B],
        [12, null],
      ],
      [
        { by: A, after: null, until: 4 },
        { by: B, after: 4, until: 12 },
      ],
      null,
    ],
  ] as const)('%s', (_, seen, closed, now) => {
    const orders = permutations(seen as readonly Seen[]);
    for (const order of orders) {
      const uses = heard(...order);
      expect(closedUses(uses)).toEqual(closed);
      expect(userOf(uses)).toBe(now);
    }
  });

  it('is not split by somebody met between two sightings of one person', () => {
    const uses = heard([2, A], [8, A]);
    expect(noteUse(uses, 5 as Instant, B)).toBe(uses);
    expect(noteUse(uses, 5 as Instant, null)).toBe(uses);
  });

  it('keeps a bounded number of uses, and looks at nothing of before them again', () => {
    let uses: DeviceUses | undefined;
    for (let at = 1; at <= 40; at++) uses = noteUse(uses, at as Instant, at % 2 === 0 ? A : B);
    expect(uses?.spans).toHaveLength(12);
    expect(uses?.settledAt).toBe(29);
    expect(noteUse(uses, 20 as Instant, C)).toBe(uses);
    expect(closedUses(uses as DeviceUses)[0]).toEqual({ by: B, after: 29, until: 30 });
  });

  it('begins anew where links say otherwise', () => {
    const uses = usesFrom(7 as Instant, A);
    expect([userOf(uses), closedUses(uses)]).toEqual([A, []]);
    expect(closedUses(noteUse(uses, 9 as Instant, B))).toEqual([{ by: A, after: 7, until: 9 }]);
  });

  it('names a person by what names them now, as long as they have it', () => {
    const mail = 'email:x' as IdentityKey;
    const uses = renameUser(heard([1, mail], [3, B], [5, mail], [6, mail]), mail, A);
    expect(uses.spans.map(({ by }) => by)).toEqual([mail, B, A]);
  });

  it('tells the last sign-out', () => {
    expect(lastLeft(heard([1, A]))).toBeNull();
    expect(lastLeft(heard([1, A], [3, null], [6, B], [5, null]))).toBe(5);
  });
});

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, place) => permutations(items.toSpliced(place, 1)).map((rest) => [item, ...rest]));
}
