import type { Pattern } from '../../language/pattern.ts';
import { isLike } from '../bits/is-like.ts';
import { anniversary } from '../calendar/anniversary.ts';
import { civilDate } from '../calendar/civil-date.ts';
import { dayAt, unitUntil } from '../calendar/unit-around.ts';
import type { Code } from '../code.ts';
import { matchGroups } from '../pattern/match-groups.ts';
import { createPatternTest } from '../pattern/test-pattern.ts';
import type { Reader } from '../reader.ts';
import { EventRow, InstantValue, MovingMap, type Value } from '../value.ts';
import { equal, isIn, order } from './comparing.ts';
import { entryOf, isMap } from './entry-of.ts';
import { extremeOf, sortable } from './extreme-of.ts';
import { instantOf, isNow } from './instant-of.ts';
import { type AnyNumber, arithmetic, decay, isNumber } from './moving-number.ts';
import { someOf } from './some-of.ts';
import { totalOf } from './total-of.ts';

export type CallCode = Extract<Code, { op: 'call' }>;

type Evaluate = (code: Code, reader: Reader, slots: Value[]) => Value;

const TEXT_TESTS: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  like: isLike,
  startsWith: (a, b) => a.startsWith(b),
  endsWith: (a, b) => a.endsWith(b),
  contains: (a, b) => a.includes(b),
};

/** Compiled patterns are immutable: each gets its machine once. */
const PATTERN_TESTS = new WeakMap<Pattern, (text: string) => boolean>();

function testPattern(pattern: Pattern, text: string): boolean {
  const test = PATTERN_TESTS.get(pattern) ?? createPatternTest(pattern);
  PATTERN_TESTS.set(pattern, test);
  return test(text);
}

/** A function of language/function-table.ts; what is another one turned around comes as that one (compile/lower-call.ts). */
export function callFunction(call: CallCode, reader: Reader, slots: Value[], evaluate: Evaluate): Value {
  const { function: name, args, slot } = call;
  const argument = (i: number) => (args[i] ? evaluate(args[i], reader, slots) : null);
  const a = argument(0);
  const list = Array.isArray(a) ? (a as readonly Value[]) : null;
  /** The argument's value for each element; the elements where there is no such argument. */
  const each = (i: number): readonly Value[] => {
    const code = args[i];
    if (!list || !code) return list ?? [];
    return list.map((item) => {
      slots[slot] = item;
      return evaluate(code, reader, slots);
    });
  };
  switch (name) {
    case 'isNull':
      return a === null;
    case 'in':
      return isIn(a, argument(1), reader);
    case 'includes':
      return isIn(argument(1), a, reader);
    case 'equals':
    case 'like':
    case 'startsWith':
    case 'endsWith':
    case 'contains':
      return textTest(name, a, argument(1), args[2] ? argument(2) : true, reader);
    case 'matches':
    case 'regexGroup': {
      if (typeof a !== 'string' || !call.pattern) return null;
      if (name === 'matches') return testPattern(call.pattern, a);
      return matchGroups(call.pattern, a)?.[argument(args.length - 1) as number] ?? null;
    }
    case 'get': {
      const key = argument(1);
      return typeof key === 'string' ? entryOf(a, key) : null;
    }
    case 'keys':
    case 'values': {
      if (!isMap(a)) return null;
      const keys = a instanceof MovingMap ? [...a.entries.keys()] : Object.keys(a);
      const present = keys.filter((key) => entryOf(a, key) !== null);
      return name === 'keys' ? present : present.map((key) => entryOf(a, key));
    }
    case 'currentMonth':
    case 'currentYear':
    case 'currentDayOfMonth':
      return dateField(name.slice(7), new InstantValue(reader.now, true), reader);
    case 'getMonth':
    case 'getYear':
    case 'getDayOfMonth':
      return dateField(name.slice(3), a, reader);
    case 'anniversary': {
      const at = instantOf(a, reader);
      if (at === null) return null;
      const { holds, until } = anniversary(at, reader.now, reader.zone);
      reader.changesAt(until);
      return holds;
    }
  }
  // Everything else is about a list.
  if (!list) return null;
  switch (name) {
    case 'count':
      return list.length;
    case 'head':
      return list[0] ?? null;
    case 'distinct':
      return distinct(list, reader);
    case 'intersects':
    case 'intersection':
    case 'subsetOf':
    case 'supersetOf': {
      const b = argument(1);
      if (!Array.isArray(b)) return null;
      const [from, into] = name === 'supersetOf' ? [b, list] : [list, b];
      const isInside = (item: Value) => isIn(item, into, reader);
      if (name === 'intersection') return from.filter((item) => isInside(item) === true);
      return someOf<Value>(from, name === 'intersects', isInside);
    }
    case 'map':
      return each(1).filter((value) => value !== null);
    case 'first':
      return each(1).find((value) => value !== null) ?? null;
    case 'last':
      return each(1).findLast((value) => value !== null) ?? null;
    case 'sum':
    case 'average':
      return totalOf(each(1).filter(isNumber), name === 'average', reader);
    case 'min':
    case 'max':
      return extremeOf(each(1), name === 'max' ? 1 : -1, reader);
    case 'topN':
    case 'bottomN': {
      const n = argument(2);
      if (typeof n !== 'number' || !Number.isInteger(n) || n < 0) return null;
      const values = each(1);
      const sign = name === 'topN' ? -1 : 1;
      return [...sortable(values, true)]
        .sort((i, j) => sign * (order(values[i] as Value, values[j] as Value, reader) as number))
        .slice(0, n)
        .map((i) => list[i] as Value);
    }
    case 'favourite':
      return favourite(each(1), args[2] ? each(2) : null, reader);
    case 'decayed':
      return decayed(list, call, each, reader);
  }
  return null;
}

