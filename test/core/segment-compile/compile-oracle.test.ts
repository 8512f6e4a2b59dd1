import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import type { JsonObject } from '../../../core/lib/json.ts';
import type { Label } from '../../../core/policy/labels.ts';
import { ALL_PURPOSES_MASK } from '../../../core/policy/purposes.ts';
import type { AttributeType } from '../../../core/segment/attribute-type.ts';
import { compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { checkRules } from '../../../core/segment/language/check-rules.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';
import { createResident } from '../../../core/segment/runtime/resident.ts';
import { Interpreter } from '../../oracle/interpreter.ts';
import { fromJson, type OracleEvent } from '../../oracle/value.ts';

const RUNS = process.env.SELVEDGE_NIGHTLY ? 20_000 : 300;
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 3_600_000 : 60_000;
const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 2, 31, 12);

const TYPES: ReadonlyMap<string, { readonly type: AttributeType; readonly labels: readonly Label[] }> = new Map([
  ['s', { type: 'string', labels: [] }],
  ['n', { type: 'number', labels: [] }],
  ['b', { type: 'boolean', labels: [] }],
  ['due', { type: 'instant', labels: [] }],
  ['tags', { type: 'list', labels: [] }],
]);

/** Only what fits those types, so that most rules are accepted with and without the declarations. */
const MEASURES = {
  orders: 'xEvent[eventType = "b"].count()',
  spent: 'xEvent[type in ["a", "b"] and timestamp occurs <= 5 days before now].sum(p)',
  taste: 'xEvent.favourite(c, if(type = "b", 2, 1))',
  newest: 'xEvent.last(c)',
  recent: 'exists E from xEvent where E.timestamp occurs < 3 days before now and E.p > 1',
};

const text = fc.constantFrom('"x"', '"y"', '"X"', '"xy"', '""');
const number = fc.constantFrom('0', '1', '2', '3', '-1', '1.5');
const compare = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
const window = fc
  .tuple(
    fc.constantFrom('<=', '<', '>', '='),
    fc.nat(3),
    fc.constantFrom('hours', 'days', 'weeks', 'months'),
    fc.constantFrom('now', 'now', 'now', 'today'),
  )
  .map(([is, amount, unit, base]) => `${is} ${amount} ${unit} before ${base}`);

const say = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((said) => said.join(''));

/** Conditions on an event of which `at` is the prefix of its names. */
function onEvent(at: string, profile: string): fc.Arbitrary<string> {
  const leaf = fc.oneof(
    say(at, 'type = ', fc.constantFrom('"a"', '"b"', '"z"')),
    say(at, 'eventType in ["a", "b"]'),
    say('(', at, 'type = "a" or ', at, 'type = "c")'),
    say(at, 'c ', compare, ' ', text),
    say(at, 'p ', compare, ' ', number),
    say(number, ' ', compare, ' ', at, 'p'),
    say(at, 'c in ["x", 1, "y"]'),
    say(at, 'c.startsWith("X", false)'),
    say(at, 'deep.k = ', text),
    say(at, 'context.geo = ', text),
    say(at, 'timestamp occurs ', window),
    say(at, 'timestamp occurs <= 2 days before now and ', at, 'timestamp occurs <= 1 month before now'),
    say(at, 'timestamp occurs after date(2026, 3, 28)'),
    say('isNull(', at, 'c)'),
    say(at, 'list'),
    say(at, 'c != ', profile, fc.constantFrom('s', 'taste', 'newest')),
    say(at, 'p > ', profile, 'n'),
    say('not ', at, 'c = ', profile, 's'),
    say(at, 'p >= ', profile, 'xEvent.average(p)'),
  );
  return fc.oneof(
    leaf,
    say(leaf, ' and ', leaf),
    say(leaf, ' and ', leaf, ' and ', leaf),
    say('(', leaf, ' or ', leaf, ')'),
    say('not (', leaf, ' and ', leaf, ')'),
  );
}
const bare = onEvent('', '^.');
const named = onEvent('E.', '');
const events = fc.oneof(say('xEvent'), say('xEvent[', bare, ']'), say('xEvent[', bare, '][', bare, ']'));

