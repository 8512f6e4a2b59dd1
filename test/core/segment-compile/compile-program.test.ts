import { describe, expect, test } from 'vitest';
import { limit } from '../../../core/lib/limits.ts';
import { type CompileInput, compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { parseExpression } from '../../../core/segment/language/parse-expression.ts';
import type { Program } from '../../../core/segment/runtime/program.ts';
import { compileRules, inputOf, shownCells } from './compile-support.ts';

describe('refusals', () => {
  const problemsOf = (rules: Readonly<Record<string, string>>, more: Partial<CompileInput> = {}) => {
    const compiled = compileProgram(inputOf(rules, more));
    return compiled.ok ? [] : compiled.error;
  };
  const measure = (id: string, expression = '1') => ({ id, expression, purpose: 'necessary' as const });
  const segment = (id: string) => ({ id, rule: 'true', purpose: 'necessary' as const });

  test('every problem, with its owner and its place', () => {
    expect(problemsOf({ a: 'age = "x"', b: 'age >\n 1 1' }, { measures: [measure('m', 'nobody')] })).toMatchObject([
      { owner: { kind: 'segment', name: 'b' }, code: 'syntax', position: { line: 2, column: 4 } },
      { owner: { kind: 'measure', name: 'm' }, code: 'unknownName', position: { line: 1, column: 1 } },
      { owner: { kind: 'segment', name: 'a' }, code: 'typeMismatch', position: { line: 1, column: 5 } },
    ]);
  });

  test('an id that comes twice, once', () => {
    const twice = {
      segments: [segment('a'), segment('b'), segment('a'), segment('a')],
      measures: [measure('m'), measure('m')],
    };
    expect(problemsOf({}, twice)).toMatchObject([
      { owner: { kind: 'segment', name: 'a' }, code: 'duplicateName', position: null },
      { owner: { kind: 'measure', name: 'm' }, code: 'duplicateName' },
    ]);
  });

  test('a measure of the name of an attribute, where these are declared, or of the events', () => {
    expect(problemsOf({}, { measures: [measure('age')] })).toMatchObject([{ code: 'shadowedName' }]);
    expect(problemsOf({}, { measures: [measure('age')], attributes: null })).toEqual([]);
    expect(problemsOf({}, { measures: [measure('xEvent')], attributes: null })).toMatchObject([
      { code: 'shadowedName' },
    ]);
  });

  test('more segments than a ruleset may have', () => {
    const segments = Array.from({ length: limit('segmentsPerRuleset') + 1 }, (_, i) => segment(String(i)));
    expect(problemsOf({}, { segments })).toMatchObject([{ owner: null, code: 'tooManySegments' }]);
  });

  test('what the check refuses: a time zone, a cycle', () => {
    expect(problemsOf({}, { timeZone: 'Mars' })).toMatchObject([{ owner: null, code: 'unknownTimeZone' }]);
    expect(problemsOf({ a: 'inSegment("b")', b: 'inSegment("a")' })).toMatchObject([{ code: 'cycle' }]);
  });
});

const RULES = {
  b: 'xEvent[type = "order.placed" and price > 5 and category = "x"].count() > 2 and country in ["de", "fr"]',
  a: 'inSegment("b") or not (age > 3 and xEvent[size = ^.country])',
  d: 'xEvent[category = "x" and type = "order.placed" and price > 5].count() > 2 and taste = country',
  c: 'not inSegment("a") and exists E from xEvent where E.category = taste',
};
const TASTE = { id: 'taste', expression: 'xEvent.favourite(category)', purpose: 'personalization' as const };

describe('a program', () => {
  test('does not depend on the order of the input, and not on text or tree', () => {
    const measures = [TASTE, { id: 'age2', expression: 'age + 1', purpose: 'necessary' as const }];
    const first = compileRules(RULES, { measures });
    const { segments } = inputOf(RULES);
    const trees = segments.map(({ rule, ...rest }) => {
      const parsed = parseExpression(String(rule));
      return { ...rest, rule: parsed.ok ? parsed.value.tree : '' };
    });
    const second = compileRules({}, { segments: trees.reverse(), measures: measures.toReversed() });
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  });

  test('computes each thing after what it reads', () => {
    const { program } = compileRules(RULES, { measures: [TASTE] });
    const place = new Map(program.order.map((node, i) => [node, i]));
    expect([...place.keys()].sort((x, y) => x - y)).toEqual([
      ...program.segments.map((_, i) => ~i).reverse(),
      ...program.cells.map((_, i) => i),
    ]);
    for (const [i, { reads }] of program.cells.entries()) {
      for (const need of [...reads.cells, ...reads.segments.map((s) => ~s)]) {
        expect(place.get(need)).toBeLessThan(place.get(i) as number);
      }
    }
    const [a, b, c] = ['a', 'b', 'c'].map((id) => place.get(~program.segments.findIndex((s) => s.id === id)));
    expect(b).toBeLessThan(a as number);
    expect(a).toBeLessThan(c as number);
  });

  test('has one cell for what several rules state', () => {
    const { program } = compileRules(RULES, { measures: [TASTE] });
    expect(program.cells.filter(({ kind }) => kind === 'count')).toHaveLength(1);
    expect(program.cells.filter(({ kind }) => kind === 'value')).toHaveLength(1);
  });

  test('keeps of events what is read, in an order of its own', () => {
    const log = (rules: Readonly<Record<string, string>>) => compileRules(rules).program.log;
    const rule = 'xEvent[type = "b" and z.y = 1].sum(a.b) > 1 or xEvent[type = "a"].count() > age';
    expect(log({ it: rule })).toEqual({
      types: ['a', 'b'],
      columns: [{ steps: ['a', 'b'] }, { steps: ['z', 'y'] }],
    });
    expect(log({ it: 'xEvent[z = 1]' }).types).toBeNull();
    expect(log({ it: 'age > 1' })).toEqual({ types: [], columns: [] });
    // Through functions, measures, labels and names of values a field is still an event's.
    expect(log({ it: 'let E = (xEvent.head()) in (E.a = xEvent.topN(b, 2).head().c)' }).columns).toHaveLength(3);
    expect(log({ it: 'let E = (tags.head()) in E.a = 1' }).columns).toHaveLength(0);
  });

  test('has hashes that change with what is read, and with nothing else', () => {
    const base = { m: 'xEvent[c = "x" and p = 1]' };
    const hashes = (rules: Readonly<Record<string, string>>) => {
      const { logHash, queryHash } = compileRules(rules).program;
      return [logHash, queryHash];
    };
    const known = hashes(base);
    expect(
      hashes({ ...base, a: 'age > 1', z: 'xEvent[p = 1 and c = "x"].count() > 3 and xEvent[p = 1 and c = "x"]' }),
    ).toEqual(known);
    expect(hashes({ m: 'xEvent[p = 1 and c = "x"]' })).toEqual(known);
    const [log, query] = hashes({ ...base, a: 'xEvent[p = 2]' });
    expect([log === known[0], query === known[1]]).toEqual([true, false]);
    expect(hashes({ ...base, a: 'xEvent[q = 2]' })[0]).not.toBe(known[0]);
  });

  test('names an equality as the way in, and none where alternatives share nothing', () => {
    const { program } = compileRules({
      a: 'age > 3 and vip and country = "de"',
      b: 'age > 3 or country = "de"',
      c: '(age > 3 and vip) or (age > 3 and country = "de")',
      d: 'true',
    });
    const accesses = program.segments.map(({ access }) => access);
    expect(accesses.map((literal) => nameOf(program, literal))).toEqual(['= de', null, '> 3', null]);
  });

  test('tests first what decides most often', () => {
    const { program } = compileRules({ a: 'vip and age in [1, 2] and country = "de" and tags' });
    const names: (string | null)[] = [];
    for (let at = program.segments[0]?.start ?? -1; at >= 0; at = program.code[at + 1] ?? -1) {
      names.push(nameOf(program, program.code[at] ?? -1));
    }
    expect(names).toEqual(['= de', null, 'in 1,2', '= true']);
  });

  test('keeps an `if` that would grow too much as one condition', () => {
    let rule = 'vip';
    for (let i = 0; i < 12; i++) rule = `if(${rule}, age > ${i}, age < ${i})`;
    expect(compileRules({ it: rule }).program.cells).toMatchObject([{ kind: 'truth', code: { op: 'if' } }]);
    expect(compileRules({ it: 'if(vip, age > 1, age < 1)' }).program.cells).toEqual([]);
  });

  test('of deep references and of many rules', () => {
    const id = (i: number) => `s${String(i).padStart(5, '0')}`;
    const rules = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [
        id(i),
        i === 0 ? 'xEvent.count() > 1' : `inSegment("${id(i - 1)}") and xEvent[p > ${i}]`,
      ]),
    );
    const segments = inputOf(rules).segments.map((rule, i) => ({
      ...rule,
      purpose: i % 2 ? ('analytics' as const) : ('sharing' as const),
    }));
    const { program } = compileRules({}, { segments });
    expect(program.order).toHaveLength(program.segments.length + program.cells.length);
    // Under both purposes the membership of each is another one.
    expect(program.cells.length).toBeGreaterThan(2 * 2000);
  });

  test('of a thousand attribute rules is some hundred kilobytes', () => {
    const rules = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [
        `segment${i}`,
        `country = "c${i % 50}" and age >= ${i % 80} and (vip or country.startsWith("x${i % 9}")) and not (age > ${90 + (i % 7)})`,
      ]),
    );
    const { program } = compileRules(rules);
    expect(program.cells).toEqual([]);
    expect(JSON.stringify(program).length).toBeLessThan(300_000);
  });
});

