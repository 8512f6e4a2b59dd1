import { expect, test } from 'vitest';
import type { OracleEvent } from '../../oracle/value.ts';
import { compileWorld, EngineProfile } from '../../property/segment-engine-harness.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);
const since = (days: number, rest: string) => `xEvent[timestamp occurs < ${days} days before now].${rest}`;
const ignore = () => undefined;
const view = (id: string, at: number): OracleEvent => ({ id, source: 'web', type: 'view', at, data: {}, context: {} });

/** Nobody reads `lone` and `twice`; a segment reads `read`, and through it `below`. */
const MEASURES = {
  lone: since(3, 'count()'),
  twice: 'lone * 2',
  below: since(5, 'count()'),
  read: 'below + 0',
};

const valuesOf = (engine: EngineProfile) => {
  const [below, lone, read, twice] = engine.values();
  return [lone, twice, below, read];
};

test('measures that no segment reads are right wherever time stops, and end nothing on the way', () => {
  const world = { measures: MEASURES, attributes: null, timeZone: 'UTC', scores: {} };
  const compiled = compileWorld({ ...world, segments: { s: 'read >= 2' } }, NOW);
  const events = [view('a', NOW - DAY), view('b', NOW - 2 * DAY), view('c', NOW - 3 * DAY + 1)];
  const engine = new EngineProfile(compiled, { attributes: {}, events }, NOW);
  expect(valuesOf(engine)).toEqual([3, 6, 3, 3]);
  expect(engine.advance(NOW + 1)).toEqual([[]]);
  expect(valuesOf(engine)).toEqual([2, 4, 3, 3]);
  engine.arrive([view('d', NOW + 1)], ignore);
  expect(valuesOf(engine)).toEqual([3, 6, 4, 4]);
  // Two of them end, and one instant later nothing.
  expect(engine.advance(NOW + 2 * DAY)).toEqual([[]]);
  expect(valuesOf(engine)).toEqual([1, 2, 4, 4]);
  expect(engine.nextFlip(null, NOW + 9 * DAY)).toBe(NOW + 4 * DAY);
  expect(valuesOf(engine)).toEqual([1, 2, 4, 4]);
  expect(engine.advance(NOW + 3 * DAY)).toEqual([[]]);
  expect(valuesOf(engine)).toEqual([1, 2, 2, 2]);
  expect(engine.advance(NOW + 3 * DAY + 1)).toEqual([[]]);
  expect(valuesOf(engine)).toEqual([0, 0, 2, 2]);
  expect(engine.advance(NOW + 30 * DAY)).toEqual([[NOW + 4 * DAY]]);
  expect(valuesOf(engine)).toEqual([0, 0, 0, 0]);
});

test('a measure that is now moves with it', () => {
  const world = { measures: { clock: 'now' }, attributes: null, timeZone: 'UTC', scores: {} };
  const compiled = compileWorld({ ...world, segments: { s: 'a = 1' } }, NOW);
  const engine = new EngineProfile(compiled, { attributes: {}, events: [] }, NOW);
  engine.advance(NOW + DAY);
  expect(engine.values()).toEqual([new Date(NOW + DAY).toISOString()]);
});

test('nothing can flip before the next deadline of what a segment reads', () => {
  const world = { measures: MEASURES, attributes: null, timeZone: 'UTC', scores: {} };
  const compiled = compileWorld({ ...world, segments: { s: 'read >= 2' } }, NOW);
  const engine = new EngineProfile(compiled, { attributes: {}, events: [] }, NOW);
  engine.arrive([view('a', NOW)], ignore);
  expect(engine.until).toBe(NOW + 5 * DAY);
  engine.advance(NOW + 3 * DAY);
  expect(valuesOf(engine)).toEqual([0, 0, 1, 1]);
  expect(engine.until).toBe(NOW + 5 * DAY);
});