const step = (label: string) =>
  say(
    `${label}: WHAT(`,
    bare,
    ')',
    fc.oneof(say(''), say(' WHEN(', window, ')')),
    label === 'A' ? '' : fc.constantFrom('', ' AFTER(A, <= 2 days)', ' AFTER(A, < 1 month)', ' AFTER(A, > 3 hours)'),
    fc.constantFrom('', '', '', ' COUNT(1)', ' COUNT(2)'),
  );
const lastStep = say(
  'L: WHAT(',
  bare,
  ') COUNT(',
  fc.constantFrom('= ', '<= ', '>= ', '> '),
  fc.constantFrom('1', '2'),
  ')',
);
const not = say(', X: EXCLUDE WHAT(', bare, ')');
const chain = say(
  'chain(',
  events,
  ', timestamp, [',
  fc.oneof(
    step('A'),
    say(step('A'), not),
    say(step('A'), ', ', step('B')),
    say(step('A'), not, ', ', step('B')),
    say(step('A'), ', ', step('B'), not),
    say(step('A'), ', B: WHAT(c = A.c)', not),
    lastStep,
    say(step('A'), ', ', lastStep),
  ),
  '])',
);

const condition = fc.oneof(
  say('s ', compare, ' ', text),
  say('n ', compare, ' ', number),
  say(number, ' ', compare, ' n'),
  say('b = ', fc.constantFrom('true', 'false')),
  say('b'),
  say('tags'),
  say(fc.constantFrom('s', 'n', 'b', 'due', 'tags'), fc.constantFrom('.isNull()', '.isNotNull()')),
  say('s ', fc.constantFrom('in', 'notIn'), ' [', text, ', ', text, ']'),
  say('n in [1, 2]'),
  say(
    's.',
    fc.constantFrom('startsWith', 'doesNotEndWith', 'contains', 'equals', 'notEqualTo'),
    '(',
    text,
    fc.constantFrom('', ', false'),
    ')',
  ),
  say('s like "x%"'),
  say('s matches "(?i)^x"'),
  say('due occurs ', window),
  say('tags includes ', text),
  say(events),
  say(events, '.count() ', compare, ' ', number),
  say(number, ' ', compare, ' ', events, '.count()'),
  say(events, '.sum(p) ', compare, ' ', number),
  say(events, '.p.sum() ', compare, ' ', number),
  say('(sum E.p over E from xEvent where ', named, ') ', compare, ' ', number),
  say(events, '.average(p) ', compare, ' ', number),
  say(events, '.exists(', bare, ')'),
  say('isNull(', events, '.head())'),
  say('(', fc.constantFrom('exists', 'select', 'forall'), ' E from xEvent where ', named, ')'),
  say('(exists E from ', events, ', F from xEvent where E.c = F.c and F.type = "b" and F.p > E.p)'),
  say('(let N = (', events, '.count()) in (N > 1 and N < n))'),
  chain,
  chain,
  say('orders ', compare, ' ', number),
  say('spent ', compare, ' ', number),
  say('taste = s'),
  say('recent'),
  say('newest in ["x", "y"]'),
  say('inSegment("', fc.constantFrom('one', 'two'), '")'),
);
const rule = fc.oneof(
  condition,
  say('not (', condition, ')'),
  say('(', condition, ') and (', condition, ')'),
  say('(', condition, ') or not (', condition, ')'),
  say('if(', condition, ', ', condition, ', not ', condition, ')'),
  say('(', condition, ') and ((', condition, ') or (', condition, ' and ', condition, '))'),
);

