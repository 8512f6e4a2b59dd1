import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { limit } from '../../../core/lib/limits.ts';
import type { Annotations } from '../../../core/ruleset/annotations.ts';
import type { Written } from '../../../core/ruleset/resources.ts';
import { MAX_RULE_TEXT } from '../../../core/segment/language/parse-expression.ts';
import { segmentInputSchema, segmentSchema } from '../../../core/segment/schema.ts';
import type { Segment } from '../../../core/segment/segment.ts';

const SEGMENT = { id: 'gold', name: 'Gold', purpose: 'personalization', public: true };
const RULE = { op: 'compare', is: '=', left: { op: 'path', climb: 0, steps: ['tier'] }, right: { op: 'now' } };

describe('a segment', () => {
  it('has exactly the hand-written types', () => {
    expectTypeOf<z.output<typeof segmentSchema>>().toExtend<Segment>();
    expectTypeOf<Segment>().toExtend<z.output<typeof segmentSchema>>();
    expectTypeOf<keyof z.output<typeof segmentSchema>>().toEqualTypeOf<keyof Segment | keyof Annotations>();
    expectTypeOf<z.output<typeof segmentInputSchema>>().toExtend<Written<Segment>>();
  });

  it('is stored with a tree and put with a tree or text; nobody observes it by default', () => {
    expect(segmentSchema.parse({ ...SEGMENT, rule: RULE })).toEqual({ ...SEGMENT, rule: RULE, observed: false });
    expect(segmentInputSchema.parse({ ...SEGMENT, rule: 'tier = now', observed: true })).toMatchObject({
      rule: 'tier = now',
      observed: true,
    });
    expect(segmentSchema.safeParse({ ...SEGMENT, rule: 'tier = now' }).success).toBe(false);
  });

  it.each([
    ['no rule', SEGMENT],
    ['a rule of the first version', { ...SEGMENT, rule: { op: 'attribute', name: 'tier', is: '=', value: 'gold' } }],
    ['a member unknown to the schema', { ...SEGMENT, rule: { ...RULE, note: 'x' } }],
    ['an id that is no slug', { ...SEGMENT, rule: RULE, id: 'Gold' }],
    ['a purpose that is none', { ...SEGMENT, rule: RULE, purpose: 'fun' }],
  ])('is not %s', (_name, value) => {
    expect(segmentSchema.safeParse(value).success).toBe(false);
    expect(segmentInputSchema.safeParse(value).success).toBe(false);
  });
});

it('the limit of rule text is that of the parser', () => {
  expect(limit('ruleText')).toBe(MAX_RULE_TEXT);
});
