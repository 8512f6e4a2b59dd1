import { expect } from 'vitest';
import { evaluator } from '../../../cli/conformance/engine-evaluator.ts';
import { runSegmentCases } from '../../../cli/conformance/run-segment-cases.ts';

const profile = {
  s: 'Straße',
  n: 4.5,
  i: 2,
  b: true,
  no: false,
  empty: [],
  nums: [3, 1, 2, 1],
  words: ['b', 'a', 'c', 'a'],
  mixed: ['a', 1, true, null, 'b'],
  flags: [false, true],
  people: [
    { name: 'ann', age: 30, tags: ['x'] },
    { name: 'bob', tags: ['y', 'z'] },
    { name: 'cid', age: 20, tags: [] },
    { name: 'dan', age: 30 },
  ],
  map: { k: 1, l: 'x', none: null, in: { deep: 2 } },
  born: '1990-03-31',
  leap: '2000-02-29',
  since: '2026-03-30T23:30:00Z',
  text: 'not a date',
  emoji: 'a😀b',
  half: 'x\ud83dy',
} as const;
const NOW = '2026-03-31T12:00:00Z';
const events = [
  { id: 'e1', type: 'a', at: '2026-03-01T00:00:00Z', data: { p: 5, c: 'x', sku: 1, due: '2026-03-09' } },
  { id: 'e2', type: 'b', at: '2026-03-20T12:00:00Z', data: { p: 7, c: 'y', due: '2026-03-08' } },
  { id: 'e3', type: 'a', at: '2026-03-30T12:00:00Z', data: { p: 'no', c: 'x', sku: 2 } },
  { id: 'e4', type: 'b', at: '2026-03-31T12:00:00Z', data: { p: -1 } },
  { id: 'e5', type: 'a', at: '2026-03-31T12:00:00.001Z', data: { p: 100, c: 'future' } },
];

/** A rule and what the specification says of it: true, false, or null for unknown. */
export type Row = readonly [rule: string, expected: boolean | null];
/** Asks the engine about the profile and its events at NOW. */
export function checkCase(rule: string, expected: boolean | null, more: object = {}): void {
  const one = { id: rule, rule, profile, events, now: NOW, expect: expected, ...more };
  expect(runSegmentCases([one], evaluator).failures).toEqual([]);
}
