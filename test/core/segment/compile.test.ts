import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { LIMITS } from '../../../core/lib/limits.ts';
import { compileSegments } from '../../../core/segment/compile.ts';
import { evaluateSegments } from '../../../core/segment/evaluate.ts';
import { createPostings } from '../../../core/segment/postings.ts';
import type { SegmentProgram } from '../../../core/segment/program.ts';
import type { EventQuery, Rule } from '../../../core/segment/rule.ts';
import type { SegmentSource } from '../../../core/segment/segment-source.ts';
import { ATTRIBUTES, NOW, runtimeOf, viewOf } from './fixture.ts';

const context = { attributes: ATTRIBUTES, eventTypes: new Set(['product.viewed', 'order.placed']) };
const viewed: EventQuery = { types: ['product.viewed'] };
const source = (id: string, rule: Rule): SegmentSource => ({ id, rule, purpose: 'personalization' });
const some = (of: EventQuery): Rule => ({ op: 'count', of, is: '>=', value: 1 });
const uses = (segment: string): Rule => ({ op: 'inSegment', segment });

function problemsOf(...rules: readonly Rule[]) {
  const compiled = compileSegments(
    rules.map((rule, i) => source(`s${i}`, rule)),
    context,
  );
  return compiled.ok ? [] : compiled.error.map(({ pointer, code }) => `${pointer} ${code}`);
}

