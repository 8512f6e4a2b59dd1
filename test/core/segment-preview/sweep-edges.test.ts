import { describe, expect, test } from 'vitest';
import type { Instant, Sequence } from '../../../core/lib/ids.ts';
import { changedSegments } from '../../../core/segment/preview/changed-segments.ts';
import { publishCatchUp } from '../../../core/segment/preview/publish-catch-up.ts';
import {
  applyBatch,
  changeSweep,
  nextBatch,
  type Sweep,
  startSweep,
  supersedeSweep,
} from '../../../core/segment/preview/sweep-plan.ts';
import { sweepProgress } from '../../../core/segment/preview/sweep-progress.ts';
import { profileId } from './seeded.ts';

describe('a sweep', () => {
  const T0 = 1_000_000 as Instant;
  const plan = { sequence: 3 as Sequence, total: 10, ratePerSecond: 4, maxBatch: 3 };
  const sweep = startSweep(plan, T0);

  test('begins at the first profile, with a rate and room in a batch', () => {
    expect(sweep).toEqual({
      ...plan,
      format: 1,
      status: 'running',
      cursor: null,
      done: 0,
      failed: 0,
      startedAt: T0,
      endedAt: null,
      readyAt: T0,
      pacedFrom: { at: T0, handled: 0 },
    });
    for (const ratePerSecond of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => startSweep({ ...plan, ratePerSecond }, T0)).toThrow('a rate');
      expect(() => changeSweep(sweep, { is: 'rate', ratePerSecond }, T0)).toThrow('a rate');
    }
    for (const maxBatch of [0, -1, 1.5, Number.NaN]) {
      expect(() => startSweep({ ...plan, maxBatch }, T0)).toThrow('a batch');
    }
    expect(startSweep({ ...plan, maxBatch: 1, ratePerSecond: 0.1 }, T0).maxBatch).toBe(1);
    expect(supersedeSweep(null, plan, T0)).toEqual(sweep);
  });

  test('takes a second’s worth, but no more than a batch holds, and not before it may', () => {
    expect(nextBatch(sweep, T0)).toEqual({ sequence: 3, after: null, size: 3, notBefore: T0 });
    expect(nextBatch({ ...sweep, ratePerSecond: 2.9 }, T0)?.size).toBe(2);
    expect(nextBatch({ ...sweep, readyAt: T0 + 0.5 }, T0)?.notBefore).toBe(T0 + 1);
    expect(nextBatch({ ...sweep, status: 'paused' }, T0)).toBeNull();
    expect(nextBatch({ ...sweep, status: 'done' }, T0)).toBeNull();
  });

  const outcome = (part: object) => ({
    batch: { sequence: plan.sequence, after: null, size: 3, notBefore: T0 },
    startedAt: T0,
    endedAt: (T0 + 5) as Instant,
    last: profileId(5),
    touched: 2,
    failed: 1,
    ...part,
  });
  test('counts what was touched, and waits for it', () => {
    const after = applyBatch(sweep, outcome({ startedAt: (T0 + 40) as Instant }));
    expect(after).toEqual({ ...sweep, cursor: profileId(5), done: 2, failed: 1, readyAt: T0 + 790 });
    const paused = changeSweep(sweep, { is: 'pause' }, T0);
    expect(applyBatch(paused, outcome({}))).toMatchObject({ status: 'paused', done: 2 });
    const batch = { sequence: plan.sequence, after: profileId(5), size: 3, notBefore: T0 };
    expect(applyBatch(after, outcome({ batch, last: null }))).toEqual({ ...after, status: 'done', endedAt: T0 + 5 });
    for (const last of [profileId(5), profileId(4)])
      expect(() => applyBatch(after, outcome({ batch, last }))).toThrow('forward');
    expect(applyBatch(after, outcome({ batch, last: profileId(6) }))).toMatchObject({ done: 4, failed: 2 });
    const done: Sweep = { ...sweep, status: 'done' };
    expect(applyBatch(done, outcome({}))).toBe(done);
    expect(changeSweep(done, { is: 'cancel' }, T0)).toBe(done);
  });

  test('is paced from its start, its last resume or change of rate', () => {
    const later = (T0 + 100) as Instant;
    const worked = applyBatch(sweep, outcome({}));
    expect(changeSweep(worked, { is: 'pause' }, later)).toEqual({ ...worked, status: 'paused' });
    expect(changeSweep(worked, { is: 'resume' }, later)).toBe(worked);
    expect(changeSweep({ ...worked, status: 'paused' }, { is: 'resume' }, later)).toEqual({
      ...worked,
      pacedFrom: { at: later, handled: 3 },
    });
    expect(changeSweep(worked, { is: 'rate', ratePerSecond: 100 }, later)).toEqual({
      ...worked,
      ratePerSecond: 100,
      readyAt: T0 + 130,
      pacedFrom: { at: later, handled: 3 },
    });
    expect(changeSweep(worked, { is: 'rate', ratePerSecond: 1 }, later).readyAt).toBe(worked.readyAt);
    expect(changeSweep(worked, { is: 'cancel' }, later)).toEqual({ ...worked, status: 'cancelled', endedAt: later });
    const next = { ...plan, sequence: 4 as Sequence, ratePerSecond: 50 };
    expect(supersedeSweep(worked, next, later)).toMatchObject({
      ratePerSecond: 4,
      readyAt: T0 + 750,
      startedAt: later,
    });
    expect(supersedeSweep({ ...worked, readyAt: 0 }, next, later).readyAt).toBe(later);
    expect(supersedeSweep({ ...worked, status: 'done' }, next, later)).toEqual(startSweep(next, later));
  });

  test('says how far it is', () => {
    const at = (part: Partial<Sweep>, now = T0 + 1000) => sweepProgress({ ...sweep, ...part }, now as Instant);
    expect(at({ done: 10 })).toMatchObject({ share: 0.999, handled: 10, estimatedEnd: T0 + 1000 });
    expect(at({ done: 12 })).toMatchObject({ share: 0.999, estimatedEnd: T0 + 1000 });
    expect(at({ total: 0 }).share).toBe(0);
    expect(at({ total: 0, status: 'done' })).toMatchObject({ share: 1, estimatedEnd: null });
    expect(at({ status: 'paused', done: 5 })).toMatchObject({ share: 0.5, estimatedEnd: null });
    // Eight in a second are more than the rate allows.
    expect(at({ done: 8 })).toMatchObject({ observedPerSecond: 8, estimatedEnd: T0 + 1500 });
    expect(at({ done: 2 })).toMatchObject({ observedPerSecond: 2, estimatedEnd: T0 + 5000 });
    expect(at({ done: 2 }, T0)).toMatchObject({ observedPerSecond: null, estimatedEnd: T0 + 2000 });
    expect(at({ done: 4, pacedFrom: { at: T0, handled: 4 } }).observedPerSecond).toBeNull();
    expect(at({ done: 1, failed: 1, total: 3, ratePerSecond: 0.3, readyAt: T0 })).toMatchObject({
      failed: 1,
      estimatedEnd: T0 + 1000 + 3334,
    });
  });
});

