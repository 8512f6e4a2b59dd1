import { describe, expect, test } from 'vitest';
import type { Program } from '../../../core/segment/runtime/program.ts';
import { compileRules } from './compile-support.ts';

/** The conditions of a segment in the order in which they are tested while each says "go on"; `~`: the literal "is false". */
function order(program: Program, id: string, goesOn: 'set' | 'not'): readonly string[] {
  const { code, segments, predicates, attributes, cells } = program;
  const nameOf = (literal: number): string => {
    for (const { word, words, attribute, predicates: of, type } of predicates) {
      const bit = literal - 32 * word;
      const side = bit >= 32 * words ? '~' : '';
      const predicate = of[bit % (32 * words)];
      if (bit >= 0 && bit < 64 * words && predicate) return `${side}${attributes[attribute]} ${predicate.is} ${type}`;
    }
    for (const [i, cell] of cells.entries()) {
      if ('ifTrue' in cell && cell.ifTrue === literal) return `cell ${i}`;
      if ('ifFalse' in cell && cell.ifFalse === literal) return `~cell ${i}`;
    }
    for (const { id: name, ifMember, ifNotMember } of segments) {
      if (ifMember === literal) return `in ${name}`;
      if (ifNotMember === literal) return `~in ${name}`;
    }
    return '?';
  };
  const names: string[] = [];
  const step = goesOn === 'set' ? 1 : 2;
  let at = segments.find((segment) => segment.id === id)?.start ?? -1;
  for (; at >= 0; at = code[at + step] ?? -1) names.push(nameOf(code[at] ?? -1));
  return names;
}

const attributes = new Map(
  ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => [name, { type: 'string' as const, labels: [] }]),
);
attributes.set('n', { type: 'number', labels: [] } as never);
attributes.set('v', { type: 'boolean', labels: [] } as never);
const rulesOf = (it: string) => compileRules({ it, other: 'v' }, { attributes }).program;

/** From what few profiles are to what many are. */
const PARTS = [
  ['a.startsWith("x")', 'a startsWith string'],
  ['b = "x"', 'b = string'],
  ['inSegment("other")', 'in other'],
  ['xEvent', 'cell 0'],
  ['c in ["x", "y"]', 'c in string'],
  ['n > 3', 'n > number'],
] as const;

describe('tests', () => {
  const texts = PARTS.map(([text]) => text);
  const names = PARTS.map(([, name]) => name);
  test('of an `and` begin with what is rarest, those of an `or` with what is most frequent', () => {
    expect(order(rulesOf(texts.join(' and ')), 'it', 'set')).toEqual(names);
    expect(order(rulesOf(texts.toReversed().join(' and ')), 'it', 'set')).toEqual(names);
    expect(order(rulesOf(texts.join(' or ')), 'it', 'not')).toEqual(names.toReversed());
  });

  test('of opposites the other way round', () => {
    const negated = texts.map((text) => `not (${text})`);
    const opposite = names.toReversed().map((name) => `~${name}`);
    expect(order(rulesOf(negated.join(' and ')), 'it', 'set')).toEqual(opposite);
    expect(order(rulesOf(negated.join(' or ')), 'it', 'not')).toEqual(opposite.toReversed());
  });

  test.each([
    ['a like "x%" and b = "x" and isNull(c)', ['a like string', 'b = string', 'c isNull null']],
    ['a.contains("x") and n > 1', ['a contains string', 'n > number']],
    ['a.endsWith("x") and b matches "x"', ['a endsWith string', 'b matches string']],
    ['a.equals("x", false) and isNotNull(b)', ['a equalsFolded string', '~b isNull null']],
    ['v and c in ["x", "y"] and n >= 1', ['c in string', 'v = boolean', 'n >= number']],
    ['c in ["x", "y", "z", "u", "w", "q"] and b in ["x", "y"]', ['b in string', 'c in string']],
    ['(a = "x" or n > 3) and v', ['v = boolean', 'n > number']],
    ['(a = "x" and n > 3) or b.startsWith("x")', ['b startsWith string', 'a = string']],
    ['a = "x" and (b = "x" and n > 1 or c = "x" and n > 2)', ['b = string']],
  ])('%s', (rule, expected) => {
    const found = [...order(rulesOf(rule), 'it', 'set'), ...order(rulesOf(rule), 'it', 'not')];
    expect(found.filter((name, i) => found.indexOf(name) === i).slice(0, expected.length)).toEqual(expected);
  });

  test('count the values that rules tell apart: the more, the fewer profiles have each', () => {
    const more = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${i}`, `b = "v${i}"`]));
    const rules = { it: 'a.startsWith("x") and b = "x" and c = "x"', ...more };
    expect(order(compileRules(rules, { attributes }).program, 'it', 'set')).toEqual([
      'b = string',
      'a startsWith string',
      'c = string',
    ]);
  });

  test('the way in is the rarest that is needed, an equality before all else', () => {
    const accessOf = (rule: string) => {
      const program = rulesOf(rule);
      const entry = program.segments.find(({ id }) => id === 'it');
      const { start = 0, access } = entry ?? {};
      const at = program.code.findIndex((literal, i) => i % 3 === 0 && literal === access);
      const probe = { ...program, segments: [{ ...entry, id: 'it', start: at < 0 ? start : at }] } as Program;
      return access === -1 ? null : order(probe, 'it', 'set')[0];
    };
    expect(accessOf('a.startsWith("x") and b = "x"')).toBe('b = string');
    expect(accessOf('a.startsWith("x") and v')).toBe('a startsWith string');
    expect(accessOf('v and n > 3 and c in ["x", "y"]')).toBe('c in string');
    expect(accessOf('(v and b = "x") or (n > 3 and b = "x")')).toBe('b = string');
    expect(accessOf('not (b = "x") and v')).toBe('v = boolean');
    expect(accessOf('v or b = "x"')).toBeNull();
  });
});
