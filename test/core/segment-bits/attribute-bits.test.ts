import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { withAtoms } from '../../../core/segment/compile/pattern-atoms.ts';
import { compilePattern } from '../../../core/segment/language/pattern.ts';
import {
  changeAttribute,
  createAttributeBits,
  writeAttributes,
} from '../../../core/segment/runtime/bits/attribute-bits.ts';
import { createDirtySet } from '../../../core/segment/runtime/bits/dirty-set.ts';
import type { SegmentRun } from '../../../core/segment/runtime/bits/rerun-segments.ts';
import type { Predicate, PredicateGroup } from '../../../core/segment/runtime/program.ts';

/** A predicate and what it means, said as plainly as possible. */
interface Meant {
  readonly predicate: Predicate;
  readonly holds: (value: never) => boolean;
}

const RANK: Readonly<Record<string, number>> = { '=': 0, in: 1, '>=': 2, '>': 3 };
const points = (text: string) => [...text].map((letter) => letter.codePointAt(0) as number);
function order(a: string | number, b: string | number): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) - Number(b);
  const [x, y] = [points(a), points(b)];
  const at = x.findIndex((point, i) => point !== y[i]);
  return at < 0 ? x.length - y.length : (x[at] as number) - (y[at] ?? -1);
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '1', '\u{1F45F}', '\uFFEE', 'İ', '_'), maxLength: 4 });
const number = fc.oneof(fc.constantFrom(-1, 0, -0, 0.5, 1, 2, 1e16), fc.integer({ min: -3, max: 70 }));

const bound = <V extends string | number>(value: fc.Arbitrary<V>): fc.Arbitrary<Meant> =>
  fc.tuple(fc.constantFrom('>=' as const, '>' as const), value).map(([is, of]) => ({
    predicate: { is, value: of },
    holds: (found: V) => (is === '>' ? order(found, of) > 0 : order(found, of) >= 0),
  }));
const equal = <V extends string | number | boolean>(value: fc.Arbitrary<V>): fc.Arbitrary<Meant> =>
  value.map((of) => ({ predicate: { is: '=', value: of }, holds: (found: V) => found === of }));
const listed = <V extends string | number>(value: fc.Arbitrary<V>): fc.Arbitrary<Meant> =>
  fc.array(value, { minLength: 1, maxLength: 5 }).map((values) => ({
    predicate: { is: 'in', values },
    holds: (found: V) => values.some((one) => one === found),
  }));
const part: fc.Arbitrary<Meant> = fc
  .tuple(fc.constantFrom('startsWith' as const, 'endsWith' as const, 'contains' as const), text, fc.boolean())
  .map(([is, of, fold]) => {
    const value = fold ? of.toLowerCase() : of;
    const method = is === 'contains' ? 'includes' : is;
    return {
      predicate: { is, value, fold },
      holds: (found: string) => (fold ? found.toLowerCase() : found)[method](value),
    };
  });
const foldedEqual: fc.Arbitrary<Meant> = text.map((of) => ({
  predicate: { is: 'equalsFolded', value: of.toLowerCase() },
  holds: (found: string) => found.toLowerCase() === of.toLowerCase(),
}));
const like: fc.Arbitrary<Meant> = fc
  .string({ unit: fc.constantFrom('a', 'b', '%', '_', '\u{1F45F}'), maxLength: 5 })
  .map((value) => {
    const pattern = new RegExp(`^${value.replaceAll('%', '[^]*').replaceAll('_', '[^]')}$`, 'u');
    return { predicate: { is: 'like', value }, holds: (found: string) => pattern.test(found) };
  });
const matches: fc.Arbitrary<Meant> = fc
  .array(
    fc.constantFrom('a', 'b', '(a|ab)', '(a|b|1)', '[ab]', 'a*', 'b+', '.', '^', '$', '(?i)a', '\\b', '|', '\u{1F45F}'),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''))
  .filter((source) => compilePattern(source).ok)
  .map((source) => {
    const compiled = compilePattern(source);
    if (!compiled.ok) throw new Error(compiled.error);
    return {
      predicate: { is: 'matches', pattern: compiled.value },
      holds: (found: string) => RE2JS.compile(source).matcher(found).find(),
    };
  });

const KINDS = {
  string: fc.oneof(equal(text), listed(text), bound(text), part, part, foldedEqual, like, matches),
  number: fc.oneof(equal(number), listed(number), bound(number)),
  boolean: equal(fc.boolean()),
  null: fc.constant<Meant>({ predicate: { is: 'isNull' }, holds: () => true }),
};

