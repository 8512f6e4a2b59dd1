import type { PurposeMask } from '../../../policy/purposes.ts';
import { EVENT_FIELD, type FieldTest, type Program, type Query } from '../program.ts';
import { nextDouble } from './next-double.ts';
import { querySpans } from './query-spans.ts';

type Scalar = string | number | boolean;

/** Columns are counted from here, so that the envelope's fields have places too: EVENT_FIELD.none is 0. */
export const FIRST_COLUMN = 5;
export const placeOfColumn = (column: number) => column + FIRST_COLUMN;

export const TEST = { literal: 0, anyLiteral: 1, range: 2, text: 3 } as const;
/** In QueryPlan.type. */
export const ANY_TYPE = -1;
export const SOME_TYPES = -2;

/**
 * What queries want, ready for two ways of finding it. A new row goes down a path: its type, then its value in a column, then the queries that want
 * this value there, then their tests. A list from scratch begins with the rows of its type and goes through its tests. Literals are numbered by
 * column from 1, so that rows are compared with them by number.
 */
export interface DispatchPlan {
  readonly queries: readonly QueryPlan[];
  readonly types: ReadonlyMap<string, number>;
  /** By type; the last one is for all others. */
  readonly byType: readonly TypeQueries[];
  /** By place of the column. */
  readonly literals: readonly (ReadonlyMap<Scalar, number> | null)[];
  /** Milliseconds; QueryPlan.span is a position here. */
  readonly spans: Float64Array;
}

export interface QueryPlan {
  readonly purposes: PurposeMask;
  /** Its one type, ANY_TYPE or SOME_TYPES. */
  readonly type: number;
  readonly types: ReadonlySet<number> | null;
  /** Rows this long ago are of no use to anybody. */
  readonly span: number;
  readonly tests: readonly QueryTest[];
  /** Tests that a row has passed when it has come to the query. */
  readonly testsOnPath: number;
  readonly rest: Query['rest'];
}

export interface QueryTest {
  readonly place: number;
  readonly kind: number;
  /** Least and greatest number; of a literal its number. */
  low: number;
  high: number;
  /** Numbers of literals. */
  readonly values: readonly number[];
  /** Of a comparison of texts. */
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
  const plans = queries.map((query, q): QueryPlan => {
    const tests = testsOf(query.where, numberOf);
    const [access] = tests;
    const wanted = access?.kind === TEST.literal || access?.kind === TEST.anyLiteral ? access.values : null;
    const ofTypes = query.types && new Set(query.types.map((type) => types.get(type) as number));
    for (const type of ofTypes ?? sorters.keys()) {
      if (!access || !wanted) {
        plains[type]?.push(q);
        continue;
      }
      const sorter = sorters[type] as Map<number, number[][]>;
      const lists = sorter.get(access.place) ?? [];
      sorter.set(access.place, lists);
      for (const literal of wanted) {
        const list = lists[literal] ?? [];
        lists[literal] = list;
        list.push(q);
      }
    }
    const [onlyType = ANY_TYPE] = ofTypes ?? [];
    return {
      purposes: query.purposes,
      type: ofTypes === null ? ANY_TYPE : ofTypes.size === 1 ? onlyType : SOME_TYPES,
      types: ofTypes,
      span: distinct.indexOf(spans[q] as number),
      tests,
      testsOnPath: wanted ? 1 : 0,
      rest: query.rest,
    };
  });
  return {
    queries: plans,
    types,
    byType: sorters.map((sorter, type) => ({
      plain: Int32Array.from(plains[type] as number[]),
      keyed: [...sorter].map(([place, lists]) => keyedQueries(place, lists)),
    })),
    literals,
    spans: Float64Array.from(distinct),
  };
}

/** Literals first; bounds of one column become one range. */
function testsOf(
  where: readonly FieldTest[],
  numberOf: (place: number, value: Scalar) => number,
): readonly QueryTest[] {
  const literals: QueryTest[] = [];
  const others: QueryTest[] = [];
  for (const test of where) {
    const place = placeOfColumn(test.column);
    const [value] = test.values;
    if (test.is === 'in') {
      const values = [...new Set(test.values.map((item) => numberOf(place, item)))];
      const [low = -1] = values;
      literals.push({
        place,
        kind: values.length === 1 ? TEST.literal : TEST.anyLiteral,
        low,
        high: low,
        values,
        text: null,
      });
    } else if (typeof value !== 'number')
      others.push({ place, kind: TEST.text, low: 0, high: 0, values: [], text: test });
    else {
      let range = others.find((other) => other.place === place && other.kind === TEST.range);
      if (range === undefined) {
        range = { place, kind: TEST.range, low: -Infinity, high: Infinity, values: [], text: null };
        others.push(range);
      }
      if (test.is === '>=' || test.is === '>')
        range.low = Math.max(range.low, test.is === '>' ? nextDouble(value) : value);
      else range.high = Math.min(range.high, test.is === '<' ? -nextDouble(-value) : value);
    }
  }
  return [...literals, ...others];
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