describe('a publish', () => {
  test('records what differs, by segment, and keeps who was a member before', () => {
    const now = 50 as Instant;
    const since = 10 as Instant;
    const memberships = new Map([
      ['d', { member: true, since }],
      ['c', { member: false, since }],
      ['b', { member: true, since }],
    ]);
    const state = { sequence: 1 as Sequence, memberships };
    const offered = { sequence: 2 as Sequence, members: () => new Set(['e', 'b', 'a', 'c']) };
    const found = publishCatchUp(state, offered, now);
    expect(found.changes).toEqual([
      { segment: 'a', status: 'entered', since: now, cause: 'publish' },
      { segment: 'c', status: 'entered', since: now, cause: 'publish' },
      { segment: 'd', status: 'exited', since: now, cause: 'publish' },
      { segment: 'e', status: 'entered', since: now, cause: 'publish' },
    ]);
    expect(found.state.memberships.get('b')).toEqual({ member: true, since });
    expect(memberships.get('d')?.member).toBe(true);
    const same = { ...offered, sequence: 1 as Sequence };
    expect(publishCatchUp(state, same, now)).toEqual({ state, changes: [] });
  });

  test('compares segments by name, whatever the order, and what a reference that leads nowhere leads to', () => {
    const node = (name: string, meaning: string, ...reads: string[]) => ({
      kind: 'segment' as const,
      name,
      meaning,
      reads: reads.map((read) => ({ kind: 'segment' as const, name: read })),
    });
    const before = { context: 'UTC', nodes: [node('z', '1', 'y', 'gone'), node('y', '1'), node('x', '1', 'z')] };
    const after = { context: 'UTC', nodes: [node('x', '1', 'z'), node('y', '2'), node('z', '1', 'gone', 'y')] };
    expect(changedSegments(before, after)).toEqual({
      added: [],
      removed: [],
      edited: ['y'],
      dependents: ['x', 'z'],
      compare: ['x', 'y', 'z'],
      compileBefore: ['x', 'y', 'z'],
      compileAfter: ['x', 'y', 'z'],
    });
    const measure = { kind: 'measure' as const, name: 'y', meaning: '1', reads: [] };
    const renamed = { context: 'UTC', nodes: [node('x', '1', 'z'), measure, node('z', '1', 'gone', 'y')] };
    expect(changedSegments(before, renamed)).toMatchObject({ removed: ['y'], added: [], edited: [] });
  });
});
