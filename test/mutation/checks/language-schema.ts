import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { limit } from '../../../core/lib/limits.ts';
import { expressionJsonSchema, expressionSchema } from '../../../core/segment/language/expression.schema.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';
import { partsOf, sizeOf } from '../../../core/segment/language/expression-size.ts';
import { parseExpression } from '../../../core/segment/language/parse-expression.ts';
import { printExpression } from '../../../core/segment/language/print-expression.ts';
import { type Check, checkEach } from '../check.ts';
import canonicalTexts from '../tables/canonical-texts.json' with { type: 'json' };

const now = { op: 'now' };
const accepts = (value: unknown) => expressionSchema.safeParse(value).success;
const path = (...steps: string[]) => ({ op: 'path', climb: 0, steps });
const chain = (step: object, more: object = {}) => ({ op: 'chain', of: now, by: ['t'], steps: [step], ...more });
const many = (length: number) => Array.from({ length }, () => now);
const literals = (length: number) => Array.from({ length }, (_, value) => ({ op: 'literal', value }));

function treeOf(text: string): Expression {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value.tree;
}

/** Every node below a value, found without knowing the kinds of nodes. */
function nodesBelow(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(nodesBelow);
  return 'op' in value ? [value, ...inner] : inner;
}

/** The stored form: what its schema lets in, and the size of trees. */
export const checks: readonly Check[] = [
  ...checkEach(
    'stored form',
    [
      [now, true],
      [{ op: 'nothing' }, false],
      [{}, false],
      [null, false],
      ['now', false],
      [{ ...now, extra: 1 }, false],
      [{ op: 'literal', value: 'x'.repeat(8192) }, true],
      [{ op: 'literal', value: 'x'.repeat(8193) }, false],
      [{ op: 'literal', value: null }, false],
      [{ op: 'literal', value: Number.POSITIVE_INFINITY }, false],
      [{ op: 'literal', value: 1, x: 1 }, false],
      [{ op: 'list', items: literals(1000) }, true],
      [{ op: 'list', items: literals(1001) }, false],
      [{ op: 'list' }, false],
      [{ op: 'date', year: 1, month: 1, day: 1 }, true],
      [{ op: 'date', year: 9999, month: 12, day: 31 }, true],
      [{ op: 'date', year: 0, month: 1, day: 1 }, false],
      [{ op: 'date', year: 10_000, month: 1, day: 1 }, false],
      [{ op: 'date', year: 1, month: 0, day: 1 }, false],
      [{ op: 'date', year: 1, month: 13, day: 1 }, false],
      [{ op: 'date', year: 1, month: 1, day: 0 }, false],
      [{ op: 'date', year: 1, month: 1, day: 32 }, false],
      [{ op: 'date', year: 1.5, month: 1, day: 1 }, false],
      [{ op: 'calendar', unit: 'week', shift: -1 }, true],
      [{ op: 'calendar', unit: 'week', shift: 0 }, true],
      [{ op: 'calendar', unit: 'week', shift: 1 }, true],
      [{ op: 'calendar', unit: 'week', shift: 2 }, false],
      [{ op: 'calendar', unit: 'weeks', shift: 0 }, false],
      [path('a', 'é_$1'), true],
      [path('1a'), false],
      [path('a b'), false],
      [path(' a'), false],
      [path('a '), false],
      [path(''), false],
      [path('a'.repeat(256)), true],
      [path('a'.repeat(257)), false],
      [path(...Array.from({ length: 32 }, () => 'a')), true],
      [path(...Array.from({ length: 33 }, () => 'a')), false],
      [path(), true],
      [{ ...path('a'), climb: -1 }, false],
      [{ ...path('a'), climb: limit('ruleDepth') }, true],
      [{ ...path('a'), climb: limit('ruleDepth') + 1 }, false],
      [{ ...path('a'), climb: 0.5 }, false],
      [{ op: 'and', of: [] }, true],
      [{ op: 'or', of: [now] }, true],
      [{ op: 'xor', of: [now] }, false],
      [{ op: 'compare', is: '==', left: now, right: now }, false],
      [{ op: 'compare', is: '=', left: now }, false],
      [{ op: 'arithmetic', is: '^', left: now, right: now }, false],
      [{ op: 'call', function: 'f', args: many(8) }, true],
      [{ op: 'call', function: 'f', args: many(9) }, false],
      [{ op: 'exists', bindings: [] }, false],
      [{ op: 'exists', bindings: [{ variable: 'E', from: now }] }, true],
      [{ op: 'exists', bindings: [{ variable: 'E', from: now, where: undefined }] }, false],
      [{ op: 'exists', bindings: [{ variable: 'E F', from: now }] }, false],
      [{ op: 'exists', bindings: [{ variable: 'E', from: now, x: 1 }] }, false],
      [{ op: 'exists', bindings: Array.from({ length: 16 }, () => ({ variable: 'E', from: now })) }, true],
      [{ op: 'exists', bindings: Array.from({ length: 17 }, () => ({ variable: 'E', from: now })) }, false],
      [{ op: 'inSegment', segment: 's'.repeat(8192) }, true],
      [{ op: 'inSegment', segment: 's'.repeat(8193) }, false],
      [{ op: 'score', model: 's'.repeat(8192) }, true],
      [{ op: 'score', model: 's'.repeat(8193) }, false],
      [{ op: 'occurs', of: now, when: { is: 'at', time: now } }, true],
      [{ op: 'occurs', of: now, when: { is: 'during', time: now } }, false],
      [{ op: 'occurs', of: now, when: { is: 'at', time: now, x: 1 } }, false],
      [{ op: 'occurs', of: now, when: { is: '<', amount: 0, unit: 'day', side: 'before', time: now } }, true],
      [{ op: 'occurs', of: now, when: { is: '<', amount: -1, unit: 'day', side: 'before', time: now } }, false],
      [{ op: 'occurs', of: now, when: { is: '<', amount: 1, unit: 'day', side: 'around', time: now } }, false],
      [{ op: 'occurs', of: now, when: { is: '!=', amount: 1, unit: 'day', side: 'before', time: now } }, false],
      [{ op: 'occurs', of: now, when: { is: '<', amount: 1, unit: 'day', side: 'before', time: now, x: 1 } }, false],
      [{ op: 'occurs', of: now, when: { is: 'between', from: now, to: now } }, true],
      [{ op: 'occurs', of: now, when: { is: 'between', from: now } }, false],
      [{ op: 'occurs', of: now, when: { is: 'between', from: now, to: now, x: 1 } }, false],
      [chain({ label: 'A', what: now }), true],
      [chain({ label: 'A', what: now, x: 1 }), false],
      [chain({ label: 'A' }), false],
      [chain({ label: '1', what: now }), false],
      [chain({ label: 'A', exclude: now }), true],
      [chain({ label: 'A', exclude: now, when: { is: 'at', time: now } }), false],
      [chain({ label: 'A', what: now, after: { label: 'A', is: '<', amount: 1, unit: 'day' } }), true],
      [chain({ label: 'A', what: now, after: { label: 'A', is: '=', amount: 1, unit: 'day' } }), false],
      [chain({ label: 'A', what: now, after: { label: 'A', is: '<', amount: 1, unit: 'day', x: 1 } }), false],
      [chain({ label: 'A', what: now, count: { is: '=', n: 0 } }), true],
      [chain({ label: 'A', what: now, count: { is: '!=', n: 0 } }), false],
      [chain({ label: 'A', what: now, count: { is: '=', n: 1.5 } }), false],
      [chain({ label: 'A', what: now, count: { is: '=', n: 1, x: 1 } }), false],
      [chain({ label: 'A', what: now }, { by: [] }), false],
      [chain({ label: 'A', what: now }, { by: Array.from({ length: 8 }, () => 't') }), true],
      [chain({ label: 'A', what: now }, { by: Array.from({ length: 9 }, () => 't') }), false],
      [chain({ label: 'A', what: now }, { steps: [] }), false],
      [
        chain({ label: 'A', what: now }, { steps: Array.from({ length: 100 }, () => ({ label: 'A', what: now })) }),
        true,
      ],
      [
        chain({ label: 'A', what: now }, { steps: Array.from({ length: 101 }, () => ({ label: 'A', what: now })) }),
        false,
      ],
      [{ op: 'duration', amount: 1, unit: 'day' }, true],
      [{ op: 'duration', amount: 1, unit: 'day', x: 1 }, false],
      [{ op: 'and', of: many(limit('ruleNodes') - 1) }, true],
      [{ op: 'and', of: many(limit('ruleNodes')) }, false],
    ] as const,
    (value, accepted) => strictEqual(accepts(value), accepted, JSON.stringify(value).slice(0, 200)),
  ),
  {
    name: 'stored form no field of any node may be missing or added',
    run: () => {
      for (const text of Object.keys(canonicalTexts)) {
        const tree = JSON.parse(JSON.stringify(treeOf(text))) as Record<string, unknown>;
        strictEqual(accepts(tree), true, text);
        strictEqual(accepts({ ...tree, added: 1 }), false, text);
        for (const key of Object.keys(tree)) {
          const { [key]: removed, ...rest } = tree;
          if (key !== 'where' || tree.op === 'filter') strictEqual(accepts(rest), false, `${text} without ${key}`);
        }
      }
    },
  },
  {
    name: 'stored form says what a name is',
    run: () => {
      const { error } = expressionSchema.safeParse(path('1a'));
      deepStrictEqual(
        error?.issues.map(({ message }) => message),
        ['a word: letters, digits, _ and $'],
      );
    },
  },
  {
    name: 'stored form too deep',
    run: () => {
      const deep = (levels: number) => {
        let tree: object = now;
        for (let i = 1; i < levels; i++) tree = { op: 'not', of: tree };
        return tree;
      };
      strictEqual(accepts(deep(limit('ruleDepth'))), true);
      const messages = (value: unknown) =>
        expressionSchema.safeParse(value).error?.issues.map(({ message }) => message);
      deepStrictEqual(messages(deep(limit('ruleDepth') + 1)), [`nests deeper than ${limit('ruleDepth')} levels`]);
      deepStrictEqual(messages({ op: 'and', of: many(limit('ruleNodes')) }), [
        `has more than ${limit('ruleNodes')} parts`,
      ]);
      strictEqual(messages(deep(100_000))?.length, 1);
      strictEqual(/ at \/of\/of/.test(messages(deep(100_000))?.[0] ?? ''), true);
    },
  },
  {
    name: 'size of trees',
    run: () => {
      for (const text of Object.keys(canonicalTexts)) {
        const tree = treeOf(text);
        const below = nodesBelow(tree);
        const inLists = below.flatMap((node) => ('items' in node ? (node.items as { readonly op: string }[]) : []));
        strictEqual(sizeOf(tree, 100).nodes, below.length - inLists.filter(({ op }) => op === 'literal').length, text);
        strictEqual(sizeOf(tree, 100).tooDeep, null);
      }
      const nested = treeOf('a and (b or not c)');
      deepStrictEqual(sizeOf(nested, 4), { nodes: 6, depth: 4, tooDeep: null });
      deepStrictEqual(sizeOf(nested, 3), { nodes: 6, depth: 4, tooDeep: treeOf('c') });
      deepStrictEqual(sizeOf(treeOf('[1, a, "x"]'), 1), { nodes: 2, depth: 2, tooDeep: treeOf('a') });
      deepStrictEqual(sizeOf(treeOf('a and b'), 1).tooDeep, treeOf('b'));
    },
  },
  ...checkEach(
    'parts in the order of the text',
    [
      ['a and b or c', ['a and b', 'c']],
      ['if(a, b, c)', ['a', 'b', 'c']],
      ['x.f(a, b)', ['x', 'a', 'b']],
      ['x[a]', ['x', 'a']],
      ['exists E from x where a, F from y', ['x', 'a', 'y']],
      ['sum X.a over X from x where b', ['X.a', 'x', 'b']],
      ['let v = (a) in (b)', ['a', 'b']],
      ['a occurs between b and c', ['a', 'b', 'c']],
      ['a occurs < 1 day before b', ['a', 'b']],
      ['chain(x, t, [A: WHAT(a) WHEN(on b), X: EXCLUDE WHAT(c), B: WHAT(d)])', ['x', 'a', 'b', 'c', 'd']],
    ] as const,
    (text, parts) => deepStrictEqual(partsOf(treeOf(text)).map(printExpression), parts),
  ),
  {
    name: 'the JSON Schema names its nodes',
    run: () => {
      const schema = expressionJsonSchema() as {
        readonly $ref: string;
        readonly $defs: Readonly<Record<string, { readonly description?: string }>>;
      };
      strictEqual(schema.$ref, '#/$defs/Expression');
      deepStrictEqual(Object.keys(schema.$defs), ['Expression', 'ExpressionNode']);
      strictEqual(
        schema.$defs.Expression?.description,
        'The stored form of a rule or measure. Three-valued: missing data is unknown.',
      );
    },
  },
];
