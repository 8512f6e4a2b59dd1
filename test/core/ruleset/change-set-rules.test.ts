import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { CHANGE_SET_STATES, type ChangeSet, headsText } from '../../../core/ruleset/change-set.ts';
import { applyChangeSetAct, type ChangeSetAct, publishRefusal } from '../../../core/ruleset/change-set-rules.ts';

const NOW = 1_000_000 as Instant;
const SET: ChangeSet = {
  id: 'chs_1',
  title: 'A',
  description: '',
  state: 'open',
  revision: 1,
  hash: 'h0',
  createdAt: NOW,
  createdBy: 'mia',
  updatedAt: NOW,
  editors: ['mia'],
  approval: null,
  schedule: null,
  published: null,
  failure: null,
};

const at = (set: ChangeSet, act: ChangeSetAct, by = 'mia', approvals: 0 | 1 = 0) =>
  applyChangeSetAct(set, act, { by, requestId: 'r', now: NOW, approvals });

const act: fc.Arbitrary<readonly [ChangeSetAct, string]> = fc.tuple(
  fc.oneof(
    fc.constant<ChangeSetAct>({ kind: 'edit', title: 'B' }),
    fc.constantFrom('h0', 'h1').map((hash): ChangeSetAct => ({ kind: 'items', hash })),
    fc.constantFrom<ChangeSetAct>({ kind: 'submit' }, { kind: 'reject' }, { kind: 'unschedule' }, { kind: 'withdraw' }),
    fc.constantFrom('h0', 'h1').map((hash): ChangeSetAct => ({ kind: 'approve', hash })),
    fc.constantFrom(1, 2_000_000).map((when): ChangeSetAct => ({ kind: 'schedule', at: when as Instant })),
    fc.constant<ChangeSetAct>({ kind: 'fail', code: 'frozen', detail: 'frozen' }),
  ),
  fc.constantFrom('mia', 'sam', 'tom'),
);

describe('a change set', () => {
  it('is published under review only as somebody approved it who never edited it', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
        let set = SET;
        let approved: { by: string; hash: string } | null = null;
        const editors = new Set(['mia']);
        for (const [one, by] of acts) {
          const next = at(set, one, by, 1);
          if (!next.ok) continue;
          if (one.kind === 'approve') approved = { by, hash: set.hash };
          else if (one.kind === 'edit' || one.kind === 'items') {
            editors.add(by);
            approved = null;
          } else if (one.kind === 'reject' || one.kind === 'submit') approved = null;
          expect(next.value.revision).toBe(set.revision + 1);
          expect(CHANGE_SET_STATES).toContain(next.value.state);
          set = next.value;
          if (publishRefusal(set, 1) === null) {
            expect(approved?.hash).toBe(set.hash);
            expect(editors.has(approved?.by ?? 'mia')).toBe(false);
          }
          if (set.state === 'withdrawn')
            expect(publishRefusal(set, 0)).toEqual({ kind: 'wrongState', state: 'withdrawn' });
        }
      }),
    );
  });

  it('says why it refuses', () => {
    expect(at(SET, { kind: 'approve', hash: 'h0' }, 'sam')).toMatchObject({ error: { kind: 'wrongState' } });
    const waiting: ChangeSet = { ...SET, state: 'inReview' };
    expect(at(waiting, { kind: 'approve', hash: 'h0' })).toMatchObject({ error: { kind: 'ownWork' } });
    expect(at(waiting, { kind: 'approve', hash: 'h1' }, 'sam')).toEqual({
      ok: false,
      error: { kind: 'otherItems', hash: 'h0' },
    });
    expect(at(SET, { kind: 'schedule', at: NOW })).toMatchObject({ error: { kind: 'past' } });
    expect(at(SET, { kind: 'schedule', at: (NOW + 1) as Instant }, 'mia', 1)).toMatchObject({
      error: { kind: 'needsReview' },
    });
    expect(publishRefusal(waiting, 0)).toEqual({ kind: 'wrongState', state: 'inReview' });
    expect(publishRefusal(waiting, 1)).toEqual({ kind: 'needsReview' });
    expect(publishRefusal(SET, 0)).toBeNull();
  });

  it('has the same hash for the same items in any order', () => {
    const one = { kind: 'segment', id: 'a', baseVersion: 1, hash: 'x' } as const;
    const other = { kind: 'offer', id: 'b', baseVersion: 0, hash: null } as const;
    expect(headsText([one, other])).toBe(headsText([other, one]));
    expect(headsText([one])).not.toBe(headsText([{ ...one, baseVersion: 2 }]));
  });
});