describe('purposes', () => {
  const rules = (texts: readonly (readonly [string, string, CompileInput['segments'][number]['purpose']])[]) =>
    texts.map(([id, rule, purpose]) => ({ id, rule, purpose }));
  const masks = (program: Program) => program.queries.map(({ purposes }) => purposes);

  test('a query sees what was collected for every purpose on the way', () => {
    const measures = [
      { id: 'n', expression: 'xEvent.count()', purpose: 'analytics' as const },
      { id: 'unused', expression: 'n * 2', purpose: 'advertising' as const },
    ];
    const segments = rules([
      ['own', 'n > age', 'analytics'],
      ['other', 'n > age + 1', 'personalization'],
    ]);
    const { program, measures: cells } = compileRules({}, { segments, measures });
    expect(new Set(masks(program))).toEqual(new Set([2, 2 | 4, 2 | 8]));
    expect(program.cells[cells.n ?? -1]).toMatchObject({ kind: 'value', code: { op: 'call', function: 'count' } });
    const query = program.cells[cells.n ?? -1]?.reads.queries[0];
    expect(program.queries[query ?? -1]?.purposes).toBe(2);
  });

  test('a membership under more purposes is another one, unless no events are read', () => {
    const segments = rules([
      ['base', 'xEvent.count() > 1', 'analytics'],
      ['through', 'inSegment("base")', 'analytics'],
      ['plain', 'age > 1', 'advertising'],
      ['a', 'not inSegment("through") and inSegment("plain")', 'personalization'],
      ['b', 'inSegment("through") and inSegment("base")', 'analytics'],
    ]);
    const { program } = compileRules({}, { segments });
    const of = (id: string) => program.segments.find((segment) => segment.id === id);
    expect(of('plain')?.ifMember).toBeGreaterThanOrEqual(0);
    expect(of('through')).toMatchObject({ ifNotMember: -1 });
    expect(of('through')?.ifMember).toBeGreaterThanOrEqual(0);
    expect(masks(program)).toEqual([2, 2 | 4]);
    // The count, and that it is not unknown, which is no member.
    expect(shownCells(program).filter((cell) => 'truth' in cell).length).toBeGreaterThan(0);
  });
});

function nameOf({ predicates }: Program, literal: number): string | null {
  const bit = (word: number) => literal - 32 * word;
  const group = predicates.find(({ word, words }) => bit(word) >= 0 && bit(word) < 32 * words);
  const predicate = group?.predicates[bit(group.word)];
  if (!predicate) return null;
  return `${predicate.is} ${'value' in predicate ? predicate.value : 'values' in predicate ? predicate.values : ''}`;
}
