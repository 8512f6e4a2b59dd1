import { EVENT_FIELD, type FieldTest, type Program, type Query } from '../program.ts';
import { nextDouble } from './next-double.ts';
import { queryNeeds } from './query-needs.ts';

type Scalar = string | number | boolean;

/** Columns are counted from here, so that the envelope's fields have places too: EVENT_FIELD.none is 0. */
export const FIRST_COLUMN = 5;
export const placeOfColumn = (column: number) => column + FIRST_COLUMN;

export const TEST = { literal: 0, anyLiteral: 1, range: 2, text: 3 } as const;
/** In `DispatchPlan.typeOf`. */
export const ANY_TYPE = -1;
export const SOME_TYPES = -2;

/**
 * What queries want, ready for two ways of finding it. A new row goes down a path: its type, then its value in a column, then the queries that want
 * this value there, then their tests. A list from scratch begins with the rows of its type and goes through its tests. Literals are numbered by
 * column from 1, so that rows are compared with them by number.
 */
export interface DispatchPlan {
  readonly purposes: Int32Array;
  readonly types: ReadonlyMap<string, number>;
  /** By query: its one type, ANY_TYPE or SOME_TYPES. */
  readonly typeOf: Int32Array;
  readonly typeSets: readonly (ReadonlySet<number> | null)[];
  /** By type; the last one is for all others. */
  readonly byType: readonly TypeQueries[];
  /** By place of the column. */
  readonly literals: readonly (ReadonlyMap<Scalar, number> | null)[];
  /** Tests of query q: from `testStarts[q]` to `testStarts[q + 1]`. The first one may be the value on the path: `isOnPath`. */
  readonly testStarts: Int32Array;
  readonly isOnPath: Uint8Array;
  readonly testPlaces: Int32Array;
  readonly testKinds: Uint8Array;
  /** Least and greatest number; of a literal its number. */
  readonly testLows: Float64Array;
  readonly testHighs: Float64Array;
  /** Numbers of literals, or a comparison of texts. */
  readonly testValues: readonly (ReadonlySet<number> | FieldTest | null)[];
  readonly rests: readonly Query['rest'][];
  /** By query: rows this long ago, and those beyond so many newest ones, are of no use to anybody. */
  readonly spans: Float64Array;
  readonly mostRows: Float64Array;
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

interface Test {
  readonly place: number;
  readonly kind: number;
  low: number;
  high: number;
  readonly values: ReadonlySet<number> | FieldTest | null;
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
  const typeSets = queries.map((query) => query.types && new Set(query.types.map((type) => types.get(type) as number)));
  const sorters = Array.from({ length: types.size + 1 }, () => new Map<number, number[][]>());
  const plains = sorters.map((): number[] => []);
  const tests: Test[] = [];
  const testStarts: number[] = [0];
  const isOnPath: number[] = [];
  for (const [q, query] of queries.entries()) {
    const own = testsOf(query.where, numberOf);
    const [access] = own;
    const wanted =
      access && (access.kind === TEST.literal ? [access.low] : access.kind === TEST.anyLiteral && access.values);
    isOnPath.push(wanted ? 1 : 0);
    for (const type of typeSets[q] ?? sorters.keys()) {
      if (!access || !wanted) {
        plains[type]?.push(q);
        continue;
      }
      const sorter = sorters[type] as Map<number, number[][]>;
      const lists = sorter.get(access.place) ?? [];
      sorter.set(access.place, lists);
      for (const literal of wanted as Iterable<number>) {
        const list = lists[literal] ?? [];
        lists[literal] = list;
        list.push(q);
      }
    }
    for (const test of own) tests.push(test);
    testStarts.push(tests.length);
  }
  return {
    purposes: Int32Array.from(queries, ({ purposes }) => purposes),
    types,
    typeOf: Int32Array.from(typeSets, (set) => {
      if (set === null) return ANY_TYPE;
      return set.size === 1 ? ([...set][0] as number) : SOME_TYPES;
    }),
    typeSets,
    byType: sorters.map((sorter, type) => ({
      plain: Int32Array.from(plains[type] as number[]),
      keyed: [...sorter].map(([place, lists]) => keyedQueries(place, lists)),
    })),
    literals,
    testStarts: Int32Array.from(testStarts),
    isOnPath: Uint8Array.from(isOnPath),
    testPlaces: Int32Array.from(tests, ({ place }) => place),
    testKinds: Uint8Array.from(tests, ({ kind }) => kind),
    testLows: Float64Array.from(tests, ({ low }) => low),
    testHighs: Float64Array.from(tests, ({ high }) => high),
    testValues: tests.map(({ values }) => values),
    rests: queries.map(({ rest }) => rest),
    ...queryNeeds(program),
  };
}

/** Literals first; bounds of one column become one range. */
function testsOf(where: readonly FieldTest[], numberOf: (place: number, value: Scalar) => number): readonly Test[] {
  const literal: Test[] = [];
  const others: Test[] = [];
  const ranges = new Map<number, Test>();
  for (const test of where) {
    const place = placeOfColumn(test.column);
    const [value] = test.values;
    if (test.is === 'in') {
      const numbers = new Set(test.values.map((item) => numberOf(place, item)));
      const [low = -1] = numbers;
      const isOne = numbers.size === 1;
      literal.push({
        place,
        kind: isOne ? TEST.literal : TEST.anyLiteral,
        low,
        high: low,
        values: isOne ? null : numbers,
      });
    } else if (typeof value !== 'number') others.push({ place, kind: TEST.text, low: 0, high: 0, values: test });
    else {
      const known = ranges.get(place);
      const range = known ?? { place, kind: TEST.range, low: -Infinity, high: Infinity, values: null };
      if (!known) others.push(range);
      ranges.set(place, range);
      if (test.is === '>=' || test.is === '>')
        range.low = Math.max(range.low, test.is === '>' ? nextDouble(value) : value);
      else range.high = Math.min(range.high, test.is === '<' ? -nextDouble(-value) : value);
    }
  }
  return [...literal, ...others];
}

function keyedQueries(place: number, lists: readonly (readonly number[] | undefined)[]): KeyedQueries {
  const starts = new Int32Array(lists.length + 1);
  const queries: number[] = [];
  for (let literal = 0; literal < lists.length; literal++) {
    for (const query of lists[literal] ?? []) queries.push(query);
    starts[literal + 1] = queries.length;
  }
  return { place, starts, queries: Int32Array.from(queries) };
}

export const isEnvelopeId = (place: number) => place === placeOfColumn(EVENT_FIELD.id);
