import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant, ProfileId, Sequence } from '../../../core/lib/ids.ts';
import { parseSweep } from '../../../core/segment/preview/parse-sweep.ts';
import { type PublishedState, publishCatchUp } from '../../../core/segment/preview/publish-catch-up.ts';
import {
  applyBatch,
  type BatchOutcome,
  changeSweep,
  nextBatch,
  type Sweep,
  type SweepBatch,
  startSweep,
  supersedeSweep,
} from '../../../core/segment/preview/sweep-plan.ts';
import { sweepProgress } from '../../../core/segment/preview/sweep-progress.ts';
import { profileId } from './seeded.ts';

const T0 = 1_000_000 as Instant;
const plan = (sequence: number, total: number, ratePerSecond = 50, maxBatch = 10) => ({
  sequence: sequence as Sequence,
  total,
  ratePerSecond,
  maxBatch,
});

function reload(sweep: Sweep): Sweep {
  const parsed = parseSweep(JSON.parse(JSON.stringify(sweep)));
  if (!parsed.ok) throw new Error(parsed.error);
  expect(parsed.value).toEqual(sweep);
  return parsed.value;
}

/** What a driver does with a batch, over an index of ids in order. */
function work(index: readonly ProfileId[], batch: SweepBatch, startedAt: Instant, touch: (id: ProfileId) => void) {
  const listed = index.filter((id) => batch.after === null || id > batch.after).slice(0, batch.size);
  for (const id of listed) touch(id);
  const outcome: BatchOutcome = {
    batch,
    startedAt,
    endedAt: (startedAt + 5) as Instant,
    last: listed.at(-1) ?? null,
    touched: listed.length,
    failed: 0,
  };
  return outcome;
}

type Step = 'batch' | 'crash' | 'reload' | 'twice' | 'pause' | 'resume' | 'publish' | 'stale' | 'born' | 'erase';
const STEPS: readonly Step[] = ['crash', 'reload', 'twice', 'pause', 'resume', 'publish', 'stale', 'born', 'erase'];
const steps = fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant<Step>('batch') }, fc.constantFrom(...STEPS)), {
  maxLength: 60,
  size: 'max',
});

