import { describe, expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { Rule } from '../../../core/segment/rule.ts';
import { type ruleNode, ruleSchema, segmentSchema } from '../../../core/segment/schema.ts';
import type { Segment } from '../../../core/segment/segment.ts';

/** Extending each other is not enough: an optional member that one side lacks would pass. */
type Members<R extends { readonly op: string }> = { readonly [One in R as One['op']]: keyof One };

test('the schemas give exactly the hand-written types', () => {
  expectTypeOf<z.output<typeof ruleNode>>().toExtend<Rule>();
  expectTypeOf<Rule>().toExtend<z.output<typeof ruleNode>>();
  expectTypeOf<Members<z.output<typeof ruleNode>>>().toEqualTypeOf<Members<Rule>>();
  expectTypeOf<z.output<typeof ruleSchema>>().toExtend<Rule>();
  expectTypeOf<z.output<typeof segmentSchema>>().toExtend<Segment>();
  expectTypeOf<Segment>().toExtend<z.output<typeof segmentSchema>>();
  expectTypeOf<keyof z.output<typeof segmentSchema>>().toEqualTypeOf<keyof Segment>();
});

const rule = {
  op: 'and',
  of: [
    { op: 'attribute', name: 'tier', is: 'in', value: ['gold'] },
    {
      op: 'not',
      of: {
        op: 'count',
        of: {
          types: ['a'],
          where: [{ field: 'x.y', is: '=', value: { attribute: 'tier' } }],
          within: { amount: 1, unit: 'day' },
        },
        is: '>',
        value: 0,
      },
    },
    { op: 'didNotSince', did: { types: ['a', 'b'] }, notSince: { types: ['c'] } },
    { op: 'inSegment', segment: 'loyal' },
  ],
};

describe('ruleSchema', () => {
  test('keeps a rule as it is', () => {
    expect(ruleSchema.parse(structuredClone(rule))).toEqual(rule);
  });

  test.each<[string, unknown]>([
    ['an unknown op', { op: 'maybe' }],
    ['an unknown member', { op: 'and', of: [], extra: 1 }],
    ['no types', { op: 'count', of: { types: [] }, is: '>', value: 0 }],
    ['an empty window', { op: 'count', of: { types: ['a'], within: { amount: 0, unit: 'day' } }, is: '>', value: 0 }],
    ['a bad segment id', { op: 'inSegment', segment: 'Loyal' }],
    ['an explicit undefined', { op: 'attribute', name: 'tier', is: 'isNull', value: undefined }],
  ])('refuses %s', (_, given) => {
    expect(ruleSchema.safeParse(given).success).toBe(false);
  });

  test('refuses hostile depth without recursing into it', () => {
    let deep: unknown = rule;
    for (let i = 0; i < 100_000; i++) deep = { op: 'not', of: deep };
    expect(ruleSchema.safeParse(deep).success).toBe(false);
  });
});

test('segmentSchema wants a slug and a known purpose', () => {
  const segment = { id: 'loyal', name: 'Loyal', rule, purpose: 'analytics', public: true };
  expect(segmentSchema.safeParse(segment).success).toBe(true);
  expect(segmentSchema.safeParse({ ...segment, id: '-loyal' }).success).toBe(false);
  expect(segmentSchema.safeParse({ ...segment, purpose: 'fun' }).success).toBe(false);
});
