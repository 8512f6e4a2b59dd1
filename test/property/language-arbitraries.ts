import fc from 'fast-check';
import type { Binding, ChainExclusion, ChainStep, Expression, Moment } from '../../core/segment/language/expression.ts';
import { FUNCTIONS } from '../../core/segment/language/function-table.ts';
import { TIME_UNIT_NAMES } from '../../core/segment/language/time-unit.ts';

/** Names that are also keywords somewhere, among ordinary ones. */
const NAMES = [
  'age',
  'E',
  'last',
  'month',
  'count',
  'sum',
  'from',
  'before',
  'between',
  'exists',
  'let',
  'chain',
  'on',
  'when',
  'xEvent',
  'score',
  'größe',
  '_id',
  'occurs',
  'over',
];
const AFTER_DOT = [...NAMES, 'in', 'where', 'and', 'now', 'true'];

const name = fc.constantFrom(...NAMES);
const steps = fc.array(fc.constantFrom(...AFTER_DOT), { maxLength: 2 });
const unit = fc.constantFrom(...TIME_UNIT_NAMES);
const amount = fc.nat(400);
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map((value) => value || 0);
const value = fc.oneof(number, fc.string({ unit: 'binary' }), fc.boolean());

/** Trees as the parser builds them, of every node. */
export const tree: fc.Arbitrary<Expression> = fc.letrec<{ node: Expression; leaf: Expression }>((tie) => {
  const node = tie('node');
  const optional = fc.option(node, { nil: undefined });
  const leaf: fc.Arbitrary<Expression> = fc.oneof(
    value.map((literal): Expression => ({ op: 'literal', value: literal })),
    fc.tuple(name, steps).map(([first, rest]): Expression => ({ op: 'path', climb: 0, steps: [first, ...rest] })),
    fc
      .tuple(fc.integer({ min: 1, max: 3 }), steps)
      .map(([climb, rest]): Expression => ({ op: 'path', climb, steps: rest })),
    fc.record({
      op: fc.constant('calendar' as const),
      unit,
      shift: fc.constantFrom(-1 as const, 0 as const, 1 as const),
    }),
    fc.constant<Expression>({ op: 'now' }),
    fc.record({ op: fc.constant('date' as const), year: fc.nat(9999), month: fc.nat(13), day: fc.nat(32) }),
    fc.string().map((segment): Expression => ({ op: 'inSegment', segment })),
    fc.string().map((model): Expression => ({ op: 'score', model })),
  );
  const moment: fc.Arbitrary<Moment> = fc.oneof(
    fc.record({
      is: fc.constantFrom('<' as const, '<=' as const, '=' as const, '>=' as const, '>' as const),
      amount,
      unit,
      side: fc.constantFrom('before' as const, 'after' as const),
      time: node,
    }),
    fc.record({ is: fc.constantFrom('before' as const, 'after' as const, 'on' as const, 'at' as const), time: node }),
    fc.record({ is: fc.constant('between' as const), from: node, to: node }),
  );
  const binding: fc.Arbitrary<Binding> = fc
    .tuple(name, node, optional)
    .map(([variable, from, where]) => ({ variable, from, ...(where && { where }) }));
  const step: fc.Arbitrary<ChainStep | ChainExclusion> = fc.oneof(
    fc.record({ label: name, exclude: node }),
    fc.record(
      {
        label: name,
        what: node,
        when: moment,
        after: fc.record({
          label: name,
          is: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
          amount,
          unit,
        }),
        count: fc.record({
          is: fc.constantFrom('=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const),
          n: fc.nat(9),
        }),
      },
      { requiredKeys: ['label', 'what'] },
    ),
  );
  const call: fc.Arbitrary<Expression> = fc
    .tuple(fc.constantFrom(...Object.keys(FUNCTIONS), 'nonsense'), fc.array(node, { maxLength: 3 }))
    .map(([function_, args]): Expression => ({ op: 'call', function: function_, args }));
  const decayed: fc.Arbitrary<Expression> = fc.tuple(node, amount, unit, fc.array(node, { maxLength: 1 })).map(
    ([of, n, of2, rest]): Expression => ({
      op: 'call',
      function: 'decayed',
      args: [of, { op: 'duration', amount: n, unit: of2 }, ...rest],
    }),
  );
  return {
    leaf,
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(node, { maxLength: 3 }).map((items): Expression => ({ op: 'list', items })),
      // A field of a path is a longer path.
      fc
        .tuple(node, steps)
        .map(
          ([of, rest]): Expression =>
            of.op === 'path' || of.op === 'field' || rest.length === 0 ? of : { op: 'field', of, steps: rest },
        ),
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(node, { maxLength: 3 }))
        .map(([op, of]): Expression => ({ op, of })),
      node.map((of): Expression => ({ op: 'not', of })),
      fc
        .tuple(node, node, node)
        .map(([a, b, c]): Expression => ({ op: 'if', condition: a, whenTrue: b, whenFalse: c })),
      fc
        .tuple(fc.constantFrom('=' as const, '!=' as const, '<' as const, '>=' as const), node, node)
        .map(([is, left, right]): Expression => ({ op: 'compare', is, left, right })),
      fc
        .tuple(fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const, '%' as const), node, node)
        .map(([is, left, right]): Expression => ({ op: 'arithmetic', is, left, right })),
      call,
      decayed,
      fc.tuple(node, node).map(([of, where]): Expression => ({ op: 'filter', of, where })),
      fc
        .tuple(
          fc.constantFrom('exists' as const, 'forall' as const, 'select' as const),
          fc.array(binding, { minLength: 1, maxLength: 3 }),
        )
        .map(([op, bindings]): Expression => ({ op, bindings })),
      fc
        .tuple(fc.constantFrom('sum' as const, 'average' as const, 'min' as const, 'max' as const), node, binding)
        .map(([op, of, bound]): Expression => ({ op, value: of, ...bound })),
      fc
        .tuple(name, node, node)
        .map(([variable, of, body]): Expression => ({ op: 'let', variable, value: of, in: body })),
      fc.tuple(node, moment).map(([of, when]): Expression => ({ op: 'occurs', of, when })),
      fc
        .tuple(node, steps, fc.array(step, { minLength: 1, maxLength: 3 }))
        .map(([of, by, all]): Expression => ({ op: 'chain', of, by: ['timestamp', ...by], steps: all })),
    ),
  };
}).node;

const WORDS = [
  ...[
    'and',
    'or',
    'not',
    '!',
    '(',
    ')',
    '[',
    ']',
    ',',
    '.',
    ':',
    '^',
    '=',
    '!=',
    '<',
    '<=',
    '+',
    '-',
    '*',
    '/',
    '%',
    '==',
    '/*',
    '*/',
    '//',
  ],
  ...[
    'exists',
    'forall',
    'select',
    'E',
    'from',
    'xEvent',
    'where',
    'occurs',
    'before',
    'after',
    'between',
    'on',
    'now',
    'today',
    'last',
    'month',
  ],
  ...[
    'let',
    'in',
    'sum',
    'over',
    'chain',
    'timestamp',
    'A',
    'WHAT',
    'WHEN',
    'AFTER',
    'COUNT',
    'EXCLUDE',
    '7',
    '1.5',
    'days',
    '"a"',
    '"',
    'count',
    'date',
    'if',
  ],
  ...['inSegment', 'score', 'like', 'matches', 'decayed', '\n', '"\\u00e9"', 'é', '😀', '\u0000'],
];

/** Text that looks like the language now and then. */
export const soup: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...WORDS) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
    ),
    { maxLength: 40 },
  )
  .map((words) => words.join(' '));
