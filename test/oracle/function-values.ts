import { RE2JS } from 're2js';
import type { Expression } from '../../core/segment/language/expression.ts';
import { instantOf, isAnniversary, partsOf, unitAround } from './calendar.ts';
import type { Clock } from './clock.ts';
import { equal, isIn, order } from './comparing.ts';
import { all, EventItem, Instant, isList, Mapping, not, Span, some, type Truth, truth, type Value } from './value.ts';

/** What a function may ask of the interpreter. */
export interface Context {
  readonly clock: Clock;
  readonly evaluate: (node: Expression) => Value;
  /** With the element as the innermost level. */
  readonly evaluateFor: (node: Expression, element: Value) => Value;
}

type Implementation = (args: readonly Expression[], context: Context) => Value;

const lower = (text: string) => text.toLowerCase();

/** A function of two texts and "case-sensitive"; lists, numbers and unknown texts give unknown. */
function textTest(test: (a: string, b: string) => boolean, negated = false): Implementation {
  return (args, context) => {
    const [a, b] = values(args, context);
    const exact = caseSensitive(args, context);
    if (typeof a !== 'string' || typeof b !== 'string' || exact === null) return null;
    return (exact ? test(a, b) : test(lower(a), lower(b))) !== negated;
  };
}

function caseSensitive(args: readonly Expression[], { evaluate }: Context): boolean | null {
  const value = args[2] ? evaluate(args[2]) : true;
  return typeof value === 'boolean' ? value : null;
}

function equals(args: readonly Expression[], context: Context): Truth {
  const [a, b] = values(args, context);
  const exact = caseSensitive(args, context);
  if (a === undefined || b === undefined || exact === null) return null;
  const fold = (value: Value) => (!exact && typeof value === 'string' ? lower(value) : value);
  return equal(fold(a), fold(b), context.clock.zone);
}

function values(args: readonly Expression[], { evaluate }: Context): readonly Value[] {
  return args.map((arg) => evaluate(arg));
}

/** The list and, for each element, the value of the argument `at`; without one, the element. */
function paired(args: readonly Expression[], at: number, context: Context) {
  const list = args[0] ? context.evaluate(args[0]) : null;
  if (!isList(list)) return null;
  const node = args[at];
  return list.map((item) => ({ item, value: node ? context.evaluateFor(node, item) : item }));
}

function numbersOf(args: readonly Expression[], context: Context): readonly number[] | null {
  return (
    paired(args, 1, context)
      ?.map(({ value }) => value)
      .filter((value) => typeof value === 'number') ?? null
  );
}

/** Numbers; where there are none, instants; where there are none either, texts. Each kind has one order. */
function sortable<P extends { readonly value: Value }>(pairs: readonly P[]): readonly P[] {
  const kinds = [
    (v: Value) => typeof v === 'number',
    (v: Value) => v instanceof Instant || v instanceof Span,
    (v: Value) => typeof v === 'string',
  ];
  return kinds.map((fits) => pairs.filter(({ value }) => fits(value))).find(({ length }) => length > 0) ?? [];
}

function extreme(sign: 1 | -1): Implementation {
  return (args, context) => {
    const pairs = paired(args, 1, context);
    if (!pairs) return null;
    return extremeOf(
      pairs.map(({ value }) => value),
      sign,
      context.clock.zone,
    );
  };
}

export function extremeOf(found: readonly Value[], sign: 1 | -1, zone: string): Value {
  const usable = sortable(found.filter((v) => typeof v !== 'string').map((value) => ({ value })));
  return usable.reduce<Value>(
    (best, { value }) => (best === null || sign * (order(value, best, zone) ?? 0) > 0 ? value : best),
    null,
  );
}

function ranked(sign: 1 | -1): Implementation {
  return (args, context) => {
    const pairs = paired(args, 1, context);
    const n = args[2] ? context.evaluate(args[2]) : null;
    if (!pairs || typeof n !== 'number' || !Number.isInteger(n) || n < 0) return null;
    const sorted = [...sortable(pairs)].sort((a, b) => sign * (order(a.value, b.value, context.clock.zone) ?? 0));
    return sorted.slice(0, n).map(({ item }) => item);
  };
}

