import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDirtySet, markDirty, takeDirty } from '../../../core/segment/runtime/bits/dirty-set.ts';
import { createSegmentRun, markReaders, rerunSegment } from '../../../core/segment/runtime/bits/rerun-segments.ts';
import { createSegmentBits, runSegments } from '../../../core/segment/runtime/bits/segments.ts';
import { JUMP, type Program, type ProgramSegment } from '../../../core/segment/runtime/program.ts';

type Rule =
  | { readonly is: 'literal'; readonly literal: number }
  | { readonly is: 'and' | 'or'; readonly of: readonly Rule[] };

/** Literals below are the world's; above, each segment has a pair for its membership. */
const WORLD = 40;
const SEGMENTS = 12;
const memberOf = (segment: number) => WORLD + 2 * segment;
const notMemberOf = (segment: number) => memberOf(segment) + 1;
/** The others stand in pairs, so that they may be passed over together. */
const isAsked = (segment: number) => segment % 4 > 1;
const WORDS = Math.ceil((WORLD + 2 * SEGMENTS) / 32);

const rule = (most: number): fc.Arbitrary<Rule> =>
  fc.letrec<{ rule: Rule }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 3 },
      fc.nat(most).map((literal): Rule => ({ is: 'literal', literal })),
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('rule'), { maxLength: 3 }))
        .map(([is, of]): Rule => ({ is, of })),
    ),
  })).rule;

/** Rules that read the memberships of those before. */
const rules = fc.tuple(...Array.from({ length: SEGMENTS }, (_, i) => rule(memberOf(i) - 1)));

function holds(of: Rule, isSet: (literal: number) => boolean): boolean {
  if (of.is === 'literal') return isSet(of.literal);
  return of.is === 'and' ? of.of.every((part) => holds(part, isSet)) : of.of.some((part) => holds(part, isSet));
}

function compile(all: readonly Rule[]): Program {
  const code: number[] = [];
  const emit = (of: Rule, whenSet: number, whenNot: number): number => {
    if (of.is === 'literal') return code.push(of.literal, whenSet, whenNot) - 3;
    return of.of.reduceRight(
      (next, part) => (of.is === 'and' ? emit(part, next, whenNot) : emit(part, whenSet, next)),
      of.is === 'and' ? whenSet : whenNot,
    );
  };
  const segments = all.map((of, i): ProgramSegment => {
    const access = of.is === 'and' ? of.of.find((part) => part.is === 'literal') : undefined;
    return {
      id: String(i),
      start: emit(of, JUMP.member, JUMP.notMember),
      access: access?.is === 'literal' ? access.literal : -1,
      ifMember: isAsked(i) ? memberOf(i) : -1,
      ifNotMember: isAsked(i) && i % 2 === 0 ? notMemberOf(i) : -1,
    };
  });
  const order = segments.map((_, i) => ~i);
  return { words: WORDS, segments, code, order } as unknown as Program;
}

/** Memberships as the rules say, one after the other. */
function expected(all: readonly Rule[], world: ReadonlySet<number>): readonly number[] {
  const set = new Set(world);
  return all.map((of, i) => {
    const member = holds(of, (literal) => set.has(literal));
    if (isAsked(i) && member) set.add(memberOf(i));
    else if (isAsked(i) && i % 2 === 0) set.add(notMemberOf(i));
    return member ? 1 : 0;
  });
}

const flip = (words: Int32Array, literal: number) => {
  words[literal >> 5] = (words[literal >> 5] as number) ^ (1 << (literal & 31));
};

test('memberships from scratch and after changes are what the rules say, and flips are told once', () => {
  fc.assert(
    fc.property(
      rules,
      fc.uniqueArray(fc.nat(WORLD - 1)),
      fc.array(fc.uniqueArray(fc.nat(WORLD - 1), { maxLength: 6 }), { maxLength: 6 }),
      (all, start, changes) => {
        const bits = createSegmentBits(compile(all));
        const words = new Int32Array(WORDS);
        const members = new Uint8Array(SEGMENTS).fill(1);
        const world = new Set(start);
        for (const literal of start) flip(words, literal);
        runSegments(bits, 0, SEGMENTS, words, members);
        expect([...members]).toEqual(expected(all, world));
        const run = createSegmentRun(bits, words, members);
        const { dirty } = run;
        for (const change of changes) {
          const before = [...members];
          for (const literal of change) {
            flip(words, literal);
            if (!world.delete(literal)) world.add(literal);
            markReaders(run, literal, world.has(literal) ? -1 : 0);
          }
          const flipped: number[] = [];
          for (let position = takeDirty(dirty, 0); position >= 0; position = takeDirty(dirty, position)) {
            const segment = ~(bits.order[position] as number);
            if (rerunSegment(bits, position, run)) flipped.push(segment);
          }
          expect([...members]).toEqual(expected(all, world));
          expect(flipped).toEqual(before.flatMap((member, i) => (member === members[i] ? [] : [i])));
          expect(dirty.every((word) => word === 0)).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a segment may begin at an end: always or never', () => {
  const segments = [JUMP.member, JUMP.notMember].map((start, i) => ({
    id: String(i),
    start,
    access: -1,
    ifMember: -1,
    ifNotMember: i,
  }));
  const bits = createSegmentBits({ words: 1, segments, code: [], order: [~1, ~0] } as unknown as Program);
  const words = new Int32Array(1);
  const members = new Uint8Array(2);
  runSegments(bits, 0, 2, words, members);
  expect([...members]).toEqual([1, 0]);
  expect([...words]).toEqual([0b10]);
  expect([...bits.positions]).toEqual([1, 0]);
});

test('dirty positions come out in rising order, each once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(199)), (positions) => {
      const dirty = createDirtySet(200);
      for (const position of positions) markDirty(dirty, position);
      const taken: number[] = [];
      for (let position = takeDirty(dirty, 0); position >= 0; position = takeDirty(dirty, position))
        taken.push(position);
      expect(taken).toEqual([...new Set(positions)].sort((a, b) => a - b));
    }),
  );
});
