import { expect, test } from 'vitest';
import type { Cell, Query } from '../../../core/segment/runtime/program.ts';
import { querySpans } from '../../../core/segment/runtime/resident/query-spans.ts';
import type { Window } from '../../../core/segment/runtime/window.ts';
import { compileWorld } from '../../property/segment-engine-harness.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);
const NEVER_ENDS = Number.POSITIVE_INFINITY;
const span = (days: number): Window => ({ is: 'span', ms: days * DAY });
const months = (count: number): Window => ({ is: 'months', months: count, closed: false });
const reads = { attributes: [], queries: [], cells: [], segments: [], scores: false };
const truth = { ifTrue: 0, ifFalse: 1 };
const count = (query: number, window: Window | null): Cell => ({ kind: 'count', query, window, n: 1, ...truth, reads });

function spansOf(queries: number, cells: readonly Cell[]) {
  const { program } = compileWorld(
    { segments: { s: 'a = 1' }, measures: {}, attributes: null, timeZone: 'UTC', scores: {} },
    NOW,
  ).engine;
  const query: Query = { purposes: 0, types: null, where: [], rest: null };
  return [...querySpans({ ...program, cells, queries: new Array<Query>(queries).fill(query) })];
}

test('rows of a query matter as long as the longest window that reads it', () => {
  const cells = [count(0, span(3)), count(0, span(9)), count(0, span(5)), count(1, null)];
  expect(spansOf(3, cells)).toEqual([9 * DAY, NEVER_ENDS, 0]);
  const value: Cell = { kind: 'value', code: { op: 'now' }, reads: { ...reads, queries: [0] } };
  expect(spansOf(2, [value, count(1, span(1))])).toEqual([NEVER_ENDS, DAY]);
});

test('months are as long as the longest ones, with an hour of summer', () => {
  // July and August, December and January.
  const [one, two] = spansOf(2, [count(0, months(1)), count(1, months(2))]) as [number, number];
  for (const [found, days] of [
    [one, 31],
    [two, 62],
  ] as const) {
    expect(found).toBeGreaterThan((days + 1) * DAY);
    expect(found).toBeLessThan((days + 4) * DAY);
  }
});

test('of a sequence all that matters is later than its first row, and each step ends with its own window', () => {
  const step = (query: number, window: Window | null, exclude = -1) => ({ query, window, withinMs: null, exclude });
  const sequence = (exclude: number, ...steps: ReturnType<typeof step>[]): Cell => ({
    ...{ kind: 'sequence', steps, exclude, ...truth, reads },
  });
  expect(spansOf(4, [sequence(3, step(0, null), step(1, span(5), 2))])).toEqual([
    NEVER_ENDS,
    5 * DAY,
    NEVER_ENDS,
    5 * DAY,
  ]);
  expect(spansOf(4, [sequence(3, step(0, span(5)), step(1, span(9), 2))])).toEqual([
    5 * DAY,
    5 * DAY,
    5 * DAY,
    5 * DAY,
  ]);
  expect(spansOf(2, [sequence(-1, step(0, span(5)), step(1, span(2)))])).toEqual([5 * DAY, 2 * DAY]);
});
