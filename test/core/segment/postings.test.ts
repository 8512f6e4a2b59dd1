import { expect, test } from 'vitest';
import { addFact, createPostings, decodePostings, dropStrand, encodePostings } from '../../../core/segment/postings.ts';
import type { Rule } from '../../../core/segment/rule.ts';
import { fact, NOW, runtimeOf } from './fixture.ts';

const counted: Rule = { op: 'count', of: { types: ['a', 'b'] }, is: '>', value: 1 };
const summed: Rule = { op: 'sum', field: 'total', of: { types: ['b'] }, is: '>', value: 1 };
const runtime = runtimeOf([
  { id: 'x', rule: counted, purpose: 'analytics' },
  { id: 'y', rule: summed, purpose: 'analytics' },
]);

test('only queries of the type are touched', () => {
  const postings = createPostings(runtime);
  expect(addFact(runtime, postings, fact('a', NOW))).toHaveLength(1);
  expect(addFact(runtime, postings, fact('b', NOW))).toHaveLength(2);
  expect(addFact(runtime, postings, fact('c', NOW))).toHaveLength(0);
  expect(dropStrand(runtime, postings, 5)).toEqual([]);
  expect(dropStrand(runtime, postings, 0)).toHaveLength(2);
  expect(encodePostings(postings)).toEqual(encodePostings(createPostings(runtime)));
});

test('any text, number and time survives', () => {
  const postings = createPostings(runtime);
  const totals = [
    0,
    -0,
    -1,
    0.1,
    2 ** 52,
    -(2 ** 53),
    1e300,
    'lone \uD800',
    '\u{1F45F}',
    true,
    false,
    ['x', 1, null],
    { no: 1 },
    null,
  ];
  for (const [i, total] of totals.entries())
    addFact(runtime, postings, fact('b', NOW * (i % 3 === 0 ? -1 : 1) + i, { data: { total }, strand: i * 300 }));
  expect(decodePostings(runtime, encodePostings(postings)).lists).toEqual(postings.lists);
});

test('an event without kept values costs few bytes', () => {
  const postings = createPostings(runtime);
  for (let i = 0; i < 1000; i++) addFact(runtime, postings, fact('a', NOW + i * 60_000));
  expect(encodePostings(postings).length).toBeLessThan(3_100);
});

test('bytes of another version or cut short are a bug', () => {
  const postings = createPostings(runtime);
  addFact(runtime, postings, fact('b', NOW, { data: { total: 1 } }));
  const bytes = encodePostings(postings);
  expect(() => decodePostings(runtime, bytes.subarray(0, bytes.length - 1))).toThrow(RangeError);
  expect(() => decodePostings(runtime, bytes.with(0, 99))).toThrow(RangeError);
});
