import { EVENT_FIELD, type FieldTest, type Program, type Query } from '../program.ts';
import { nextDouble } from './next-double.ts';
import { querySpans } from './query-spans.ts';

type Scalar = string | number | boolean;

/** Columns are counted from here, so that the envelope's fields have places too: EVENT_FIELD.none is 0. */
export const FIRST_COLUMN = 5;
export const placeOfColumn = (column: number) => column + FIRST_COLUMN;

export const TEST = { literals: 0, range: 1, text: 2 } as const;
/** In QueryColumns.types. */
export const ANY_TYPE = -1;
export const SOME_TYPES = -2;

/**
 * What queries want, ready for two ways of finding it. A new row goes down a path: its type, then its value in a column, then the queries that want
 * this value there, then their tests. A list from scratch begins with the rows of its type and goes through its tests. Literals are numbered by
 * column from 1, so that rows are compared with them by number.
 */
export interface DispatchPlan {
  readonly queries: QueryColumns;
  readonly tests: TestColumns;
  readonly types: ReadonlyMap<string, number>;
  /** By type; the last one is for all others. */
  readonly byType: readonly TypeQueries[];
  /** By place of the column. */
  readonly literals: readonly (ReadonlyMap<Scalar, number> | null)[];
  /** Milliseconds; QueryColumns.spans are positions here. */
  readonly spans: Float64Array;
}

/** By query. */
export interface QueryColumns {
  readonly count: number;
  readonly purposes: Int32Array;
  /** Its one type, ANY_TYPE or SOME_TYPES. */
  readonly types: Int32Array;
  readonly someTypes: readonly (ReadonlySet<number> | null)[];
  /** Rows this long ago are of no use to anybody. */
  readonly spans: Int32Array;
  /** Tests of query q: from `tests[q]` to `tests[q + 1]`; those on literals first. */
  readonly tests: Int32Array;
  /** Tests that a row has passed when it has come to the query. */
  readonly onPath: Uint8Array;
  readonly rests: readonly Query['rest'][];
}

/** By test. */
export interface TestColumns {
  readonly places: Int32Array;
  readonly kinds: Uint8Array;
  /** Least and greatest number. */
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  /** Numbers of literals of test t: from `starts[t]` to `starts[t + 1]` of `literals`. */
  readonly starts: Int32Array;
  readonly literals: Int32Array;
  /** Comparisons of texts. */
  readonly texts: readonly (FieldTest | null)[];
}

interface QueryTest {
  readonly place: number;
  readonly kind: number;
  low: number;
  high: number;
  readonly literals: readonly number[];
  readonly text: FieldTest | null;
}

export interface TypeQueries {
  readonly plain: Int32Array;
  readonly keyed: readonly KeyedQueries[];
}

/** The queries that want literal l in the column: from `starts[l]` to `starts[l + 1]` of `queries`. */
export interface KeyedQueries {
  readonly place: number;
  readonly starts: Int32Array;
  readonly queries: Int32Array;
}

