import { addUnits } from '../calendar/add-units.ts';
import { neighbour, unitAround, unitUntil } from '../calendar/unit-around.ts';
import { DAY_MS, UNIT_LENGTH } from '../calendar/unit-length.ts';
import { isTurning, nextTransition } from '../calendar/zone-offset.ts';
import type { Code, MomentCode } from '../code.ts';
import type { Reader } from '../reader.ts';
import { SpanValue, type Value } from '../value.ts';
import { meets } from './comparing.ts';
import { instantOf, isNow } from './instant-of.ts';
import type { Truth } from './truth-of.ts';

/** TIME as [start, end); of an instant one millisecond. */
interface Base {
  readonly start: number;
  readonly end: number;
  readonly isSpan: boolean;
  /** It is `now`. */
  readonly moves: boolean;
  /** When a calendar unit gives way to the next one. */
  readonly until: number;
}

const NEVER = Number.POSITIVE_INFINITY;

function baseOf(code: Code, reader: Reader, evaluate: (code: Code) => Value): Base | null {
  if (code.op === 'calendar') {
    const { start, end } = neighbour(reader.now, code.unit, code.shift, reader.zone);
    const until = unitUntil(reader.now, code.unit, reader.zone);
    // What has passed may come again.
    if (isTurning(reader.zone, reader.now)) reader.changesAt(until);
    return { start, end, isSpan: true, moves: false, until };
  }
  const value = evaluate(code);
  const start = instantOf(value, reader);
  if (start === null) return null;
  const isSpan = value instanceof SpanValue;
  return { start, end: isSpan ? value.end : start + 1, isSpan, moves: isNow(value), until: NEVER };
}

/**
 * `value occurs when`. Where something moves, the instants at which the window reaches or leaves the value are named; a window that
 * has passed the value for good names none.
 */
export function occurs(value: Value, when: MomentCode, reader: Reader, evaluate: (code: Code) => Value): Truth {
  const { zone } = reader;
  const at = instantOf(value, reader);
  const base = baseOf(when.is === 'between' ? when.from : when.time, reader, evaluate);
  const to = when.is === 'between' ? baseOf(when.to, reader, evaluate) : base;
  if (at === null || base === null || to === null) return null;
  // True for values in [low, high). Both only ever grow.
  let [low, high] = [-NEVER, NEVER];
  let isEndless = false;
  const { is } = when;
  switch (is) {
    case 'before':
      high = base.start;
      isEndless = true;
      break;
    case 'after':
      low = base.end;
      break;
    case 'on':
    case 'at':
    case 'between': {
      const span = is === 'on' && !base.isSpan ? unitAround(base.start, 'day', zone) : null;
      [low, high] = span ? [span.start, span.end] : [base.start, to.end];
      break;
    }
    default:
      return relative(isNow(value), at, when, base, reader);
  }
  const place = at < low ? -1 : at >= high ? 1 : 0;
  if (isNow(value)) {
    nameAll(reader, [base.moves ? 0 : low, to.moves ? 0 : high, base.until, to.until]);
  } else if (base.moves || to.moves) {
    // A day around `now` holds the value as long as the day around the value holds `now`.
    const span = is === 'on' ? unitAround(at, 'day', zone) : { start: at, end: at + 1 };
    nameAll(reader, [span.start, span.end]);
    if (is === 'on' && isTurning(zone, reader.now)) reader.changesAt(unitUntil(reader.now, 'day', zone));
  }
  if (place > 0 || (place === 0 && !isEndless)) nameAll(reader, [base.until, to.until]);
  return place === 0;
}

function nameAll(reader: Reader, instants: readonly number[]): void {
  for (const instant of instants) reader.changesAt(instant);
}

/** `<= 7 days before …` and so on. */
function relative(
  isMoving: boolean,
  at: number,
  { is, amount, unit, side }: Extract<MomentCode, { amount: number }>,
  base: Base,
  reader: Reader,
): boolean {
  const { zone } = reader;
  const isBefore = side === 'before';
  const length = UNIT_LENGTH[unit];
  const steps = isBefore ? -amount : amount;
  const reference = base.isSpan && !isBefore ? base.end : base.start;
  if (is === '=') {
    // After a calendar unit counts from its last millisecond: one day after today is tomorrow.
    const anchor = base.isSpan && !isBefore ? base.end - 1 : reference;
    const target = addUnits(anchor, steps, unit, zone);
    const { start, end } = unitAround(target, unit, zone);
    nameAll(reader, isMoving ? [start, end, base.until] : at >= start ? [base.until] : []);
    if (base.moves && length < 0) {
      if (at >= start || isTurning(zone, reader.now)) reader.changesAt(unitUntil(reader.now, unit, zone));
    } else if (base.moves) {
      if (isMoving || isTurning(zone, target) || (length < DAY_MS && at >= start))
        reader.changesAt(unitUntil(target, unit, zone) - steps * length);
      const seen = unitAround(at, unit, zone);
      for (const edge of [seen.start, seen.end]) reader.changesAt(edge - steps * length);
    }
    return at >= start && at < end;
  }
  const nearEdge = isBefore && !base.isSpan ? base.end : reference;
  const isBesideIt = isBefore ? at < nearEdge : at >= nearEdge;
  // Windows count from the event: its far end is the event's time moved towards the reference.
  const moved = addUnits(at, -steps, unit, zone);
  const distance = isBefore ? reference - moved : moved - reference;
  const isInside = isBesideIt && meets(distance, is);
  const isNear = is[0] === '<';
  if (isMoving) {
    nameAll(reader, [base.until]);
    if (base.moves) return isInside;
    const crossing = reader.now + reference - moved;
    nameAll(reader, [nearEdge, crossing, crossing + 1]);
    if (length < 0) nameTurns(moved, addUnits(reference, steps, unit, zone), reader);
  } else if (base.moves) {
    const isClosed = is.length > 1;
    nameAll(reader, [isBefore ? at : at + 1, moved + (isBefore === (isClosed === isNear) ? 1 : 0)]);
  } else if (isInside ? isNear || !isBefore : isBesideIt ? isNear !== isBefore : isBefore) {
    reader.changesAt(base.until);
  }
  return isInside;
}

/**
 * `now` moved by months goes as fast as `now` except at the end of a day (months have other lengths) and where the zone's clock is put on
 * or back. Only the days around `target`, where it meets the reference, matter.
 */
function nameTurns(moved: number, target: number, reader: Reader): void {
  const { now, zone } = reader;
  if (now < target - 2 * DAY_MS) reader.changesAt(target - 2 * DAY_MS);
  else if (now < target + 5 * DAY_MS) {
    reader.changesAt(unitUntil(now, 'day', zone));
    if (!isTurning(zone, now) && !isTurning(zone, moved)) return;
    // A time that is left out, or comes twice, begins and ends where the zone's clock is turned, and at full quarters of an hour after that.
    nameAll(reader, [now - (now % 900_000) + 900_000, now + nextTransition(zone, moved) - moved]);
  }
}