function programOf(...sources: readonly SegmentSource[]): SegmentProgram {
  const compiled = compileSegments(sources, context);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

describe('problems', () => {
  test('of every rule are reported at once, with pointers', () => {
    expect(
      problemsOf(
        {
          op: 'and',
          of: [
            { op: 'attribute', name: 'teir', is: '=', value: 'gold' },
            { op: 'not', of: { op: 'attribute', name: 'age', is: '>', value: '18' } },
          ],
        },
        some({
          types: ['product.viewd'],
          where: [
            { field: 'a..b', is: '=' },
            { field: 'size', is: '>', value: true },
            { field: 'x', is: '=', value: { attribute: 'favourites' } },
          ],
          within: { amount: 0, unit: 'day' },
        }),
        uses('s9'),
      ),
    ).toEqual([
      '/0/rule/of/0/name unknownAttribute',
      '/0/rule/of/1/of/value typeMismatch',
      '/1/rule/of/types/0 unknownEventType',
      '/1/rule/of/where/0/field badField',
      '/1/rule/of/where/0/value missingValue',
      '/1/rule/of/where/1/value typeMismatch',
      '/1/rule/of/where/2/value typeMismatch',
      '/1/rule/of/within emptyWindow',
      '/2/rule/segment unknownSegment',
    ]);
  });

  test('suggest the nearest name', () => {
    const compiled = compileSegments([source('it', { op: 'attribute', name: 'teir', is: 'isNull' })], context);
    expect(compiled).toMatchObject({
      error: [{ segment: 'it', detail: 'There is no attribute "teir". Did you mean "tier"?' }],
    });
  });

  test('stand behind the pointer of the source', () => {
    const compiled = compileSegments([{ ...source('it', uses('no')), pointer: '/segments/it' }], context);
    expect(compiled).toMatchObject({ error: [{ pointer: '/segments/it/rule/segment' }] });
  });

  test.each<[string, Rule]>([
    ['value missingValue', { op: 'attribute', name: 'tier', is: '=', value: null }],
    ['value unexpectedValue', { op: 'attribute', name: 'tier', is: 'isNull', value: 'x' }],
    ['value unexpectedValue', { op: 'attribute', name: 'tier', is: '=', value: { attribute: 'tier' } }],
    ['value emptyList', { op: 'attribute', name: 'tier', is: 'in', value: [] }],
    ['value typeMismatch', { op: 'attribute', name: 'vip', is: '<', value: true }],
    ['value typeMismatch', { op: 'attribute', name: 'favourites', is: '=', value: 'x' }],
    ['value typeMismatch', { op: 'attribute', name: 'since', is: '>', value: 'soon' }],
    ['of/within longWindow', some({ ...viewed, within: { amount: 6000, unit: 'week' } })],
    [
      'thenSince neverTrue',
      {
        op: 'didNotSince',
        did: viewed,
        notSince: viewed,
        thenSince: { ...viewed, within: { amount: 1, unit: 'day' } },
      },
    ],
  ])('%s', (expected, rule) => {
    expect(problemsOf(rule)).toEqual([`/0/rule/${expected}`]);
  });

  test('a cycle names its path', () => {
    const compiled = compileSegments(
      [source('a', uses('b')), source('b', { op: 'not', of: uses('c') }), source('c', uses('a'))],
      context,
    );
    expect(compiled).toMatchObject({
      error: [
        {
          segment: 'c',
          pointer: '/2/rule/segment',
          code: 'cycle',
          detail: 'Segments name each other in a circle: a → b → c → a.',
        },
      ],
    });
    expect(problemsOf(uses('s0'))).toEqual(['/0/rule/segment cycle']);
  });

  test('depth, nodes and segments are limited', () => {
    let deep = some(viewed);
    for (let i = 1; i < LIMITS.ruleDepth.value; i++) deep = { op: 'not', of: deep };
    expect(problemsOf(deep)).toEqual([]);
    expect(problemsOf({ op: 'not', of: deep })).toEqual(['/0/rule tooDeep']);
    const wide: Rule = { op: 'or', of: Array.from({ length: LIMITS.ruleNodes.value }, () => some(viewed)) };
    expect(problemsOf(wide)).toEqual(['/0/rule tooManyNodes']);
    const many = compileSegments(
      Array.from({ length: LIMITS.segmentsPerRuleset.value + 1 }, (_, i) => source(`s${i}`, some(viewed))),
      context,
    );
    expect(many).toMatchObject({ error: [{ code: 'tooManySegments' }] });
  });

  test('an id stands once', () => {
    const compiled = compileSegments([source('a', some(viewed)), source('a', some(viewed))], context);
    expect(compiled).toMatchObject({ error: [{ pointer: '/1/id', code: 'duplicateSegment' }] });
  });
});

describe('programs', () => {
  test('share queries and nodes, and order segments', () => {
    const shoes = (value: readonly string[]): EventQuery => ({
      ...viewed,
      where: [
        { field: 'category', is: 'in', value },
        { field: 'size', is: '>', value: 4 },
      ],
    });
    const program = programOf(
      source('a', uses('z')),
      source('z', some({ ...shoes(['x', 'y']), within: { amount: 1, unit: 'day' } })),
      source('b', { op: 'not', of: some({ ...viewed, where: shoes(['y', 'x', 'y']).where?.toReversed() ?? [] }) }),
    );
    expect(program.queries).toHaveLength(1);
    expect(program.segments.map(({ id, uses: used }) => [id, used])).toEqual([
      ['z', []],
      ['a', [0]],
      ['b', []],
    ]);
    expect(program.segments[1]?.reads).toEqual({
      attributes: [],
      events: { 'product.viewed': ['category', 'size'] },
      purposes: ['personalization'],
    });
  });

  test('keep their hash until the posting lists differ', () => {
    const { hash } = programOf(source('a', some(viewed)));
    const same = programOf(
      source('b', { op: 'count', of: { ...viewed, within: { amount: 3, unit: 'hour' } }, is: '<', value: 9 }),
      source('a', uses('b')),
    );
    expect(same.hash).toBe(hash);
    expect(programOf(source('a', some({ types: ['order.placed'] }))).hash).not.toBe(hash);
    expect(programOf(source('a', { op: 'sum', field: 'total', of: viewed, is: '>', value: 1 })).hash).not.toBe(hash);
  });

  test('a chain of thousands of segments neither overflows the compiler nor the evaluator', () => {
    const length = 9_000;
    const id = (i: number) => `s${length - i}`;
    const chain = Array.from({ length }, (_, i) =>
      source(id(i), i === 0 ? { op: 'attribute', name: 'vip', is: '=', value: true } : uses(id(i - 1))),
    );
    const runtime = runtimeOf(chain);
    const members = new Uint8Array(length);
    evaluateSegments(runtime, createPostings(runtime), viewOf({ attributes: { vip: true } }), NOW as Instant, members);
    expect(members.every((member) => member === 1)).toBe(true);
  });
});
