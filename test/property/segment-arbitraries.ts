import fc from 'fast-check';
import { PURPOSES, type Purpose } from '../../core/policy/purposes.ts';
import type { AttributeType } from '../../core/segment/attribute-type.ts';
import type { EventCondition, EventQuery, NumberComparison, Rule } from '../../core/segment/rule.ts';
import type { OracleFact, OracleProfile, OracleSegment } from './segment-oracle.ts';

/** A small world, so that rules and histories meet often: few types, few values, times on the edges of the windows. */
export const ATTRIBUTES: ReadonlyMap<string, AttributeType> = new Map([
  ['tier', 'string'],
  ['age', 'number'],
  ['vip', 'boolean'],
  ['since', 'instant'],
  ['favourites', 'list'],
] as const);
export const INSTANTS = ['since'];

export const BASE = Date.UTC(2026, 10, 22, 10);
const SECONDS = 12;

export const instantNear = fc
  .tuple(fc.integer({ min: 0, max: SECONDS }), fc.constantFrom(-1, 0, 0, 0, 1))
  .map(([second, off]) => BASE + second * 1000 + off);
export const laterInstant = fc
  .tuple(fc.integer({ min: 0, max: 2 * SECONDS }), fc.constantFrom(-1, 0, 1))
  .map(([second, off]) => BASE + second * 1000 + off);

const text = fc.constantFrom('shoes', 'shirts', 'sho', '\u{1F45F}', '\uFFEE');
const iso = fc.constantFrom('2026-11-22T10:00:05Z', '2026-11-22T11:00:05+01:00', '2026-11-22T10:00:09.001Z', 'soon');
const amount = fc.constantFrom(-1, 0, 0.1, 0.2, 0.3, 1, 2, 2.5, 1e16);
const mixed = fc.oneof(text, amount, fc.boolean(), iso);

const order = fc.constantFrom<NumberComparison>('=', '!=', '>', '>=', '<', '<=');
const field = fc.constantFrom('category', 'total', 'tags', 'deep.size', 'when', 'context.channel');

const condition: fc.Arbitrary<EventCondition> = fc.oneof(
  fc.record({ field, is: fc.constantFrom('=', '!='), value: mixed }),
  fc.record({ field, is: order, value: fc.oneof(text, amount) }),
  fc.record({ field, is: fc.constantFrom('in', 'notIn'), value: fc.array(mixed, { minLength: 1, maxLength: 3 }) }),
  fc.record({ field, is: fc.constant('contains'), value: fc.oneof(text, amount) }),
  fc.record({ field, is: fc.constant('startsWith'), value: text }),
  fc.record({ field, is: fc.constantFrom('isNull', 'isNotNull') }),
  fc.record({
    field,
    is: fc.constantFrom('=', '!='),
    value: fc.constantFrom('tier', 'age', 'vip', 'since').map((attribute) => ({ attribute })),
  }),
  fc.record({ field, is: order, value: fc.constantFrom('tier', 'age', 'since').map((attribute) => ({ attribute })) }),
  fc.record({ field, is: fc.constantFrom('in', 'notIn'), value: fc.constant({ attribute: 'favourites' }) }),
  fc.record({ field, is: fc.constantFrom('contains', 'startsWith'), value: fc.constant({ attribute: 'tier' }) }),
) as fc.Arbitrary<EventCondition>;

const query: fc.Arbitrary<EventQuery> = fc.record(
  {
    types: fc.constantFrom(['a'], ['b'], ['a', 'b'], ['c']) as fc.Arbitrary<readonly [string, ...string[]]>,
    where: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 3, arbitrary: fc.array(condition, { maxLength: 2 }) },
    ),
    within: fc.integer({ min: 1, max: 8 }).map((seconds) => ({ amount: seconds, unit: 'second' as const })),
  },
  { requiredKeys: ['types'] },
);