function like(text: string, pattern: string): boolean {
  const letters = [...text];
  const match = (i: number, rest: readonly string[]): boolean => {
    const [head, ...tail] = rest;
    if (head === undefined) return i === letters.length;
    if (head === '%') return match(i, tail) || (i < letters.length && match(i + 1, rest));
    return i < letters.length && (head === '_' || head === letters[i]) && match(i + 1, tail);
  };
  return match(0, [...pattern]);
}

const dateField =
  (read: (parts: { year: number; month: number; day: number }) => number): Implementation =>
  (args, context) => {
    const at = instantOf(values(args, context)[0] ?? null, context.clock.zone);
    return at === null ? null : read(partsOf(at, midnightWatch(context)));
  };
const clockField =
  (read: (parts: { year: number; month: number; day: number }) => number): Implementation =>
  (_, context) =>
    read(partsOf(context.clock.now, midnightWatch(context)));

/** What reads a date may change at the next midnight. Returns the zone. */
function midnightWatch({ clock }: Context): string {
  clock.mayChangeAt(unitAround(clock.now, 'day', clock.zone).end);
  return clock.zone;
}

function favourite(args: readonly Expression[], context: Context): Value {
  const weights = paired(args, 2, context);
  const named = paired(args, 1, context);
  if (!named || !weights) return null;
  const totals = new Map<string, { readonly value: Value; total: number; last: number }>();
  for (const [i, { value }] of named.entries()) {
    const weight = args[2] ? weights[i]?.value : 1;
    if (!['string', 'number', 'boolean'].includes(typeof value) || typeof weight !== 'number') continue;
    const key = `${typeof value} ${String(value)}`;
    const entry = totals.get(key) ?? { value, total: 0, last: i };
    totals.set(key, { value, total: entry.total + weight, last: i });
  }
  const [best] = [...totals.values()].sort((a, b) => b.total - a.total || b.last - a.last);
  return best?.value ?? null;
}

const UNIT = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as Record<
  string,
  number
>;

/** Forward decay to now: each event's weight halves every half-life. */
function decayed(args: readonly Expression[], context: Context): Value {
  const total = args[1]?.op === 'duration';
  const duration = args[total ? 1 : 2];
  const list = args[0] ? context.evaluate(args[0]) : null;
  if (duration?.op !== 'duration' || !isList(list)) return null;
  const halfLife = duration.amount * (UNIT[duration.unit] ?? 1);
  // It may cross any bound at any time, and back within the hour when something else ends: looked at often, and then bisected.
  context.clock.mayChangeAt(context.clock.now + Math.max(1, Math.min(Math.floor(halfLife / 4), 3_600_000)));
  const weightNode = args[total ? 2 : 3];
  const sums = new Map<string, number>();
  for (const item of list) {
    if (!(item instanceof EventItem)) continue;
    const key = total || !args[1] ? '' : context.evaluateFor(args[1], item);
    const weight = weightNode ? context.evaluateFor(weightNode, item) : 1;
    if (!['string', 'number', 'boolean'].includes(typeof key) || typeof weight !== 'number') continue;
    const share = weight * 2 ** ((item.event.at - context.clock.now) / halfLife);
    sums.set(String(key), (sums.get(String(key)) ?? 0) + share);
  }
  return total ? (sums.get('') ?? 0) : new Mapping(sums);
}

function subset(a: Value, b: Value, zone: string): Truth {
  return isList(a) && isList(b) ? all(a.map((item) => isIn(item, b, zone))) : null;
}

function regexGroup(args: readonly Expression[], context: Context): Value {
  const [text, pattern, group] = values(args, context);
  if (typeof text !== 'string' || typeof pattern !== 'string') return null;
  const matcher = RE2JS.compile(pattern).matcher(text);
  if (!matcher.find()) return null;
  return args.length < 3 ? true : (matcher.group(group as number) ?? null);
}