/** Of two texts and "case-sensitive"; `equals` is for any two values. */
function textTest(name: string, a: Value, b: Value, exact: Value, reader: Reader): Value {
  if (typeof exact !== 'boolean') return null;
  const fold = (value: Value) => (exact || typeof value !== 'string' ? value : value.toLowerCase());
  const [x, y] = [fold(a), fold(b)];
  const test = TEXT_TESTS[name];
  if (!test) return equal(x, y, reader);
  return typeof x === 'string' && typeof y === 'string' ? test(x, y) : null;
}

/** `Month`, `Year` or `DayOfMonth` of an instant; of `now` it changes with the unit. */
function dateField(name: string, value: Value, reader: Reader): number | null {
  const at = instantOf(value, reader);
  if (at === null) return null;
  const unit = name === 'Year' ? 'year' : name === 'Month' ? 'month' : 'day';
  if (isNow(value)) reader.changesAt(unitUntil(at, unit, reader.zone));
  const { months, day } = civilDate(dayAt(at, reader.zone));
  const year = Math.floor(months / 12);
  return unit === 'year' ? year : unit === 'month' ? months - year * 12 + 1 : day;
}

const isScalar = (value: Value) => typeof value !== 'object';

function distinct(list: readonly Value[], reader: Reader): readonly Value[] {
  if (list.every(isScalar)) return [...new Set(list)];
  return list.filter((item, i) => !list.slice(0, i).some((other) => equal(item, other, reader) === true));
}

/** The value of the highest total weight; of several the one that came last. */
function favourite(values: readonly Value[], weights: readonly Value[] | null, reader: Reader): Value {
  const totals = new Map<Value, { total: AnyNumber | null; last: number }>();
  for (const [i, value] of values.entries()) {
    const weight = weights ? (weights[i] as Value) : 1;
    if (!isScalar(value) || !isNumber(weight)) continue;
    const total = arithmetic(totals.get(value)?.total ?? 0, '+', weight, reader);
    totals.set(value, { total, last: i });
  }
  const ranked = [...totals].sort(([, a], [, b]) => order(b.total, a.total, reader) || b.last - a.last);
  return ranked[0]?.[0] ?? null;
}

/** Forward decay to now: a number, or by path a map of value → number. */
function decayed(list: readonly Value[], call: CallCode, each: (i: number) => readonly Value[], reader: Reader): Value {
  const { byPath = false, halfLifeMs = 1, args } = call;
  const keys = byPath ? each(1) : null;
  const at = byPath ? 2 : 1;
  const weights = args[at] ? each(at) : null;
  const groups = new Map<string, { readonly times: number[]; readonly weights: number[]; rest: AnyNumber }>();
  for (const [i, item] of list.entries()) {
    const key = keys ? (keys[i] as Value) : '';
    const weight = weights ? (weights[i] as Value) : 1;
    if (!(item instanceof EventRow) || !isScalar(key) || !isNumber(weight)) continue;
    const group = groups.get(String(key)) ?? { times: [], weights: [], rest: 0 };
    groups.set(String(key), group);
    const at = reader.at(item.row);
    if (typeof weight === 'number') {
      group.times.push(at);
      group.weights.push(weight);
    } else {
      // A weight that decays itself.
      const share = arithmetic(weight, '*', decay([at], [1], halfLifeMs), reader);
      group.rest = arithmetic(group.rest, '+', share, reader) ?? 0;
    }
  }
  const interests = new Map<string, Value>();
  for (const [key, { times, weights, rest }] of groups) {
    const sum = decay(times, weights, halfLifeMs);
    interests.set(key, rest === 0 ? sum : arithmetic(sum, '+', rest, reader));
  }
  return byPath ? new MovingMap(interests) : (interests.get('') ?? 0);
}
