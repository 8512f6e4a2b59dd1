import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedSegments, type RuleNode, type RuleSet } from '../../../core/segment/preview/changed-segments.ts';

/** `seg` reads segments by name, and measures when the name begins with m. */
function rules(table: Readonly<Record<string, readonly [string, ...string[]]>>, context = 'UTC'): RuleSet {
  const kindOf = (name: string) => (name.startsWith('m') ? ('measure' as const) : ('segment' as const));
  const nodes: RuleNode[] = Object.entries(table).map(([name, [meaning, ...reads]]) => ({
    kind: kindOf(name),
    name,
    meaning,
    reads: reads.map((read) => ({ kind: kindOf(read), name: read })),
  }));
  return { context, nodes };
}

const BASE = rules({
  a: ['x = 1'],
  b: ['inSegment a', 'a'],
  c: ['spend > 5', 'mSpend'],
  d: ['b and c', 'b', 'c'],
  e: ['y = 2'],
  mSpend: ['sum'],
});

describe('changedSegments', () => {
  it('finds nothing where nothing differs', () => {
    expect(changedSegments(BASE, BASE)).toEqual({
      added: [],
      removed: [],
      edited: [],
      dependents: [],
      compare: [],
      compileBefore: [],
      compileAfter: [],
    });
  });

  it('follows an edited segment and an edited measure to all that depend on them', () => {
    const edit = (name: string): RuleSet => ({
      ...BASE,
      nodes: BASE.nodes.map((node) => (node.name === name ? { ...node, meaning: 'other' } : node)),
    });
    expect(changedSegments(BASE, edit('a'))).toMatchObject({
      edited: ['a'],
      dependents: ['b', 'd'],
      compare: ['a', 'b', 'd'],
      // d reads c, which did not change but is needed to run d.
      compileAfter: ['a', 'b', 'c', 'd'],
    });
    expect(changedSegments(BASE, edit('mSpend'))).toMatchObject({ edited: [], dependents: ['c', 'd'] });
    expect(changedSegments(BASE, edit('e'))).toMatchObject({ compare: ['e'], compileBefore: ['e'] });
  });

  it('knows added and removed segments, and their readers', () => {
    const without = { ...BASE, nodes: BASE.nodes.filter(({ name }) => name !== 'a') };
    expect(changedSegments(BASE, without)).toMatchObject({
      removed: ['a'],
      dependents: ['b', 'd'],
      compileBefore: ['a', 'b', 'c', 'd'],
      compileAfter: ['b', 'c', 'd'],
    });
    expect(changedSegments(without, BASE)).toMatchObject({ added: ['a'], compare: ['a', 'b', 'd'] });
  });

  it('compares all when what all depend on differs', () => {
    expect(changedSegments(BASE, { ...BASE, context: 'Europe/Berlin' }).compare).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('sees a name that reads something else now', () => {
    const rewired = { ...BASE, nodes: BASE.nodes.map((n) => (n.name === 'c' ? { ...n, reads: [] } : n)) };
    expect(changedSegments(BASE, rewired).compare).toEqual(['c', 'd']);
  });

  it('leaves out exactly the segments from which no change can be reached', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'm1', 'm2'];
    const node = fc.record({ meaning: fc.constantFrom('1', '2'), reads: fc.subarray(names), absent: fc.boolean() });
    const side = fc.tuple(...names.map(() => node));
    fc.assert(
      fc.property(side, side, fc.subarray(names), (x, y, kept) => {
        const tableOf = (drawn: typeof x) =>
          rules(
            Object.fromEntries(
              names.flatMap((name, i) => {
                // Names in `kept` are the same on both sides.
                const held = kept.includes(name) ? x[i] : drawn[i];
                return held && !held.absent ? [[name, [held.meaning, ...held.reads] as [string, ...string[]]]] : [];
              }),
            ),
          );
        const [before, after] = [tableOf(x), tableOf(y)];
        const find = (side: RuleSet, name: string) => side.nodes.find((held) => held.name === name);
        const differs = (name: string) => JSON.stringify(find(before, name)) !== JSON.stringify(find(after, name));
        const reaches = (name: string, seen: readonly string[]): boolean =>
          differs(name) ||
          [...(find(before, name)?.reads ?? []), ...(find(after, name)?.reads ?? [])].some(
            (read) => !seen.includes(read.name) && reaches(read.name, [...seen, read.name]),
          );
        const expected = names.filter((name) => !name.startsWith('m') && reaches(name, [name]));
        expect(changedSegments(before, after).compare).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