export function createDispatchPlan(program: Program): DispatchPlan {
  const { queries, log } = program;
  const literals: (Map<Scalar, number> | null)[] = new Array(log.columns.length + FIRST_COLUMN).fill(null);
  const numberOf = (place: number, value: Scalar): number => {
    const known = literals[place] ?? new Map<Scalar, number>();
    literals[place] = known;
    const number = known.get(value) ?? known.size + 1;
    known.set(value, number);
    return number;
  };
  const types = new Map<string, number>();
  for (const query of queries) {
    for (const type of query.types ?? []) if (!types.has(type)) types.set(type, types.size);
  }
  const sorters = Array.from({ length: types.size + 1 }, () => new Map<number, number[][]>());
  const plains = sorters.map((): number[] => []);
  const spans = querySpans(program);
  const distinct = [...new Set(spans)];
  const tests = queries.map(({ where }) => testsOf(where, numberOf));
  const typeSets = queries.map(({ types: of }) => of && new Set(of.map((type) => types.get(type) as number)));
  const onPath = tests.map(([access], q) => {
    const isKeyed = access?.kind === TEST.literals;
    for (const type of typeSets[q] ?? sorters.keys()) {
      if (!isKeyed) {
        plains[type]?.push(q);
        continue;
      }
      const sorter = sorters[type] as Map<number, number[][]>;
      const lists = sorter.get(access.place) ?? [];
      sorter.set(access.place, lists);
      for (const literal of access.literals) {
        lists[literal] ??= [];
        lists[literal].push(q);
      }
    }
    return isKeyed ? 1 : 0;
  });
  const all = tests.flat();
  return {
    queries: {
      count: queries.length,
      purposes: Int32Array.from(queries, (query) => query.purposes),
      types: Int32Array.from(typeSets, (set) => {
        const [onlyType = ANY_TYPE] = set ?? [];
        return set === null ? ANY_TYPE : set.size === 1 ? onlyType : SOME_TYPES;
      }),
      someTypes: typeSets.map((set) => (set?.size === 1 ? null : set)),
      spans: Int32Array.from(spans, (span) => distinct.indexOf(span)),
      tests: startsOf(tests),
      onPath: Uint8Array.from(onPath),
      rests: queries.map(({ rest }) => rest),
    },
    tests: {
      places: Int32Array.from(all, ({ place }) => place),
      kinds: Uint8Array.from(all, ({ kind }) => kind),
      lows: Float64Array.from(all, ({ low }) => low),
      highs: Float64Array.from(all, ({ high }) => high),
      starts: startsOf(all.map((test) => test.literals)),
      literals: Int32Array.from(all.flatMap((test) => test.literals)),
      texts: all.map(({ text }) => text),
    },
    types,
    byType: sorters.map((sorter, type) => ({
      plain: Int32Array.from(plains[type] as number[]),
      keyed: [...sorter].map(([place, lists]) => keyedQueries(place, lists)),
    })),
    literals,
    spans: Float64Array.from(distinct),
  };
}

/** Where each list starts when they stand one after the other, and where the last one ends. */
function startsOf(lists: readonly (readonly unknown[] | undefined)[]): Int32Array {
  const starts = new Int32Array(lists.length + 1);
  for (let i = 0; i < lists.length; i++) starts[i + 1] = (starts[i] as number) + (lists[i]?.length ?? 0);
  return starts;
}

/** Literals first; bounds of one column become one range. */
function testsOf(
  where: readonly FieldTest[],
  numberOf: (place: number, value: Scalar) => number,
): readonly QueryTest[] {
  const onLiterals: QueryTest[] = [];
  const others: QueryTest[] = [];
  for (const test of where) {
    const place = placeOfColumn(test.column);
    const [value] = test.values;
    const any = { place, low: -Infinity, high: Infinity, literals: [], text: null };
    if (test.is === 'in') {
      const literals = [...new Set(test.values.map((item) => numberOf(place, item)))];
      onLiterals.push({ ...any, kind: TEST.literals, literals });
    } else if (typeof value !== 'number') others.push({ ...any, kind: TEST.text, text: test });
    else {
      let range = others.find((other) => other.place === place && other.kind === TEST.range);
      if (range === undefined) {
        range = { ...any, kind: TEST.range };
        others.push(range);
      }
      if (test.is === '>=' || test.is === '>')
        range.low = Math.max(range.low, test.is === '>' ? nextDouble(value) : value);
      else range.high = Math.min(range.high, test.is === '<' ? -nextDouble(-value) : value);
    }
  }
  return [...onLiterals, ...others];
}

function keyedQueries(place: number, lists: readonly (readonly number[] | undefined)[]): KeyedQueries {
  // Lists has holes.
  return { place, starts: startsOf(lists), queries: Int32Array.from(lists.flat() as number[]) };
}

export const isEnvelopeId = (place: number) => place === placeOfColumn(EVENT_FIELD.id);
