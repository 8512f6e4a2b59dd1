import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileProgram } from '../../../core/segment/compile/compile-program.ts';
import { lineageOf } from '../../../core/segment/compile/lineage.ts';
import { plainRule, timedRule } from '../segment-general/random-rules.ts';
import { compileRules, inputOf } from './compile-support.ts';
import { programComplaints } from './program-validity.ts';

const MEASURES = [
  { id: 'spent', expression: 'xEvent[type = "b"].sum(p)', purpose: 'personalization' },
  { id: 'taste', expression: 'xEvent.favourite(c)', purpose: 'personalization' },
  { id: 'often', expression: 'xEvent[type = "b"].count() + spent', purpose: 'analytics' },
  { id: 'nobody', expression: 'xEvent.first(never)', purpose: 'sharing' },
] as const;

/** One of each: what the compiler knows by name, and what it leaves to general code. */
const RULES = [
  'country = "de" and age > 3',
  'country in ["de", "fr"] or country = "it" or not (vip or age <= 5)',
  'country.startsWith("d") and (country.endsWith("e", false) or country.contains("x")) and country like "d%"',
  'country > "a" and country >= "\u{1f600}" and country < "\uffee" and country <= "b" and country != "c"',
  'age > 1 or age >= 1 or age > -3 or age >= 10 or age > 10 or age in [1, 2, 10] or age = 10 or age = 9',
  'isNull(country) and isNotNull(tags) and isNull(born)',
  'country matches "^d(e|k)$" and vip = false and country.equals("DE", false)',
  'xEvent[type = "b" and p > 3].count() >= 2 and xEvent[p > 3 and type = "b"].count() < 5',
  'xEvent[type in ["b", "a"] and c in ["y", "x"] and timestamp occurs <= 7 days before now].sum(p) > 10',
  'xEvent[type = "a" and c like "x%" and exists E from [1, 2] where E = p]',
  'xEvent[p > ^.age].count() = 3 and xEvent.average(p) > 2',
  'xEvent.average(p) > age or xEvent.max(p) = xEvent.min(p)',
  'exists E from xEvent, F from xEvent where E.c = F.c and E.p > F.p',
  'forall E from xEvent where E.p > 1 and E.timestamp occurs < 2 days before now',
  'chain(xEvent, timestamp, [A: WHAT(type = "a"), X: EXCLUDE WHAT(type = "x"), B: WHAT(type = "b") AFTER(A, <= 2 hours)])',
  'chain(xEvent, timestamp, [A: WHAT(type = "a"), B: WHAT(type = "b" and c = A.c), Y: EXCLUDE WHAT(type = "c")])',
  'let E = (xEvent.head()) in (E.p > 1 and E.c = country)',
  '(select E from xEvent where E.c = country).count() > 1 and (select E from tags where E = "a")',
  'inSegment("r0") and not inSegment("r1") and (inSegment("r7") or score("m") > 0.5)',
  'not inSegment("r0") or often > 3 or spent > 1 and taste = country',
  'if(vip, country = "de", age > 3) or if(inSegment("r2"), spent > 2, isNull(taste))',
  'xEvent.decayed(7 days, if(type = "b", 2, 1)) > 1 and xEvent.decayed(c, 7 days).keys().count() > 1',
  'born occurs <= 3 days before now and anniversary(born) and born = "2020-01-01"',
  'xEvent[c = ^.taste and xEvent[p = ^.p].count() > 1 and p < ^.xEvent.max(p)]',
  'tags includes "x" and tags.count() > 1 and ["a", "b"] intersects tags and "de" in [country]',
  'vip and (country = "de" and age > 3 or country = "de" and age > 9)',
  'true',
  'false',
  'vip in []',
] as const;

const rules = Object.fromEntries(RULES.map((rule, i) => [`r${i}`, rule]));
const many = Object.fromEntries([
  ...Object.entries(rules),
  ...Array.from({ length: 70 }, (_, i) => [`c${i}`, `country = "c${i}" and age > ${i} and (vip or age < ${-i})`]),
  ...Array.from({ length: 40 }, (_, i) => [`e${i}`, `xEvent[type = "t${i % 7}" and p > ${i}] or inSegment("c${i}")`]),
]);
const all = () => compileRules(many, { measures: [...MEASURES] });