const value = fc.constantFrom<string | number | null | readonly string[]>('x', 'y', 'X', 'xy', '', 1, null, ['x'], []);
const event = fc.record({
  type: fc.constantFrom('a', 'b', 'c'),
  ago: fc.oneof(
    fc.nat(24 * 8),
    fc.nat(8).map((days) => 24 * days),
    fc.nat(24 * 80),
    fc.constantFrom(48, 120, -2),
  ),
  c: value,
  p: fc.constantFrom<number | string | null>(0, 1, 2, 3.5, 'x', null),
  k: value,
});
const profile = fc.record(
  {
    s: fc.constantFrom('x', 'y', 'X', 'xyz', ''),
    n: fc.constantFrom(0, 1, 2, 7),
    b: fc.boolean(),
    due: fc.constantFrom('2026-03-30T12:00:00Z', '2026-03-29', 'soon'),
    tags: fc.constantFrom<readonly string[]>([], ['x'], ['y', 'z']),
  },
  { requiredKeys: [] },
);
/** Attributes of other types than those that rules expect; only where none are declared. */
const loose = fc.record({ s: value, n: value, b: value, tags: value }, { requiredKeys: [] });

/** What the engine makes of a rule and of its negation; unknown is neither. */
function engineTruth(
  trees: ReadonlyMap<string, Expression>,
  measures: ReadonlyMap<string, Expression>,
  isDeclared: boolean,
  facts: JsonObject,
  history: readonly OracleEvent[],
) {
  const compiled = compileProgram({
    segments: [...trees].map(([id, tree]) => ({ id, rule: tree, purpose: 'necessary' })),
    measures: [...measures].map(([id, expression]) => ({ id, expression, purpose: 'necessary' })),
    attributes: isDeclared ? TYPES : null,
    models: null,
    timeZone: 'Europe/Berlin',
    now: NOW as Instant,
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const { program } = compiled.value;
  const log = createLog(program.log);
  for (const { data, context, ...rest } of history) {
    insertEvent(log, {
      ...rest,
      data: data as JsonObject,
      context: context as JsonObject,
      strand: 0,
      purposes: ALL_PURPOSES_MASK,
    });
  }
  const subject = { attribute: (name: string) => facts[name], withdrawn: () => 0, score: () => undefined };
  const { members } = createResident(createEngine(program), log, subject, NOW);
  const isMember = (id: string) => members[program.segments.findIndex((segment) => segment.id === id)] === 1;
  return [...trees.keys()]
    .filter((id) => id.startsWith('rule'))
    .map((id) => (isMember(id) ? true : isMember(`not ${id}`) ? false : null));
}

test('a compiled program means what its rules mean', { timeout: TIMEOUT_MS }, () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 3 }),
      fc.array(event, { maxLength: 7 }),
      fc.oneof(
        profile.map((facts) => [facts as JsonObject, true] as const),
        profile.map((facts) => [facts as JsonObject, false] as const),
        loose.map((facts) => [facts as JsonObject, false] as const),
      ),
      (texts, seen, [facts, isDeclared]) => {
        const checked = checkRules({
          segments: new Map([
            ['one', 'xEvent[type = "a"].count() > 1 or s = "x"'],
            ['two', 'not inSegment("one") and orders > 0'],
            ...texts.map((rule, i) => [`rule${i}`, rule] as const),
          ]),
          measures: new Map(Object.entries(MEASURES)),
          attributes: isDeclared ? new Map([...TYPES].map(([name, { type }]) => [name, type])) : null,
          models: null,
          timeZone: 'Europe/Berlin',
        });
        // Some conditions do not fit declared types.
        if (!checked.ok) return;
        accepted++;
        const history = seen
          .map(
            ({ type, ago, c, p, k }, i): OracleEvent => ({
              id: `e${i}`,
              type,
              at: NOW - ago * HOUR_MS,
              source: 'web',
              data: { c, p, deep: { k }, list: Array.isArray(k) ? k : null },
              context: { geo: k },
            }),
          )
          .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
        const { segments, measures } = checked.value;
        const trees = new Map(segments);
        for (const [id, tree] of segments) if (id.startsWith('rule')) trees.set(`not ${id}`, { op: 'not', of: tree });
        const found = engineTruth(trees, measures, isDeclared, facts, history);
        const expected = texts.map((_, i) => {
          const tree = segments.get(`rule${i}`) as Expression;
          const input = {
            rule: tree,
            measures,
            segments,
            timeZone: 'Europe/Berlin',
            profile: fromJson(facts),
            events: history,
            scores: {},
          };
          return new Interpreter(input, NOW).run();
        });
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: RUNS },
  );
  expect(accepted).toBeGreaterThan(RUNS / 2);
});
