/** What a function takes and gives, as far as names and types are checked before publishing. */
export interface FunctionEntry {
  /** The subject first: `subject.f(…)` and `f(subject, …)` are the same. */
  readonly params: readonly Param[];
  readonly result: ResultKind;
  /** May stand between its two operands: `x in y`. */
  readonly infix?: true;
}

export interface Param {
  /** `condition` is a boolean or a list, `pattern` a regular expression, `duration` such as `7 days`. */
  readonly kind:
    | 'any'
    | 'number'
    | 'string'
    | 'boolean'
    | 'instant'
    | 'list'
    | 'map'
    | 'condition'
    | 'pattern'
    | 'duration';
  /** Evaluated for each element of the subject; bare names are the element's. */
  readonly perElement?: true;
  /** Must be written as a literal. */
  readonly constant?: true;
  readonly optional?: true;
}

/** `subject`: as the first argument; `element`: its element; `argument`: as the second argument; `arguments`: a list of those. */
export type ResultKind =
  | 'number'
  | 'string'
  | 'boolean'
  | 'any'
  | 'map'
  | 'strings'
  | 'list'
  | 'subject'
  | 'element'
  | 'argument'
  | 'arguments';

const any: Param = { kind: 'any' };
const list: Param = { kind: 'list' };
const text: Param = { kind: 'string' };
const map: Param = { kind: 'map' };
const instant: Param = { kind: 'instant' };
const path: Param = { kind: 'any', perElement: true };
const weight: Param = { kind: 'number', perElement: true, optional: true };
const caseSensitive: Param = { kind: 'boolean', optional: true };
const pattern: Param = { kind: 'pattern', constant: true };

const textTest: FunctionEntry = { params: [text, text, caseSensitive], result: 'boolean', infix: true };
const listTest: FunctionEntry = { params: [list, list], result: 'boolean', infix: true };
const dateField: FunctionEntry = { params: [instant], result: 'number' };
const clockField: FunctionEntry = { params: [], result: 'number' };

/** Functions that are calls in the tree. `if`, `date`, `filter`, `chain`, `inSegment` and `score` have nodes of their own. */
export const FUNCTIONS = {
  in: { params: [any, list], result: 'boolean', infix: true },
  notIn: { params: [any, list], result: 'boolean', infix: true },
  intersects: listTest,
  intersection: { params: [list, list], result: 'subject', infix: true },
  subsetOf: listTest,
  supersetOf: listTest,
  includes: { params: [list, any], result: 'boolean', infix: true },
  distinct: { params: [list], result: 'subject' },
  map: { params: [list, path], result: 'arguments' },
  topN: { params: [list, path, { kind: 'number' }], result: 'subject' },
  bottomN: { params: [list, path, { kind: 'number' }], result: 'subject' },
  head: { params: [list], result: 'element' },
  count: { params: [list], result: 'number' },
  exists: { params: [list, { kind: 'condition', perElement: true }], result: 'boolean' },
  sum: { params: [list, weight], result: 'number' },
  average: { params: [list, weight], result: 'number' },
  min: { params: [list, { ...path, optional: true }], result: 'argument' },
  max: { params: [list, { ...path, optional: true }], result: 'argument' },
  get: { params: [map, text], result: 'any' },
  keys: { params: [map], result: 'strings' },
  values: { params: [map], result: 'list' },
  like: { params: [text, text], result: 'boolean', infix: true },
  startsWith: textTest,
  doesNotStartWith: textTest,
  endsWith: textTest,
  doesNotEndWith: textTest,
  contains: textTest,
  doesNotContain: textTest,
  equals: { params: [any, any, caseSensitive], result: 'boolean', infix: true },
  notEqualTo: { params: [any, any, caseSensitive], result: 'boolean', infix: true },
  matches: { params: [text, pattern], result: 'boolean', infix: true },
  regexGroup: { params: [text, pattern, { kind: 'number', constant: true }], result: 'string' },
  isNull: { params: [any], result: 'boolean' },
  isNotNull: { params: [any], result: 'boolean' },
  currentMonth: clockField,
  currentYear: clockField,
  currentDayOfMonth: clockField,
  getMonth: dateField,
  getYear: dateField,
  getDayOfMonth: dateField,
  anniversary: { params: [instant], result: 'boolean' },
  first: { params: [list, path], result: 'argument' },
  last: { params: [list, path], result: 'argument' },
  favourite: { params: [list, path, weight], result: 'argument' },
  /** Without the path (see `decayedForm`) it is one number, with it a map: value → interest. */
  decayed: { params: [list, path, { kind: 'duration' }, weight], result: 'map' },
} as const satisfies Record<string, FunctionEntry>;

export type FunctionName = keyof typeof FUNCTIONS;

/** Functions that the grammar turns into nodes of their own; here for suggestions. */
export const NODE_FUNCTIONS = [
  'if',
  'date',
  'filter',
  'chain',
  'inSegment',
  'score',
  'and',
  'or',
  'not',
  'now',
  'today',
  'yesterday',
  'tomorrow',
];

const BY_LOWER_CASE = new Map(
  [...(Object.keys(FUNCTIONS) as FunctionName[]), ...NODE_FUNCTIONS].map((name) => [name.toLowerCase(), name]),
);

/** The name as the table spells it; functions are known in any case. Null for none of ours. */
export function functionName(word: string): string | null {
  return BY_LOWER_CASE.get(word.toLowerCase()) ?? null;
}

export function functionEntry(name: string): FunctionEntry | null {
  return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name as FunctionName] : null;
}

/** The infix functions other than `in`, which is a keyword. */
export function isInfix(word: string): boolean {
  const name = functionName(word);
  return name !== null && functionEntry(name)?.infix === true;
}

/** The entry for `decayed(halfLife, weight?)`. */
export const DECAYED_TOTAL: FunctionEntry = { params: [list, { kind: 'duration' }, weight], result: 'number' };