describe('every program', () => {
  test.each(Object.keys(rules))('is sound: %s', (id) => {
    const needed = new Set([id, 'r0', 'r1', 'r2', 'r7']);
    const few = Object.fromEntries(Object.entries(rules).filter(([key]) => needed.has(key)));
    expect(programComplaints(compileRules(few, { measures: [...MEASURES] }).program)).toEqual([]);
    expect(programComplaints(compileRules(few, { measures: [...MEASURES], attributes: null }).program)).toEqual([]);
  });

  test('is sound, of many rules', () => expect(programComplaints(all().program)).toEqual([]));

  test('is sound, of random rules', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(plainRule, timedRule), { minLength: 1, maxLength: 4 }), (texts) => {
        const segments = texts.map((rule, i) => ({ id: `s${i}`, rule, purpose: 'necessary' as const }));
        const compiled = compileProgram({ ...inputOf({}), segments, attributes: null });
        if (compiled.ok) expect(programComplaints(compiled.value.program), texts.join('\n')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('is the same whatever the order of its rules', () => {
    const input = inputOf(many, { measures: [...MEASURES] });
    const turned = { ...input, segments: input.segments.toReversed(), measures: input.measures.toReversed() };
    expect(compileProgram(turned)).toEqual(compileProgram(input));
  });

  test('is made of references as deep as there are rules, whatever their names', () => {
    const id = (i: number) => `s${String(i).padStart(5, '0')}`;
    const deep = Array.from({ length: 1200 }, (_, i) => (i === 1199 ? 'xEvent' : `not inSegment("${id(i + 1)}")`));
    const chained = Array.from({ length: 1200 }, (_, i) => ({
      id: `m${id(i)}`,
      expression: i === 1199 ? 'xEvent.count()' : `m${id(i + 1)} + 1`,
      purpose: 'necessary' as const,
    }));
    const texts = Object.fromEntries(deep.map((rule, i) => [id(i), rule]));
    const { program } = compileRules({ ...texts, it: `m${id(0)} > 1200` }, { measures: chained });
    expect(program.segments).toHaveLength(1201);
  });

  test('survives JSON', () => {
    const { program, lineage } = all();
    expect(JSON.parse(JSON.stringify({ program, lineage }))).toEqual({ program, lineage });
  });

  test('log and queries do not depend on rules that read nothing else', () => {
    const { program } = compileRules({ a: 'xEvent[type = "b" and p > 3]' });
    const more = compileRules({ a: 'xEvent[p > 3 and type = "b"]', b: 'country = "de"', 0: 'age > 3' }).program;
    expect([more.logHash, more.queryHash, more.log]).toEqual([program.logHash, program.queryHash, program.log]);
    const other = compileRules({ a: 'xEvent[type = "b" and p > 4]' }).program;
    expect(other.logHash).toBe(program.logHash);
    expect(other.queryHash).not.toBe(program.queryHash);
    expect(compileRules({ a: 'xEvent[type = "b" and q > 3]' }).program.logHash).not.toBe(program.logHash);
    expect(compileRules({ a: 'xEvent[type = "c" and p > 3]' }).program.logHash).not.toBe(program.logHash);
  });
});

describe('what is stated twice', () => {
  const kindsOf = (rules: Readonly<Record<string, string>>) =>
    compileRules(rules).program.cells.map(({ kind }) => kind);
  const numbers = [
    ...['average', 'min', 'max'].map((name) => `xEvent.${name}(p)`),
    ...['sum', 'average', 'min', 'max'].map((name) => `(${name} E.p over E from xEvent where E.c = country)`),
    ...[
      'xEvent.sum(p * 2)',
      'xEvent.count()',
      'xEvent.p.sum()',
      'xEvent.p.average()',
      'xEvent.p.min()',
      'xEvent.p.max()',
    ],
    ...['xEvent.favourite(p)', 'xEvent.decayed(7 days)', 'xEvent.decayed(c, 7 days).get("x")'],
  ];
  test.each(numbers)('is computed once: %s', (part) => {
    expect(kindsOf({ a: `${part} > age`, b: `${part} + 1 < age` }).sort()).toEqual(['truth', 'truth', 'value']);
  });

  const conditions = [
    'exists E from xEvent where E.c = country',
    'forall E from xEvent where E.c = country',
    'chain(xEvent, timestamp, [A: WHAT(c = ^.country), B: WHAT(type = "b")])',
  ];
  test.each(conditions)('is computed once: %s', (part) => {
    expect(kindsOf({ a: `(${part}) = vip`, b: `(${part}) = (age > 3)` }).sort()).toEqual(['truth', 'truth', 'value']);
    expect(kindsOf({ a: `(${part}) = vip`, b: part }).sort()).toEqual(['truth', 'truth']);
  });

  test.each([
    ['in a condition on elements', 'xEvent[p > ^.xEvent.max(p) - 1]', ['value', 'truth']],
    ['in a quantifier', 'exists E from xEvent where E.p > age + xEvent.max(p)', ['value', 'truth']],
    ['in a weight', 'xEvent.favourite(c, ^.xEvent.max(p)) = "x"', ['value', 'truth']],
    ['not where it stands once', 'xEvent.max(p) > age', ['truth']],
    ['not after a name', 'let v = (age) in (xEvent.max(p) > v)', ['truth']],
    ['not where it reads the element', 'xEvent[p > ^.xEvent[c = ^.c].max(p) - 1]', ['truth']],
    ['not the first event, which is one', 'xEvent[p > ^.xEvent.head().p]', ['truth']],
  ])('%s', (_, rule, kinds) => {
    expect(kindsOf({ it: rule })).toEqual(kinds);
  });

  test('in another order is the same rule', () => {
    const { program } = compileRules({
      a: 'age > 3 and (vip and country = "de") and not (age > 9 or country = "fr")',
      b: 'not (country = "fr") and country = "de" and age <= 9 and (age > 3 and vip) and vip',
      c: 'vip or age > 3 and country = "de"',
      d: '(country = "de" and age > 3) or (vip or vip)',
    });
    const starts = program.segments.map(({ start, access }) => [start, access]);
    expect(starts[0]).toEqual(starts[1]);
    expect(starts[2]).toEqual(starts[3]);
    expect(starts[0]).not.toEqual(starts[2]);
  });

  test('an `if` is taken apart up to 32 leaves', () => {
    const opOf = (rule: string) =>
      compileRules({ it: rule }).program.cells.flatMap((cell) => ('code' in cell ? cell.code.op : []));
    const all = (count: number, word: string) =>
      Array.from({ length: count }, (_, i) => `age > ${i}`).join(` ${word} `);
    for (const word of ['and', 'or']) {
      expect(opOf(`if(${all(15, word)}, vip, not vip)`)).toEqual([]);
      expect(opOf(`if(${all(16, word)}, vip, not vip)`)).toEqual(['if']);
      expect(opOf(`if(not (${all(16, word)}), vip, not vip)`)).toEqual(['if']);
      expect(opOf(`if(vip, ${all(29, word)}, not vip)`)).toEqual([]);
      expect(opOf(`if(vip, ${all(30, word)}, not vip)`)).toEqual(['if']);
      expect(opOf(`if(vip, not vip, ${all(30, word)})`)).toEqual(['if']);
    }
  });
});

describe('problems of names', () => {
  const measure = (id: string) => ({ id, expression: '1', purpose: 'necessary' as const });
  const detailsOf = (input: Parameters<typeof compileProgram>[0]) => {
    const compiled = compileProgram(input);
    return compiled.ok ? [] : compiled.error.map(({ detail }) => detail);
  };
  test('say what is wrong', () => {
    const { segments } = inputOf({ a: 'true' });
    expect(detailsOf({ ...inputOf({ a: 'true' }), segments: [...segments, ...segments] })).toEqual([
      'There are two segments "a".',
    ]);
    expect(detailsOf(inputOf({}, { measures: [measure('m'), measure('m')] }))).toEqual(['There are two measures "m".']);
    expect(detailsOf(inputOf({}, { measures: [measure('xEvent')] }))).toEqual([
      '"xEvent" is the list of events and names no measure.',
    ]);
    expect(detailsOf(inputOf({}, { measures: [measure('age')] }))).toEqual(['There is an attribute "age" already.']);
    expect(detailsOf(inputOf({ a: 'true' }, { measures: [measure('a')] }))).toEqual([]);
  });
});

/** Every list in a piece of JSON. */
function listsOf(value: unknown): readonly (readonly unknown[])[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(listsOf);
  return Array.isArray(value) ? [value, ...inner] : inner;
}

describe('lineage', () => {
  test('has every list in order, each once', () => {
    const { lineage } = compileRules(
      {
        z: 'zeta > alpha and country = "de" and age > 1 and not inSegment("y") and inSegment("b")',
        y: 'score("z") > score("a") and xEvent[type in ["z", "a"] and zz = 1 and aa = 2].count() > age',
        b: 'alpha > zeta or xEvent.average(p) > zeta',
        x: 'if(inSegment("y") and inSegment("b"), country, "de") = "de"',
        ten: Array.from({ length: 12 }, (_, i) => `xEvent.average(p${i}) > age`).join(' or '),
      },
      {
        measures: [
          { id: 'zeta', expression: 'xEvent.sum(p)', purpose: 'personalization' },
          { id: 'alpha', expression: 'zeta + xEvent.count()', purpose: 'personalization' },
        ],
        eventLabels: () => ['money', 'address'],
        attributes: new Map([
          ['country', { type: 'string', labels: ['sensitive', 'location'] }],
          ['age', { type: 'number', labels: [] }],
        ]),
      },
    );
    for (const list of listsOf(lineage.cells).concat(listsOf(lineage.segments))) {
      if (list.every((item) => typeof item === 'number'))
        expect(list).toEqual([...new Set(list)].sort((a, b) => a - b));
      else if (list.every((item) => typeof item === 'string')) expect(list).toEqual([...new Set(list)].sort());
    }
    expect(lineage.attributeLabels).toEqual({ country: ['location', 'sensitive'] });
    for (const id of ['x', 'y', 'z', 'b', 'ten'])
      for (const list of listsOf({ ...lineageOf(lineage, 'segment', id), purposes: [] }))
        if (list.every((item) => typeof item === 'string')) expect(list).toEqual([...new Set(list)].sort());
    expect(lineageOf(lineage, 'segment', 'z')).toMatchObject({
      measures: ['alpha', 'zeta'],
      segments: ['b', 'y'],
      models: ['a', 'z'],
      attributes: ['age', 'country'],
      labels: ['address', 'location', 'money', 'sensitive'],
    });
  });

  test('of every cell is what the cell reads', () => {
    const { program, lineage } = all();
    for (const [i, { reads }] of program.cells.entries()) {
      const { attributes, cells, segments, models, events } = lineage.cells[i] ?? {};
      expect({ attributes, cells, segments, scores: (models ?? []).length > 0 }).toEqual({
        attributes: reads.attributes.map((attribute) => program.attributes[attribute]),
        cells: reads.cells,
        segments: reads.segments.map((segment) => program.segments[segment]?.id).sort(),
        scores: reads.scores,
      });
      const types = reads.queries.flatMap(
        (query): readonly (string | null)[] => program.queries[query]?.types ?? [null],
      );
      expect(new Set(events?.map(({ type }) => type))).toEqual(new Set(types));
    }
    expect(Object.keys(lineage.segments)).toEqual(program.segments.map(({ id }) => id));
  });

  test('is null for what is not there, and for names of every object', () => {
    const { lineage } = all();
    for (const name of ['nothing', 'toString', '__proto__']) {
      expect(lineageOf(lineage, 'segment', name)).toBeNull();
      expect(lineageOf(lineage, 'measure', name)).toBeNull();
    }
    expect(lineageOf(lineage, 'cell', 10_000)).toBeNull();
  });
});
