import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  offerInputSchema,
  offerSchema,
  placementSchema,
  rankerInputSchema,
} from '../../../core/decision/decision.schema.ts';
import { parseDuration } from '../../../core/decision/duration.ts';
import { limit } from '../../../core/lib/limits.ts';
import { schemaProblems } from '../../../core/ruleset/schema.ts';

const OFFER = { id: 'gift', name: 'Gift', placements: ['hero'], content: 'x' };
const PLACEMENT = { id: 'hero', name: 'Hero', kind: 'html' };
const RANKER = { id: 'best', name: 'Best' };

function pointers(schema: z.ZodType, value: unknown): readonly string[] {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : schemaProblems(parsed.error).map(({ pointer }) => pointer);
}

describe('a duration', () => {
  it.each([
    ['P7D', 604_800_000],
    ['P2W', 1_209_600_000],
    ['PT30M', 1_800_000],
    ['P1DT12H', 129_600_000],
    ['PT1H30M15S', 5_415_000],
    ['P0DT1S', 1000],
  ])('%s has so many ms', (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each(['', 'P', 'PT', 'P1M', 'P1Y', 'P1Y2D', 'P1W2D', 'P1DT', 'PT0S', 'P0D', '7D', 'P-1D', 'P1.5D', 'p7d', 'P7D '])(
    '%j is none',
    (text) => expect(parseDuration(text)).toBeNull(),
  );
});

describe('a placement', () => {
  it('may be as it was before there were more kinds', () => {
    expect(placementSchema.parse(PLACEMENT)).toEqual({ ...PLACEMENT, fallback: null });
    expect(placementSchema.parse({ ...PLACEMENT, kind: 'json', fallback: { a: 1 } })).toMatchObject({
      fallback: { a: 1 },
    });
  });

  it.each(['value', 'json', 'html', 'dom', 'redirect', 'list'])('may be of kind %s', (kind) => {
    expect(pointers(placementSchema, { ...PLACEMENT, kind })).toEqual([]);
  });

  it.each<[string, object, readonly string[]]>([
    ['another kind', { kind: 'video' }, ['/kind']],
    ['a type of value that is none', { kind: 'value', valueType: 'date' }, ['/valueType']],
    ['a type of value without being of that kind', { valueType: 'number' }, ['/valueType']],
    ['no offers at all', { count: 0 }, ['/count']],
    ['more offers than fit', { count: limit('proposedOffers') + 1 }, ['/count']],
    ['half a priority', { priority: 0.5 }, ['/priority']],
    ['a cap of nothing', { caps: [{ count: 0, of: 'impression' }] }, ['/caps/0/count']],
    ['a cap of no known event', { caps: [{ count: 1, of: 'product.seen' }] }, ['/caps/0/of']],
    ['a cap in itself', { caps: [{ count: 1, of: 'click', in: 'placement' }] }, ['/caps/0/in']],
    ['a window of months', { caps: [{ count: 1, of: 'click', within: { last: 'P1M' } }] }, ['/caps/0/within/last']],
    [
      'an hour of the calendar',
      { caps: [{ count: 1, of: 'click', within: { this: 'hour' } }] },
      ['/caps/0/within/this'],
    ],
    ['an unknown member', { ranking: 'x' }, ['/ranking']],
  ])('has not %s', (_, change, expected) => {
    expect(pointers(placementSchema, { ...PLACEMENT, ...change })).toEqual(expected);
  });

  it('may have caps of every kind of count and window', () => {
    const caps = ['decision', 'impression', 'click', 'dismissal', 'order.placed', 'custom.quiz.done'].flatMap((of) => [
      { count: 1, of },
      { count: 2, of, within: { last: 'P7D' } },
    ]);
    for (const cap of [...caps, { count: 3, of: 'click', within: { this: 'month' } }])
      expect(pointers(placementSchema, { ...PLACEMENT, caps: [cap] })).toEqual([]);
  });
});

describe('an offer', () => {
  it('has content, or contents by kind', () => {
    const { content: _, ...bare } = OFFER;
    expect(pointers(offerSchema, bare)).toEqual(['/content']);
    expect(pointers(offerSchema, { ...bare, contents: {} })).toEqual(['/content']);
    expect(offerSchema.parse({ ...bare, contents: { html: 'x' } })).toMatchObject({
      content: null,
      contents: { html: 'x' },
    });
    expect(offerSchema.parse({ ...OFFER, content: null })).toMatchObject({ content: null });
  });

  it('keeps everything that was put', () => {
    const full = {
      ...OFFER,
      contents: { dom: { actions: [] }, value: true },
      translations: { ko: { content: '안녕' }, 'pt-BR': { contents: { value: false } }, 'zh-Hant-TW': {} },
      tags: ['men', 'running'],
      item: 'sw-1',
      caps: [{ count: 3, of: 'impression', within: { last: 'P7D' }, in: 'placement' }],
      suppressAfter: [
        { event: 'order.placed', ownItem: true },
        { event: 'custom.quiz', for: 'P30D' },
      ],
      coolDown: 'P90D',
      exclusionGroup: 'sale',
      budget: { total: 1000 },
    };
    expect(offerSchema.parse(full)).toEqual({
      ...full,
      priority: 0,
      purpose: 'personalization',
      requires: 'anonymous',
    });
  });

  it.each<[string, object, readonly string[]]>([
    ['content for a kind that is none', { contents: { video: 1 } }, ['/contents/video']],
    ['a language that is none', { translations: { korean: { content: 'x' } } }, ['/translations/korean']],
    ['a language written otherwise', { translations: { 'PT-br': { content: 'x' } } }, ['/translations/PT-br']],
    ['a tag twice', { tags: ['a', 'b', 'a'] }, ['/tags/2']],
    ['decisions counted in a placement', { caps: [{ count: 1, of: 'decision', in: 'placement' }] }, ['/caps/0/in']],
    ['events counted in a placement', { caps: [{ count: 1, of: 'page.viewed', in: 'placement' }] }, ['/caps/0/in']],
    ['too many caps', { caps: Array(limit('capsPerOwner') + 1).fill({ count: 1, of: 'click' }) }, ['/caps']],
    ['suppression by no known event', { suppressAfter: [{ event: 'order.made' }] }, ['/suppressAfter/0/event']],
    [
      'suppression by its item without one',
      { suppressAfter: [{ event: 'order.placed', ownItem: true }] },
      ['/suppressAfter/0/ownItem'],
    ],
    [
      'suppression by its item after an event without items',
      { item: 'sw', suppressAfter: [{ event: 'page.viewed', ownItem: true }] },
      ['/suppressAfter/0/ownItem'],
    ],
    ['a budget of nothing', { budget: { total: 0 } }, ['/budget/total']],
    ['a pause for longer than anybody lives', { coolDown: 'P999999D' }, ['/coolDown']],
  ])('has not %s', (_, change, expected) => {
    for (const schema of [offerSchema, offerInputSchema])
      expect(pointers(schema, { ...OFFER, ...change })).toEqual(expected);
  });
});

describe('a ranker', () => {
  it('is of one of six methods, with defaults', () => {
    expect(rankerInputSchema.parse({ ...RANKER, method: 'bandit' })).toEqual({
      ...RANKER,
      method: 'bandit',
      goal: 'click',
      exploration: 0.05,
    });
    for (const more of [
      { method: 'priority' },
      { method: 'formula', expression: 'offer.priority + 1' },
      { method: 'affinity', measure: 'taste' },
      { method: 'recommendation', strategy: 'recent' },
      { method: 'manual', order: ['gift'] },
      { method: 'bandit', buckets: ['gold', 'context.device.type'] },
    ])
      expect(pointers(rankerInputSchema, { ...RANKER, ...more })).toEqual([]);
  });

  it.each<[string, object, readonly string[]]>([
    ['another method', { method: 'best' }, ['/method']],
    ['a formula without one', { method: 'formula' }, ['/expression']],
    ['the members of another method', { method: 'priority', order: [] }, ['/order']],
    ['an offer twice in its order', { method: 'manual', order: ['a', 'a'] }, ['/order/1']],
    ['more exploration than half', { method: 'bandit', exploration: 0.6 }, ['/exploration']],
    ['three buckets', { method: 'bandit', buckets: ['a', 'b', 'c'] }, ['/buckets']],
    ['a bucket of what is no path', { method: 'bandit', buckets: ['context.'] }, ['/buckets/0']],
  ])('has not %s', (_, change, expected) => {
    expect(pointers(rankerInputSchema, { ...RANKER, ...change })).toEqual(expected);
  });
});