describe('a sweep', () => {
  it('under any interruption touches every indexed profile with the newest sequence, never backwards, never faster than its rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70 }), steps, fc.integer({ min: 1, max: 200 }), (count, script, rate) => {
        const index = Array.from({ length: count }, (_, n) => profileId(2 * n));
        let sequence = 1 as Sequence;
        const profiles = new Map<ProfileId, PublishedState>(
          index.map((id) => [id, { sequence: 0 as Sequence, memberships: new Map() }]),
        );
        const touches: number[] = [];
        let clock = T0;
        const touch = (with_: Sequence) => (id: ProfileId) => {
          touches.push(clock);
          const held = profiles.get(id);
          if (!held) throw new Error('not indexed');
          const offered = { sequence: with_, members: () => new Set([`s${with_}`]) };
          const { state, changes } = publishCatchUp(held, offered, clock);
          expect(state.sequence).toBe(Math.max(held.sequence, with_));
          expect(changes.length > 0).toBe(with_ > held.sequence);
          profiles.set(id, state);
        };
        let sweep = startSweep(plan(1, count, rate), clock);
        let late: BatchOutcome | null = null;
        let crashed = 0;
        const runBatch = (step: Step) => {
          const batch = nextBatch(sweep, clock);
          if (batch === null) return;
          clock = batch.notBefore;
          const outcome = work(index, batch, clock, touch(batch.sequence));
          if (step === 'crash') {
            crashed += outcome.touched;
            return;
          }
          sweep = applyBatch(sweep, outcome);
          if (step === 'twice') {
            const once = sweep;
            sweep = applyBatch(sweep, outcome);
            if (outcome.last !== null) expect(sweep).toBe(once);
          }
          late = outcome;
        };
        for (const step of [...script, 'resume' as const, ...Array.from({ length: 90 }, () => 'batch' as const)]) {
          if (step === 'batch' || step === 'crash' || step === 'twice') runBatch(step);
          else if (step === 'reload') sweep = reload(sweep);
          else if (step === 'pause' || step === 'resume') sweep = changeSweep(sweep, { is: step }, clock);
          else if (step === 'stale' && late) sweep = applyBatch(sweep, late);
          else if (step === 'publish') {
            sequence = (sequence + 1) as Sequence;
            sweep = supersedeSweep(sweep, plan(sequence, index.length, rate), clock);
            expect(supersedeSweep(sweep, plan(sequence - 1, index.length), clock)).toBe(sweep);
          } else if (step === 'born') {
            const id = profileId(2 * Math.floor((clock * 7919) % 97) + 1);
            if (!profiles.has(id)) {
              // Evaluated for the first time under what is live.
              profiles.set(id, { sequence, memberships: new Map() });
              index.push(id);
              index.sort();
            }
          } else if (step === 'erase') {
            const id = index[Math.floor((clock * 104_729) % 97)];
            if (id !== undefined) {
              index.splice(index.indexOf(id), 1);
              profiles.delete(id);
            }
          }
          const progress = sweepProgress(sweep, clock);
          expect(progress.share).toBeGreaterThanOrEqual(0);
          expect(progress.share === 1).toBe(sweep.status === 'done');
        }
        expect(sweep.status).toBe('done');
        expect(sweep.sequence).toBe(sequence);
        for (const state of profiles.values()) expect(state.sequence).toBe(sequence);
        // A batch may come at once at the start; crashed work was not accounted for.
        const allowed = ((clock - T0) / 1000) * rate + 10 + 1 + crashed;
        expect(touches.length).toBeLessThanOrEqual(allowed);
      }),
      { numRuns: 300 },
    );
  });

  it('stops when cancelled: no batch, no late outcome, no command and no old publish revives it', () => {
    const index = Array.from({ length: 40 }, (_, n) => profileId(n));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), (batches) => {
        let sweep = startSweep(plan(4, 40), T0);
        for (let i = 0; i < batches; i++) {
          const batch = nextBatch(sweep, T0);
          if (batch)
            sweep = applyBatch(
              sweep,
              work(index, batch, batch.notBefore, () => {}),
            );
        }
        const under = nextBatch(sweep, T0);
        sweep = reload(changeSweep(sweep, { is: 'cancel' }, T0));
        expect(sweep.endedAt).toBe(T0);
        expect(nextBatch(sweep, T0)).toBeNull();
        if (under)
          expect(
            applyBatch(
              sweep,
              work(index, under, T0, () => {}),
            ),
          ).toBe(sweep);
        for (const is of ['resume', 'pause', 'cancel'] as const) expect(changeSweep(sweep, { is }, T0)).toBe(sweep);
        expect(changeSweep(sweep, { is: 'rate', ratePerSecond: 5 }, T0)).toBe(sweep);
        for (const old of [3, 4]) expect(supersedeSweep(sweep, plan(old, 40), T0)).toBe(sweep);
        expect(sweepProgress(sweep, T0).estimatedEnd).toBeNull();
        expect(supersedeSweep(sweep, plan(5, 40), T0)).toMatchObject({ sequence: 5, status: 'running', cursor: null });
      }),
    );
  });

  it('keeps the rate of less than one a second, and ends a long wait when the rate is raised', () => {
    const index = Array.from({ length: 5 }, (_, n) => profileId(n));
    let sweep = startSweep(plan(1, 5, 0.01), T0);
    const first = nextBatch(sweep, T0);
    expect(first).toMatchObject({ size: 1, notBefore: T0, after: null });
    if (first)
      sweep = applyBatch(
        sweep,
        work(index, first, T0, () => {}),
      );
    expect(nextBatch(sweep, T0)?.notBefore).toBe(T0 + 100_000);
    sweep = changeSweep(sweep, { is: 'rate', ratePerSecond: 2 }, T0);
    expect(nextBatch(sweep, T0)).toMatchObject({ size: 2, notBefore: T0 + 1_000 });
  });

  it('earns no credit by pausing, nor by being published again', () => {
    let sweep = startSweep(plan(1, 100), T0);
    const batch = nextBatch(sweep, T0);
    const index = Array.from({ length: 100 }, (_, n) => profileId(n));
    if (batch)
      sweep = applyBatch(
        sweep,
        work(index, batch, T0, () => {}),
      );
    expect(nextBatch(supersedeSweep(sweep, plan(2, 100), T0), T0)?.notBefore).toBe(T0 + 200);
    sweep = changeSweep(changeSweep(sweep, { is: 'pause' }, T0), { is: 'resume' }, (T0 + 60_000) as Instant);
    const later = (T0 + 60_000) as Instant;
    const again = nextBatch(sweep, later);
    expect(again?.notBefore).toBe(later);
    if (again)
      sweep = applyBatch(
        sweep,
        work(index, again, later, () => {}),
      );
    expect(nextBatch(sweep, later)?.notBefore).toBe(later + 200);
  });

  it('does not take the first batch of a former sequence for its own', () => {
    const old = startSweep(plan(1, 100), T0);
    const batch = nextBatch(old, T0);
    const sweep = supersedeSweep(old, plan(2, 100), T0);
    expect(batch?.after).toBe(sweep.cursor);
    if (!batch) throw new Error('no batch');
    const outcome = { batch, startedAt: T0, endedAt: T0, last: profileId(9), touched: 10, failed: 0 };
    expect(applyBatch(sweep, outcome)).toBe(sweep);
    expect(applyBatch(old, outcome)).toMatchObject({ cursor: profileId(9), done: 10 });
  });

  it('stays paused, and at the rate that was set, when a newer sequence takes its place', () => {
    let sweep = changeSweep(startSweep(plan(1, 100), T0), { is: 'rate', ratePerSecond: 3 }, T0);
    sweep = changeSweep(sweep, { is: 'pause' }, T0);
    expect(supersedeSweep(sweep, plan(2, 100), T0)).toMatchObject({ sequence: 2, status: 'paused', ratePerSecond: 3 });
  });

  it('estimates its end from the rate, then from the pace that it really has', () => {
    let sweep = startSweep(plan(1, 100, 10), T0);
    expect(sweepProgress(sweep, T0)).toMatchObject({ share: 0, observedPerSecond: null, estimatedEnd: T0 + 10_000 });
    const batch = nextBatch(sweep, T0);
    const last = profileId(9);
    if (batch) {
      const outcome = { batch, startedAt: T0, endedAt: T0, last, touched: 8, failed: 2 };
      sweep = applyBatch(sweep, outcome);
    }
    // 10 of 100 in 4 s, though the rate allows more: 90 are left.
    const now = (T0 + 4_000) as Instant;
    expect(sweepProgress(sweep, now)).toEqual({
      status: 'running',
      handled: 10,
      failed: 2,
      total: 100,
      share: 0.1,
      observedPerSecond: 2.5,
      estimatedEnd: now + 36_000,
    });
  });

  it('refuses what is not a stored sweep', () => {
    const sound = JSON.parse(JSON.stringify(startSweep(plan(1, 5), T0))) as Record<string, unknown>;
    expect(parseSweep({ ...sound, format: 2 })).toEqual({ ok: false, error: 'newerFormat' });
    const broken: unknown[] = [null, 1, [], { ...sound, status: 'asleep' }, { ...sound, cursor: 'x' }];
    for (const name of Object.keys(sound)) broken.push({ ...sound, [name]: undefined }, { ...sound, [name]: 'no' });
    broken.push({ ...sound, ratePerSecond: 0 }, { ...sound, maxBatch: 0 }, { ...sound, done: -1 });
    for (const value of broken) expect(parseSweep(value)).toEqual({ ok: false, error: 'corrupt' });
  });
});

