import { describe, expect, it } from 'vitest';
import {
  type Assignment,
  GLOBAL_HOLDOUT,
  HELD,
  joinAssignments,
  noteExposure,
  OPEN,
  pruneAssignments,
} from '../../../core/experiment/assignment.ts';
import { liveVersion } from '../../../core/experiment/loaded-experiments.ts';
import { packAssignments, unpackAssignments } from '../../../core/experiment/packed-assignments.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { experimentsOf } from './experiment-example.ts';

const at = (ms: number) => ms as Instant;

function assignment(change: Partial<Assignment> = {}): Assignment {
  return { experiment: 'hero', version: 1, variant: 'b', at: at(10), by: 'profile', seen: [], ...change };
}

describe('joined', () => {
  it('the earlier assignment wins, and what was seen on either side is kept', () => {
    const phone = assignment({ variant: 'b', at: at(10), seen: [{ variant: 'b', at: at(12) }] });
    const desk = assignment({ variant: 'a', at: at(20), by: 'device', seen: [{ variant: 'a', at: at(21) }] });
    expect(joinAssignments([desk], [phone])).toEqual([
      {
        ...phone,
        seen: [
          { variant: 'a', at: 21 },
          { variant: 'b', at: 12 },
        ],
      },
    ]);
  });

  it('versions and experiments stand side by side, in order', () => {
    const [one, two, other] = [assignment(), assignment({ version: 2 }), assignment({ experiment: 'ad' })];
    expect(joinAssignments([one], [other, two])).toEqual([other, one, two]);
  });

  it('with nothing, or with itself, it is the same object', () => {
    const own = [assignment({ seen: [{ variant: 'b', at: at(11) }] })];
    expect(joinAssignments(own, [])).toBe(own);
    expect(joinAssignments([], own)).toBe(own);
    expect(joinAssignments(own, own)[0]).toBe(own[0]);
  });
});

describe('an exposure', () => {
  it('is noted once for an assignment', () => {
    const first = noteExposure([assignment({ experiment: 'ad' }), assignment()], 'hero', 1, at(30));
    expect(first.first).toBe(true);
    expect(first.assignments).toEqual([
      assignment({ experiment: 'ad' }),
      assignment({ seen: [{ variant: 'b', at: at(30) }] }),
    ]);
    const again = noteExposure(first.assignments, 'hero', 1, at(40));
    expect(again).toEqual({ assignments: first.assignments, first: false });
    expect(again.assignments).toBe(first.assignments);
  });

  it('is noted again for the variant that won when strands were joined, and tells who saw two', () => {
    const joined = joinAssignments(
      [assignment({ variant: 'a', at: at(1) })],
      [assignment({ variant: 'b', at: at(5), seen: [{ variant: 'b', at: at(6) }] })],
    );
    const { first, assignments } = noteExposure(joined, 'hero', 1, at(9));
    expect(first).toBe(true);
    expect(assignments[0]?.seen).toHaveLength(2);
  });

  it.each([
    ['nobody assigned', []],
    ['another version', [assignment({ version: 2 })]],
    ['somebody kept out', [assignment({ variant: HELD })]],
    ['somebody told that they are not kept out', [assignment({ variant: OPEN })]],
  ])('of %s is none', (_, assignments) => {
    expect(noteExposure(assignments, 'hero', 1, at(9))).toEqual({ assignments, first: false });
  });
});

it('packed, assignments are short JSON and come back the same', () => {
  const own = [
    assignment({ experiment: 'ad', by: 'device' }),
    assignment({
      seen: [
        { variant: 'a', at: at(21) },
        { variant: 'b', at: at(12) },
      ],
    }),
    assignment({ experiment: GLOBAL_HOLDOUT, variant: OPEN }),
  ];
  const packed = packAssignments(own);
  expect(JSON.stringify(packed)).toBe(
    '[["ad",1,"b",10,"device"],["hero",1,"b",10,"profile","a",21,"b",12],["~holdout",1,"~open",10,"profile"]]',
  );
  expect(unpackAssignments(JSON.parse(JSON.stringify(packed)))).toEqual(own);
  expect(unpackAssignments([])).toEqual([]);
});

it('what no live experiment has any more is pruned; newer versions than the live one stay', () => {
  const experiments = experimentsOf([{ id: 'hero', version: 2 }], { share: 0.1, salt: 's', version: 3 });
  const live = (experiment: string) => liveVersion(experiments, experiment);
  const kept = [
    assignment({ version: 2 }),
    assignment({ version: 3 }),
    assignment({ experiment: GLOBAL_HOLDOUT, version: 3, variant: OPEN }),
  ];
  const old = [
    assignment({ version: 1 }),
    assignment({ experiment: 'gone' }),
    assignment({ experiment: GLOBAL_HOLDOUT, version: 2 }),
  ];
  expect(pruneAssignments(joinAssignments(kept, joinAssignments(old.slice(0, 1), old.slice(1))), live)).toEqual(kept);
  expect(pruneAssignments(kept, live)).toBe(kept);
});
