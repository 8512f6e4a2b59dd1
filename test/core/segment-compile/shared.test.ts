import { describe, expect, test } from 'vitest';
import { type CompileInput, compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { lineageOf } from '../../../core/segment/compile/lineage.ts';
import { compileRules, inputOf } from './compile-support.ts';

const measure = (
  id: string,
  expression: string,
  purpose: CompileInput['measures'][number]['purpose'] = 'necessary',
) => ({
  id,
  expression,
  purpose,
});
const times = (value: unknown, part: string) => JSON.stringify(value).split(part).length - 1;

describe('what is computed once', () => {
  test('a costly part of a measure and of a rule', () => {
    const { program } = compileRules(
      { a: 'xEvent.average(p) > 2' },
      { measures: [measure('m', 'xEvent.average(p) + 1', 'personalization')] },
    );
    expect(times(program.cells, '"op":"average"')).toBe(1);
    expect(program.cells.map(({ kind }) => kind).sort()).toEqual(['truth', 'value', 'value']);
  });

  test('a rule’s part that is a measure, though it stands in one rule only', () => {
    const { program, measures } = compileRules(
      { a: 'xEvent.average(p) > 2' },
      { measures: [measure('m', 'xEvent.average(p)', 'personalization')] },
    );
    expect(program.cells).toHaveLength(2);
    const [rule] = program.cells.filter(({ kind }) => kind === 'truth');
    expect(rule).toMatchObject({ code: { left: { op: 'cell', cell: measures.m } }, reads: { cells: [measures.m] } });
  });

  test('a part that is a condition of another rule', () => {
    const { program } = compileRules({
      a: 'exists E from xEvent where E.p > age',
      b: '(exists E from xEvent where E.p > age) = vip',
    });
    expect(times(program.cells, '"op":"exists"')).toBe(1);
    expect(program.cells.map(({ kind }) => kind)).toEqual(['truth', 'truth']);
  });

  test('a measure that is a condition, and rules that state it', () => {
    const measures = [measure('m', 'xEvent[type = "a"].count() > 2', 'personalization')];
    const { program } = compileRules({ a: 'm', b: 'xEvent[type = "a"].count() > 2' }, { measures });
    expect(program.cells.map(({ kind }) => kind).sort()).toEqual(['count', 'value']);
    expect(program.segments[0]?.start).toBe(program.segments[1]?.start);
  });

  test.each([
    ['before the element is compared', 'xEvent[^.xEvent.max(p) - 1 < p]', 2],
    ['after it', 'xEvent[p > ^.xEvent.max(p) - 1]', 2],
    ['in the condition of a quantifier', 'exists E from xEvent where E.p > xEvent.max(p) - 1', 2],
    ['in a chain', 'chain(xEvent, timestamp, [A: WHAT(p > ^.xEvent.max(p) - 1)])', 2],
    ['in the argument of each element', 'xEvent.topN(p - ^.xEvent.max(p), 2).head().p = 1', 2],
  ])('what would be computed for each element: %s', (_, rule, cells) => {
    const { program } = compileRules({ a: rule });
    expect(program.cells).toHaveLength(cells);
    expect(times(program.cells, '"op":"max"')).toBe(1);
  });

  test.each([
    'let n = (age + 1) in (xEvent.average(p) > n)',
    'let n = (age + 1) in (n < xEvent.average(p))',
    '[xEvent.average(p), 2].intersects([age])',
    'xEvent.average(p) > age',
    'country.contains("x") = (xEvent.average(p) > age)',
    // What depends on the element cannot be taken out, and what costs nothing need not.
    'xEvent[items.max(q) > 3 and ^.age > 2]',
    'exists E from xEvent where E.items.count() > age',
  ])('and what is not shared stays where it is: %s', (rule) => {
    expect(compileRules({ a: rule }).program.cells).toHaveLength(1);
  });

  test('lists of the profile cost nothing', () => {
    const { program } = compileRules({ a: 'tags.count() > age', b: 'tags.count() + 1 > age' });
    expect(program.cells.map(({ kind }) => kind)).toEqual(['truth', 'truth']);
  });

  test('equal jump code', () => {
    const code = (rules: Readonly<Record<string, string>>) => compileRules(rules).program;
    const one = code({ a: 'age > 3 and country = "de"' });
    expect(one.code).toHaveLength(6);
    const two = code({ a: 'age > 3 and country = "de"', b: 'country = "de" and age > 3' });
    expect(two.code).toEqual(one.code);
    // An equal end is shared, too.
    const end = code({ a: 'age > 3 and country = "de"', b: 'xEvent and country = "de" and age > 3' });
    expect(end.code).toHaveLength(12);
    expect(code({ a: 'age > 3', b: 'age > 3 and inSegment("a")' }).code).toHaveLength(6);
  });
});

describe('what a node reads is sorted, each once', () => {
  const { program, lineage } = compileRules(
    {
      a: 'xEvent[type = "a"] and xEvent[type = "b"]',
      b: 'not xEvent[type = "a"] and xEvent[type = "b"] and vip and country = "de" and age > 1',
      c: 'm1 > m2 + age',
      d: 'm2 > m1 + age and m1 != m2 - age',
      e: '(not inSegment("b") and inSegment("a") and vip) = (country = born)',
      f: 'inSegment("e") and not inSegment("c") and inSegment("a") and score("z") > score("y")',
      g: 'inSegment("f")',
    },
    {
      measures: [measure('m1', 'xEvent.average(p)'), measure('m2', 'xEvent[type in ["z", "k"]].average(q)')],
      attributes: new Map([
        ['country', { type: 'string', labels: ['location', 'address'] }],
        ['age', { type: 'number', labels: [] }],
        ['vip', { type: 'boolean', labels: [] }],
        ['born', { type: 'instant', labels: ['sensitive', 'address'] }],
      ]),
      eventLabels: (_, path) => (path === 'q' ? ['money', 'freeText'] : []),
    },
  );
  const isRising = (items: readonly (number | string)[]) =>
    items.every((item, i) => i === 0 || (items[i - 1] as typeof item) < item);

  test('in the program', () => {
    for (const { reads } of program.cells) {
      for (const key of ['attributes', 'queries', 'cells', 'segments'] as const) {
        expect(isRising(reads[key]), JSON.stringify(reads)).toBe(true);
      }
    }
    expect(program.cells.some(({ reads }) => reads.scores)).toBe(true);
  });

  test('in the lineage of cells and segments', () => {
    const nodes = [...Object.values(lineage.segments), ...lineage.cells];
    for (const node of nodes) {
      for (const key of ['attributes', 'models', 'cells', 'segments', 'eventLabels'] as const) {
        expect(isRising(node[key]), `${key} of ${JSON.stringify(node)}`).toBe(true);
      }
    }
    expect(lineage.segments.b).toMatchObject({ attributes: ['age', 'country', 'vip'], segments: [], models: [] });
    expect(lineage.segments.b?.cells).toHaveLength(2);
    expect(Object.values(lineage.segments).map(({ measures }) => measures)).toEqual([
      ...[[], [], ['m1', 'm2'], ['m1', 'm2'], [], [], []],
    ]);
    expect(lineage.cells.map(({ segments }) => segments)).toContainEqual(['a', 'b']);
    expect(lineage.cells.map(({ models }) => models)).toContainEqual(['y', 'z']);
    expect(lineage.cells.map(({ attributes }) => attributes)).toContainEqual(['born', 'country', 'vip']);
    expect(lineage.attributeLabels).toEqual({ country: ['address', 'location'], born: ['address', 'sensitive'] });
    const [m1, m2] = ['m1', 'm2'].map((id) => lineage.measures[id]?.cell ?? -1);
    const both = lineage.cells.filter(({ cells }) => cells.length > 0);
    expect(both.length).toBeGreaterThanOrEqual(3);
    // Through a rule for personalization they are other cells than alone.
    for (const { cells } of both) {
      expect(cells).toEqual(both[0]?.cells);
      expect(cells).toHaveLength(2);
    }
    expect(lineage.cells[m1 ?? -1]).toMatchObject({ ofMeasures: ['m1'], ofSegments: [], eventLabels: [] });
    expect(lineage.cells[m2 ?? -1]).toMatchObject({
      ofMeasures: ['m2'],
      eventLabels: ['freeText', 'money'],
      events: [
        { type: 'k', fields: ['q'] },
        { type: 'z', fields: ['q'] },
      ],
    });
  });

  test('through everything on the way', () => {
    expect(lineageOf(lineage, 'segment', 'g')).toEqual({
      attributes: ['age', 'born', 'country', 'vip'],
      labels: ['address', 'freeText', 'location', 'money', 'sensitive'],
      events: [
        { type: null, fields: ['p'] },
        { type: 'a', fields: [] },
        { type: 'b', fields: [] },
        { type: 'k', fields: ['q'] },
        { type: 'z', fields: ['q'] },
      ],
      measures: ['m1', 'm2'],
      segments: ['a', 'b', 'c', 'e', 'f'],
      models: ['y', 'z'],
      purposes: ['necessary', 'personalization'],
    });
    expect(lineageOf(lineage, 'measure', 'm2')).toMatchObject({ measures: [], segments: [], purposes: ['necessary'] });
  });

  test('a membership under more purposes is a cell of the segment, and one under none more is not', () => {
    const { segments } = inputOf({ own: 'xEvent[type = "a"]', plain: 'age > 1', through: 'inSegment("far")' });
    const compiled = compileRules(
      {},
      {
        segments: [
          ...segments,
          { id: 'far', rule: 'inSegment("own") and inSegment("plain") and xEvent[type = "b"]', purpose: 'advertising' },
        ],
      },
    );
    const origins = compiled.lineage.cells.flatMap(({ ofSegments }) => ofSegments).sort();
    expect(origins).toEqual(['far', 'own']);
    // Each as it is for its own purpose, and as it is asked; neither more nor less.
    expect(compiled.program.cells.map(({ kind }) => kind).sort()).toEqual([
      ...['count', 'count', 'count', 'count', 'truth', 'truth', 'truth'],
    ]);
    // What reads no events is the same for all purposes.
    expect(compiled.lineage.segments.far?.segments).toEqual(['plain']);
    expect(compiled.program.cells.map(({ kind }) => kind)).not.toContain('value');
  });
});

test('a segment names its measures, and nothing else of that name', () => {
  const { lineage } = compileRules(
    { a: 'country = "x" and m1 > 2', same: 'age > 1', through: 'same > 1' },
    { measures: [measure('m1', 'xEvent.count()'), measure('same', 'm1 + 1')], attributes: null },
  );
  expect(Object.entries(lineage.segments).map(([id, { measures }]) => [id, measures])).toEqual([
    ['a', ['m1']],
    ['same', []],
    ['through', ['same']],
  ]);
});

describe('columns and queries', () => {
  test.each<readonly [rule: string, columns: readonly string[]]>([
    ['xEvent.items.head().q = 1', ['items']],
    ['xEvent.head().p = 1', ['p']],
    ['xEvent.topN(p, 2).head().q = 1', ['p', 'q']],
    ['chain(xEvent, due, [A: WHAT(type = "a"), B: WHAT(type = "b")])', ['due']],
    ['chain(xEvent, due, [A: WHAT(type = "a")])', ['due']],
    ['xEvent.distinct().head().p = 1', ['p']],
    ['tags.map(^.xEvent.head()).head().p = 1', ['p']],
    ['tags.first(^.xEvent.head()).p = 1', ['p']],
    ['tags.last(^.xEvent.head()).p = 1', ['p']],
    ['tags.map(x).head().p = 1', []],
    ['tags.head().p = 1', []],
    ['tags.topN(p, 1).head().q = 1', []],
    ['xEvent.map(p).head().q = 1', ['p']],
    ['xEvent.first(o).q = 1', ['o']],
    ['if(vip, xEvent.head(), tags.head()).p = 1', ['p']],
    ['if(vip, tags.head(), xEvent.head()).p = 1', ['p']],
    ['[1, xEvent.head()].head().p = 1', ['p']],
    ['(let E = (xEvent.head()) in (E)).p = 1', ['p']],
    ['(select E from xEvent where E.p > age).q = [1]', ['p', 'q']],
    ['(select E from xEvent, F from tags where F.p > age).q = [1]', ['q']],
    ['xEvent.decayed(c, 1 day, p).get("x") > 1', ['c', 'p']],
    ['xEvent.decayed(1 day, p) > 1', ['p']],
    ['xEvent[type = "a" and timestamp occurs today].count() > age', []],
    ['exists E from xEvent, I from E.items where I.q = 1', ['items']],
  ])('%s reads %j', (rule, columns) => {
    const { program } = compileRules({ a: rule });
    expect(program.log.columns.map(({ steps }) => steps.join('.'))).toEqual(columns);
  });

  test('of different fields have different fingerprints', () => {
    const hashes = ['source', '_id', 'p', 'q.r', 'q'].map((field) => {
      const { logHash, queryHash } = compileRules({ a: `xEvent[${field} = "a"]` }).program;
      return [logHash, queryHash];
    });
    expect(new Set(hashes.map(([, queries]) => queries)).size).toBe(5);
    const [source, id, ...columns] = hashes.map(([log]) => log);
    expect(source).toBe(id);
    expect(new Set([source, ...columns]).size).toBe(4);
    const rest = ['source', '_id', 'p', 'q'].map((field) => compileRules({ a: `xEvent[${field} like "a%"]` }).program);
    expect(new Set(rest.map(({ queryHash }) => queryHash)).size).toBe(4);
  });

  test('do not depend on what stands beside them', () => {
    const alone = compileRules({ z: 'xEvent[p.contains("x") and q > 3]' }).program;
    const beside = compileRules({ z: 'xEvent[p.contains("x") and q > 3]', a: 'xEvent[q > 3 and p.contains("x")]' });
    expect(beside.program.queryHash).toBe(alone.queryHash);
  });

  test('tests of an attribute stand in one order, whoever asks', () => {
    const texts = ['country in ["x", "y"]', 'country in ["a", "b"]', 'country.matches("b$")', 'country.matches("a$")'];
    const predicates = (rules: readonly string[]) =>
      compileRules(Object.fromEntries(rules.map((rule, i) => [`r${i}`, rule]))).program.predicates;
    expect(predicates(texts)).toEqual(predicates(texts.toReversed()));
    expect(predicates(texts)[0]?.predicates.map(({ is }) => is)).toEqual(['in', 'in', 'matches', 'matches']);
  });
});

describe('what only looks like a threshold or a sequence is general code:', () => {
  const near = 'xEvent[timestamp occurs <= 40 days before now]';
  test.each([
    'xEvent.p.count() >= 3',
    'xEvent.p.max() > 3',
    'xEvent.p.average() > 3',
    '(sum E.p over E from xEvent[p > ^.age]) > 3',
    '(sum E.p over E from xEvent where E.p > age) > 3',
    '(sum E.p over E from tags) > 3',
    '(sum E.p + 1 over E from xEvent) > 3',
    '(sum age over E from xEvent) > 3',
    '(max E.p over E from xEvent) > 3',
    'xEvent.sum(p) != 3',
    'xEvent.sum(p + 1) > 3',
    'xEvent.sum(p) > age',
    'tags.sum(p) > 3',
    'tags.p.sum() > 3',
    'xEvent.count() > age',
    'tags.count() > 3',
    'xEvent.topN(p, 2).count() > 1',
    'isNull(xEvent.head().p)',
    'isNull(tags.head())',
    'exists E from xEvent, F from tags',
    'exists E from xEvent where E.p > age',
    'exists E from tags',
    `chain(${near}, timestamp, [A: WHAT(type = "a") WHEN(<= 1 month before now), B: WHAT(type = "b")])`,
    `chain(${near}, timestamp, [A: WHAT(type = "a") WHEN(<= 1 month before now)])`,
    'chain(xEvent, timestamp, [A: WHAT(type = "a") WHEN(today)])',
    'chain(tags, at, [A: WHAT(type = "a")])',
  ])('%s', (rule) => {
    const { program } = compileRules({ a: rule });
    expect(program.cells.map(({ kind }) => kind)).toEqual(['truth']);
  });

  test('and months with months, or days with days, are one window', () => {
    const month = 'xEvent[timestamp occurs <= 2 months before now]';
    const { program } = compileRules({
      a: `chain(${near}, timestamp, [A: WHAT(type = "a") WHEN(<= 7 days before now), B: WHAT(type = "b")])`,
      b: `chain(${month}, timestamp, [A: WHAT(type = "a") WHEN(< 1 month before now), B: WHAT(type = "b")])`,
    });
    expect(program.cells).toMatchObject([
      { kind: 'sequence', steps: [{ window: { ms: 7 * 86_400_000 + 1 } }, { window: { ms: 40 * 86_400_000 + 1 } }] },
      { kind: 'sequence', steps: [{ window: { months: 1, closed: false } }, { window: { months: 2, closed: true } }] },
    ]);
  });
});

describe('problems say what is wrong', () => {
  const detailsOf = (more: Partial<CompileInput>) => {
    const compiled = compileProgram(inputOf({}, more));
    return compiled.ok ? [] : compiled.error.map(({ detail }) => detail);
  };
  test('in words', () => {
    const one = { id: 'a', rule: 'true', purpose: 'necessary' as const };
    expect(detailsOf({ segments: [one, one] })).toEqual(['There are two segments "a".']);
    expect(detailsOf({ measures: [measure('m', '1'), measure('m', '1')] })).toEqual(['There are two measures "m".']);
    expect(detailsOf({ measures: [measure('age', '1')] })).toEqual(['There is an attribute "age" already.']);
    expect(detailsOf({ measures: [measure('xEvent', '1')], attributes: null })).toEqual([
      '"xEvent" is the list of events and names no measure.',
    ]);
    const many = Array.from({ length: 40_000 }, (_, i) => ({ ...one, id: String(i) }));
    expect(detailsOf({ segments: many })).toEqual([
      expect.stringMatching(/^A ruleset holds at most \d+ segments; these are 40000\.$/),
    ]);
    // Names and rules are told of together.
    expect(detailsOf({ segments: [one, one, { ...one, id: 'b', rule: 'age = "x"' }] })).toHaveLength(2);
  });
});