describe('catching up with a publish', () => {
  it('is the newest ruleset of all touches, in whatever order they come', () => {
    const touch = fc.record({ sequence: fc.integer({ min: 1, max: 6 }), after: fc.integer({ min: 0, max: 50 }) });
    fc.assert(
      fc.property(fc.array(touch, { minLength: 1, maxLength: 20 }), (touches) => {
        // Sequence n holds the segments whose bit is set in n.
        const membersOf = (n: number) => new Set(['a', 'b', 'c'].filter((_, bit) => ((n >> bit) & 1) === 1));
        let state: PublishedState = { sequence: 0 as Sequence, memberships: new Map() };
        let now = T0;
        let highest = 0;
        for (const { sequence, after } of touches) {
          now = (now + after) as Instant;
          const before = state;
          const offered = { sequence: sequence as Sequence, members: () => membersOf(sequence) };
          const result = publishCatchUp(before, offered, now);
          if (sequence <= highest) expect(result).toEqual({ state: before, changes: [] });
          for (const { segment, status, since, cause } of result.changes) {
            expect([since, cause]).toEqual([now, 'publish']);
            expect(before.memberships.get(segment)?.member ?? false).toBe(status === 'exited');
          }
          state = result.state;
          highest = Math.max(highest, sequence);
          expect(state.sequence).toBe(highest);
          const held = [...state.memberships].filter(([, { member }]) => member).map(([id]) => id);
          expect(new Set(held)).toEqual(membersOf(highest));
          // Touching again with the same ruleset changes nothing.
          expect(publishCatchUp(state, offered, now).changes).toEqual([]);
        }
      }),
    );
  });
});
