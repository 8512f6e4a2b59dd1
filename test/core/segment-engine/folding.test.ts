import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../../core/segment/runtime/evaluator.ts';
import { decodeLog } from '../../../core/segment/runtime/log/decode-log.ts';
import { encodeLog } from '../../../core/segment/runtime/log/encode-log.ts';
import { foldLog } from '../../../core/segment/runtime/log/fold-log.ts';
import { createFolded } from '../../../core/segment/runtime/log/folded.ts';
import { createLog, insertEvent, type LogEvent, removeStrand } from '../../../core/segment/runtime/log/log.ts';
import { createResident } from '../../../core/segment/runtime/resident.ts';
import { ADVERTISING, createRandom, DAY, HOUR, randomEvent, START } from './profile-fixture.ts';

const FULL = 40;
/** Days of UTC: at midnight the windows begin where buckets do. */
const MIDNIGHT = Math.floor(START / DAY) * DAY;

const compiled = compileProgram({
  segments: Object.entries({
    counted: 'xEvent[eventType = "product.viewed"].count() >= 60',
    recent: 'xEvent[eventType = "product.viewed" and timestamp occurs <= 30 days before now].count() >= 40',
    summed: 'xEvent[eventType = "order.placed" and timestamp occurs <= 20 days before now].sum(price) >= 500',
    monthly: 'xEvent[eventType = "product.viewed" and timestamp occurs <= 1 month before now].count() >= 40',
    monthlySum: 'xEvent[eventType = "order.placed" and timestamp occurs <= 1 month before now].sum(price) >= 500',
    short: 'xEvent[timestamp occurs < 1 hour before now].count() >= 1',
    chained: 'chain(xEvent, timestamp, [A: WHAT(eventType = "cart.added"), B: WHAT(eventType = "order.returned")])',
    nested: 'not inSegment("chained")',
    loyal: 'tier = "gold"',
  }).map(([id, rule]) => ({ id, rule, purpose: id === 'summed' ? ('advertising' as const) : ('necessary' as const) })),
  measures: [],
  attributes: null,
  models: null,
  timeZone: 'UTC',
  now: START as Instant,
});
if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
const { program } = compiled.value;
const engine = createEngine(program);
const segmentOf = (id: string) => program.segments.findIndex((segment) => segment.id === id);

const subject = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };
const encodeText = (text: string) => new TextEncoder().encode(text);
const decodeText = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function eventsOf(seed: number): readonly LogEvent[] {
  const random = createRandom(seed);
  return Array.from({ length: 300 }, () =>
    randomEvent(random, MIDNIGHT - random.below(40 * 24) * HOUR - random.below(HOUR) - 1),
  ).map((event) => ({ ...event, data: { ...event.data, price: 1 + random.below(40) } }));
}

const logOf = (events: readonly LogEvent[]) => {
  const log = createLog(program.log);
  for (const event of events) insertEvent(log, event);
  return log;
};

describe('folding', () => {
  test.each([1, 2, 3, 4, 5, 6])('changes no count and no sum where windows begin with a day, seed %i', (seed) => {
    const events = eventsOf(seed);
    const inFull = logOf(events);
    let log = createLog(program.log);
    for (const event of [...events].sort((a, b) => a.at - b.at)) {
      insertEvent(log, event);
      foldLog(engine, log, FULL);
      expect(log.length).toBeLessThanOrEqual(FULL + FULL / 8);
    }
    const decoded = decodeLog(program.log, encodeLog(log, encodeText), decodeText);
    if (!decoded.ok) throw new Error(decoded.error);
    log = decoded.value;
    const { query, column, strand, day } = log.folded ?? createFolded('');
    const names = query.map((of, i) => [of, column[i], strand[i], day[i]].join());
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(names).size).toBe(names.length);
    const evaluator = new Evaluator(engine);
    const withdrawn = { ...subject, withdrawn: (strand: number) => (strand === 1 ? ADVERTISING : 0) };
    for (const who of [subject, withdrawn]) {
      for (let now = MIDNIGHT; now < MIDNIGHT + 30 * DAY; now += DAY) {
        const [folded, exact] = [log, inFull].map((of) => createResident(engine, of, who, now).members);
        for (const id of ['counted', 'recent', 'summed', 'monthly', 'monthlySum', 'short', 'loyal']) {
          expect([id, folded?.[segmentOf(id)]]).toEqual([id, exact?.[segmentOf(id)]]);
        }
        expect([...evaluator.evaluate(log, who, now)]).toEqual([...(folded ?? [])]);
      }
    }
    const resident = createResident(engine, log, subject, MIDNIGHT);
    const jumped = createResident(engine, log, subject, MIDNIGHT + 29 * DAY);
    resident.advance(MIDNIGHT + 29 * DAY, () => undefined);
    expect([...resident.members]).toEqual([...jumped.members]);
    removeStrand(log, 2);
    removeStrand(inFull, 2);
    const left = [log, inFull].map((of) => createResident(engine, of, subject, MIDNIGHT + DAY).members);
    for (const id of ['counted', 'recent', 'summed', 'monthly', 'monthlySum'])
      expect(left[0]?.[segmentOf(id)]).toBe(left[1]?.[segmentOf(id)]);
  });

  test('says which segments it makes approximate', () => {
    const log = logOf(eventsOf(9));
    const since = (id: string, now: number) =>
      createResident(engine, log, subject, now).approximateSince(segmentOf(id));
    expect(since('chained', MIDNIGHT)).toBeNull();
    expect(foldLog(engine, log, FULL)).toBe(true);
    expect(foldLog(engine, log, FULL)).toBe(false);
    const until = log.folded?.until;
    expect(until).toBeLessThanOrEqual(log.at[0] as number);
    expect(since('chained', MIDNIGHT)).toBe(until);
    expect(since('nested', MIDNIGHT)).toBe(until);
    for (const id of ['recent', 'monthly']) expect(since(id, MIDNIGHT + HOUR)).toBe(until);
    for (const id of ['counted', 'short', 'loyal']) expect(since(id, MIDNIGHT + HOUR)).toBeNull();
    expect(since('recent', MIDNIGHT)).toBeNull();
  });

  test('leaves buckets of other queries alone', () => {
    const log = logOf(eventsOf(11));
    foldLog(engine, log, FULL);
    const other = createEngine({ ...program, queryHash: 'other' });
    const resident = createResident(other, log, subject, MIDNIGHT);
    expect(resident.members[segmentOf('counted')]).toBe(0);
    expect(resident.approximateSince(segmentOf('counted'))).toBeNull();
  });
});