const two =
  (combine: (a: Value, b: Value, zone: string) => Value): Implementation =>
  (args, context) => {
    const [a, b] = values(args, context);
    return combine(a ?? null, b ?? null, context.clock.zone);
  };
const onList =
  (f: (list: readonly Value[], zone: string) => Value): Implementation =>
  (args, context) => {
    const list = values(args, context)[0] ?? null;
    return isList(list) ? f(list, context.clock.zone) : null;
  };

export const IMPLEMENTATIONS: Readonly<Record<string, Implementation>> = {
  in: two(isIn),
  notIn: two((a, b, zone) => not(isIn(a, b, zone))),
  includes: two((list, value, zone) => isIn(value, list, zone)),
  intersects: two((a, b, zone) => (isList(a) && isList(b) ? some(a.map((item) => isIn(item, b, zone))) : null)),
  intersection: two((a, b, zone) => (isList(a) && isList(b) ? a.filter((item) => isIn(item, b, zone) === true) : null)),
  subsetOf: two(subset),
  supersetOf: two((a, b, zone) => subset(b, a, zone)),
  distinct: onList((list, zone) =>
    list.filter((item, i) => !list.slice(0, i).some((other) => equal(item, other, zone) === true)),
  ),
  map: (args, context) =>
    paired(args, 1, context)
      ?.map(({ value }) => value)
      .filter((value) => value !== null) ?? null,
  topN: ranked(-1),
  bottomN: ranked(1),
  head: onList((list) => list[0] ?? null),
  count: onList((list) => list.length),
  exists: (args, context) => paired(args, 1, context)?.some(({ value }) => truth(value) === true) ?? null,
  sum: (args, context) => numbersOf(args, context)?.reduce((a, b) => a + b, 0) ?? null,
  average: (args, context) => {
    const numbers = numbersOf(args, context);
    return numbers && numbers.length > 0 ? numbers.reduce((a, b) => a + b, 0) / numbers.length : null;
  },
  min: extreme(-1),
  max: extreme(1),
  get: two((map, key) => (map instanceof Mapping && typeof key === 'string' ? (map.entries.get(key) ?? null) : null)),
  keys: (args, context) => {
    const [map] = values(args, context);
    return map instanceof Mapping ? [...map.entries].filter(([, value]) => value !== null).map(([key]) => key) : null;
  },
  values: (args, context) => {
    const [map] = values(args, context);
    return map instanceof Mapping ? [...map.entries.values()].filter((value) => value !== null) : null;
  },
  like: textTest(like),
  startsWith: textTest((a, b) => a.startsWith(b)),
  doesNotStartWith: textTest((a, b) => a.startsWith(b), true),
  endsWith: textTest((a, b) => a.endsWith(b)),
  doesNotEndWith: textTest((a, b) => a.endsWith(b), true),
  contains: textTest((a, b) => a.includes(b)),
  doesNotContain: textTest((a, b) => a.includes(b), true),
  equals,
  notEqualTo: (args, context) => not(equals(args, context)),
  matches: (args, context) => {
    const text = values(args, context)[0];
    return typeof text === 'string' ? regexGroup(args, context) === true : null;
  },
  regexGroup,
  isNull: (args, context) => values(args, context)[0] === null,
  isNotNull: (args, context) => values(args, context)[0] !== null,
  currentMonth: clockField(({ month }) => month),
  currentYear: clockField(({ year }) => year),
  currentDayOfMonth: clockField(({ day }) => day),
  getMonth: dateField(({ month }) => month),
  getYear: dateField(({ year }) => year),
  getDayOfMonth: dateField(({ day }) => day),
  anniversary: (args, context) => {
    const at = instantOf(values(args, context)[0] ?? null, context.clock.zone);
    return at === null ? null : isAnniversary(at, context.clock.now, midnightWatch(context));
  },
  first: (args, context) => paired(args, 1, context)?.find(({ value }) => value !== null)?.value ?? null,
  last: (args, context) => paired(args, 1, context)?.findLast(({ value }) => value !== null)?.value ?? null,
  favourite,
  decayed,
};
