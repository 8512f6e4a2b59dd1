import { describe, expect, test } from 'vitest';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { createLog, insertEvent, type LogEvent } from '../../../core/segment/runtime/log/log.ts';
import type { Program, Query, SequenceCell, SequenceStep } from '../../../core/segment/runtime/program.ts';
import { createResident } from '../../../core/segment/runtime/resident.ts';
import { createRandom, type Random } from './profile-fixture.ts';

/** Types of events and queries at once. */
const TYPES = ['a', 'b', 'c', 'd'];
const NOW = 1000;

const subject = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };
const queries = TYPES.map((type): Query => ({ purposes: 1, types: [type], where: [], rest: null }));

function randomCell(random: Random): SequenceCell {
  const exclude = () => (random.unit() < 0.4 ? random.below(4) : -1);
  const steps = Array.from(
    { length: 1 + random.below(4) },
    (_, i): SequenceStep => ({
      query: random.below(4),
      window: random.unit() < 0.5 ? { is: 'span', ms: 1 + random.below(25) } : null,
      withinMs: i > 0 && random.unit() < 0.5 ? 1 + random.below(8) : null,
      exclude: i > 0 ? exclude() : -1,
    }),
  );
  const reads = { attributes: [], queries: [0, 1, 2, 3], cells: [], segments: [], scores: false };
  return { kind: 'sequence', steps, exclude: exclude(), ifTrue: 0, ifFalse: 1, reads };
}

const programOf = (cell: SequenceCell): Program => ({
  ...{ format: 2, logHash: '', queryHash: '', log: { types: null, columns: [] }, attributes: [], predicates: [] },
  zone: { name: 'UTC', starts: [], offsets: [0] },
  queries,
  cells: [cell],
  words: 1,
  segments: [{ id: 's', start: 0, access: -1, ifMember: -1, ifNotMember: -1 }],
  code: [0, -1, -2],
  order: [0, ~0],
});

/** Tries every choice. */
function expected({ steps, exclude }: SequenceCell, events: readonly LogEvent[], now: number): boolean {
  const rows = (query: number) =>
    events.filter(({ type, at }) => type === TYPES[query] && at <= now).map(({ at }) => at);
  const isFree = (query: number, from: number, to: number) =>
    query < 0 || !rows(query).some((at) => at > from && at < to);
  const search = (i: number, before: number): boolean => {
    const step = steps[i];
    if (step === undefined) return isFree(exclude, before, Number.POSITIVE_INFINITY);
    return rows(step.query).some((at) => {
      if (i > 0 && at <= before) return false;
      if (step.window?.is === 'span' && now - at >= step.window.ms) return false;
      if (step.withinMs !== null && at - before >= step.withinMs) return false;
      return isFree(step.exclude, before, at) && search(i + 1, at);
    });
  };
  return search(0, Number.NEGATIVE_INFINITY);
}

describe('sequences', () => {
  test.each(Array.from({ length: 20 }, (_, seed) => seed))('hold if any choice of events does, seed %i', (seed) => {
    const random = createRandom(seed);
    for (let round = 0; round < 40; round++) {
      const cell = randomCell(random);
      const engine = createEngine(programOf(cell));
      const event = (at: number): LogEvent => ({
        ...{ id: `${random.below(1e9)}`, source: 's', type: random.pick(TYPES), at, strand: 0, purposes: 1 },
        ...{ data: {}, context: {} },
      });
      const events = Array.from({ length: random.below(14) }, () => event(NOW - random.below(30)));
      const log = createLog(engine.program.log);
      for (const one of events) insertEvent(log, one);
      const resident = createResident(engine, log, subject, NOW);
      const onFlip = (_: number, member: boolean, at: number) => {
        expect([expected(cell, events, at - 1), expected(cell, events, at)]).toEqual([!member, member]);
      };
      for (let now = NOW; now < NOW + 25; now += random.below(4)) {
        resident.advance(now, onFlip);
        if (random.unit() < 0.4) {
          // At times ahead of now, and at the same millisecond as the one before.
          const newest = Math.max(now, log.length === 0 ? 0 : (log.at[log.length - 1] as number));
          const one = { ...event(newest + random.pick([0, 0, 0, 1, 3])), id: `~${log.length + 1000}` };
          events.push(one);
          resident.added(insertEvent(log, one), () => undefined);
        }
        expect(resident.members[0] === 1).toBe(expected(cell, events, now));
      }
    }
  });
});