interface Group {
  readonly type: PredicateGroup['type'];
  readonly meant: readonly Meant[];
}
const group: fc.Arbitrary<Group> = fc.constantFrom(...(Object.keys(KINDS) as PredicateGroup['type'][])).chain((type) =>
  fc.record({
    type: fc.constant(type),
    meant: fc.array(KINDS[type], { minLength: 1, maxLength: type === 'null' ? 1 : 80, size: 'max' }).map((all) =>
      [...all].sort((a, b) => {
        const rank = (RANK[a.predicate.is] ?? 4) - (RANK[b.predicate.is] ?? 4);
        if (rank !== 0 || (RANK[a.predicate.is] ?? 0) < 2) return rank;
        return 'value' in a.predicate && 'value' in b.predicate
          ? order(a.predicate.value as string, b.predicate.value as string)
          : 0;
      }),
    ),
  }),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(text, fc.string({ unit: fc.constantFrom('a', 'b', '\u{1F45F}'), maxLength: 12 })) },
  { weight: 4, arbitrary: number },
  { weight: 2, arbitrary: fc.boolean() },
  fc.constantFrom(undefined, null, [], ['a'], { a: 1 }),
);

/** Attribute a has groups a and, if there are as many, more: positions in the list modulo 3. */
function layOut(groups: readonly Group[]): { readonly predicates: readonly PredicateGroup[]; readonly words: number } {
  let word = 0;
  const predicates = groups.map(({ type, meant }, i) => {
    const words = Math.ceil(meant.length / 32);
    const laid = {
      attribute: i % 3,
      type,
      word,
      words,
      predicates: meant.map(({ predicate }) => withAtoms(predicate)),
    };
    word += 2 * words;
    return laid;
  });
  return { predicates, words: word };
}

/** A third of the literals is read by code, a third as access. */
function programOf({ predicates, words }: ReturnType<typeof layOut>) {
  const every = (part: number) => Array.from({ length: 32 * words }, (_, l) => l).filter((l) => l % 3 === part);
  return {
    attributes: ['a', 'b', 'c'],
    predicates,
    words,
    code: every(0).flatMap((literal) => [literal, -1, -2]),
    segments: every(1).map((access) => ({ id: '', start: -2, access, ifMember: -1, ifNotMember: -1 })),
  };
}

function expectedWords(
  groups: readonly Group[],
  { predicates, words }: ReturnType<typeof layOut>,
  values: readonly unknown[],
) {
  const all = new Int32Array(words);
  const set = (literal: number) => {
    all[literal >> 5] = (all[literal >> 5] as number) | (1 << (literal & 31));
  };
  for (const [g, { attribute, type, word, words: count }] of predicates.entries()) {
    const found = values[attribute];
    for (const [i, { holds }] of (groups[g] as Group).meant.entries()) {
      const isAbsent = found === undefined || found === null;
      const truth = type === 'null' ? isAbsent : typeof found === type ? holds(found as never) : null;
      if (truth !== null) set((word + (truth ? 0 : count)) * 32 + i);
    }
  }
  return all;
}

test('every predicate of every group means what it says, and what the words held before is gone', () => {
  fc.assert(
    fc.property(
      fc.array(group, { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 6 }),
      (groups, people) => {
        const laid = layOut(groups);
        const bits = createAttributeBits(programOf(laid));
        const words = new Int32Array(laid.words);
        for (const values of people) {
          writeAttributes(bits, values, words);
          expect(words).toEqual(expectedWords(groups, laid, values));
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** As if each literal had a segment of its own, at the place of its number, that reads nothing else. */
function runOfAll(words: Int32Array): SegmentRun {
  const literals = Array.from({ length: 32 * words.length }, (_, literal) => literal);
  return {
    words,
    members: new Uint8Array(0),
    readers: {
      starts: Int32Array.from([...literals, literals.length]),
      positions: Int32Array.from(literals),
      masks: new Int32Array(literals.length).fill(1),
      tableStarts: new Int32Array(0),
      tables: new Int32Array(0),
    },
    states: Int32Array.from(literals, (literal) => ((words[literal >> 5] as number) >>> (literal & 31)) & 1),
    dirty: createDirtySet(literals.length),
  };
}

test('a changed attribute tells the readers of exactly the literals that flipped', () => {
  fc.assert(
    fc.property(
      fc.array(group, { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(fc.nat(2), value), { minLength: 1, maxLength: 8 }),
      (groups, changes) => {
        const laid = layOut(groups);
        const bits = createAttributeBits(programOf(laid));
        const words = new Int32Array(laid.words);
        const scratch = new Int32Array(bits.mostWords).fill(-1);
        const values: unknown[] = [undefined, undefined, undefined];
        writeAttributes(bits, values, words);
        for (const [attribute, to] of changes) {
          values[attribute] = to;
          const before = words.slice();
          const run = runOfAll(words);
          changeAttribute(bits, attribute, to, scratch, run);
          expect(words).toEqual(expectedWords(groups, laid, values));
          const flipped = words.map(
            (after, word) => (after ^ (before[word] as number)) & (bits.watched[word] as number),
          );
          expect(run.dirty).toEqual(flipped);
          const after = runOfAll(words).states;
          for (const [literal, state] of run.states.entries()) {
            if (((flipped[literal >> 5] as number) >>> (literal & 31)) & 1) expect(state).toBe(after[literal]);
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});