const attributeRule: fc.Arbitrary<Rule> = fc
  .oneof(
    fc.record({
      name: fc.constant('tier'),
      is: fc.constantFrom('=', '!=', '<', '>=', 'contains', 'startsWith'),
      value: text,
    }),
    fc.record({
      name: fc.constant('tier'),
      is: fc.constantFrom('in', 'notIn'),
      value: fc.array(text, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ name: fc.constant('age'), is: order, value: amount }),
    fc.record({ name: fc.constant('vip'), is: fc.constantFrom('=', '!='), value: fc.boolean() }),
    fc.record({ name: fc.constant('since'), is: order, value: iso.filter((value) => value !== 'soon') }),
    fc.record({ name: fc.constant('favourites'), is: fc.constant('contains'), value: mixed }),
    fc.record({ name: fc.constantFrom(...ATTRIBUTES.keys()), is: fc.constantFrom('isNull', 'isNotNull') }),
  )
  .map((rule) => ({ op: 'attribute', ...rule }) as Rule);

const eventRule: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({ op: fc.constant('count'), of: query, is: order, value: fc.constantFrom(-1, 0, 1, 2, 2.5, 3, 5) }),
  fc.record({
    op: fc.constant('sum'),
    field: fc.constantFrom('total', 'deep.size'),
    of: query,
    is: order,
    value: fc.constantFrom(-1, 0, 0.3, 0.6, 1, 3, 5),
  }),
  fc.record(
    { op: fc.constant('didNotSince'), did: query, notSince: query, thenSince: query },
    { requiredKeys: ['op', 'did'] },
  ),
) as fc.Arbitrary<Rule>;

/** A rule that may name the segments before its own: `names` are their ids. */
function rule(names: readonly string[]): fc.Arbitrary<Rule> {
  const leaf = fc.oneof(
    { weight: 2, arbitrary: attributeRule },
    { weight: 6, arbitrary: eventRule },
    ...(names.length > 0
      ? [{ weight: 2, arbitrary: fc.constantFrom(...names).map((segment): Rule => ({ op: 'inSegment', segment })) }]
      : []),
  );
  return fc.letrec<{ node: Rule }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'rule' },
      { weight: 3, arbitrary: leaf },
      {
        weight: 2,
        arbitrary: fc.record({
          op: fc.constantFrom('and' as const, 'or' as const),
          of: fc.array(tie('node'), { maxLength: 3, depthIdentifier: 'rule' }),
        }),
      },
      { weight: 1, arbitrary: tie('node').map((of): Rule => ({ op: 'not', of })) },
    ),
  })).node;
}

const purpose = fc.constantFrom<Purpose>('necessary', 'analytics', 'personalization');

export const segments: fc.Arbitrary<readonly OracleSegment[]> = fc
  .integer({ min: 1, max: 4 })
  .chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, i) =>
        fc.record({ id: fc.constant(`s${i}`), rule: rule(Array.from({ length: i }, (_, j) => `s${j}`)), purpose }),
      ),
    ),
  );

const fact = fc.record({
  type: fc.constantFrom('a', 'b', 'c', 'other'),
  at: instantNear,
  strand: fc.constantFrom(0, 0, 3, 700),
  purposes: fc.oneof(
    { weight: 3, arbitrary: fc.constant([...PURPOSES]) },
    {
      weight: 1,
      arbitrary: fc
        .subarray<Purpose>(['analytics', 'personalization'])
        .map((some): readonly Purpose[] => ['necessary', ...some]),
    },
  ),
  data: fc.record(
    {
      category: mixed,
      total: fc.oneof({ weight: 4, arbitrary: amount }, { weight: 1, arbitrary: fc.oneof(text, fc.constant(null)) }),
      tags: fc.array(fc.oneof(text, amount, fc.constant(null)), { maxLength: 3 }),
      deep: fc.record({ size: mixed }, { requiredKeys: [] }),
      when: fc.oneof(iso, amount),
    },
    { requiredKeys: [] },
  ),
  context: fc.record({ channel: fc.oneof(text, fc.boolean()) }, { requiredKeys: [] }),
});

export const profile: fc.Arbitrary<OracleProfile> = fc.record({
  facts: fc
    .array(fact, { maxLength: 14 })
    .map((facts): readonly OracleFact[] => facts.map((each, i) => ({ ...each, id: `e${(i * 7) % 15}` }))),
  attributes: fc.record(
    {
      tier: fc.oneof(text, fc.constant(null)),
      age: amount,
      vip: fc.boolean(),
      since: fc.oneof(iso, instantNear),
      favourites: fc.array(fc.oneof(mixed, fc.constant(null)), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  ),
  withdrawn: fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.constantFrom('0', '3'), fc.subarray<Purpose>(['analytics', 'personalization'])),
    },
  ) as fc.Arbitrary<OracleProfile['withdrawn']>,
});
