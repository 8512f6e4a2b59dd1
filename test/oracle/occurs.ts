import type { Expression, Moment } from '../../core/segment/language/expression.ts';
import { TIME_UNITS } from '../../core/segment/language/time-unit.ts';
import { addUnits, instantOf, unitAround } from './calendar.ts';
import type { Clock } from './clock.ts';
import { meets } from './comparing.ts';
import { Instant, isMoving, Span, type Truth, type Value } from './value.ts';

/** TIME: an instant or a calendar unit; null where it is unknown. */
function baseOf(value: Value, zone: string): Instant | Span | null {
  if (value instanceof Span) return value;
  const at = instantOf(value, zone);
  return at === null ? null : new Instant(at, isMoving(value));
}

const startOf = (base: Instant | Span) => (base instanceof Span ? base.start : base.ms);
const isWithin = (at: number, span: Span) => at >= span.start && at < span.end;
/** Not later than an instant, but before the first millisecond of a calendar unit. */
const isUpTo = (at: number, base: Instant | Span) => (base instanceof Span ? at < base.start : at <= base.ms);
const isFrom = (at: number, base: Instant | Span) => (base instanceof Span ? at >= base.end : at >= base.ms);

/** `value occurs when`. */
export function occurs(value: Value, when: Moment, evaluate: (node: Expression) => Value, clock: Clock): Truth {
  const { zone } = clock;
  const at = instantOf(value, zone);
  if (at !== null && !isMoving(value)) clock.mayChangeAt(at);
  if (when.is === 'between') {
    const from = baseOf(evaluate(when.from), zone);
    const to = baseOf(evaluate(when.to), zone);
    if (at === null || from === null || to === null) return null;
    for (const edge of [from, to]) if (!isMoving(edge)) clock.mayChangeAt(startOf(edge));
    if (to instanceof Span) clock.mayChangeAt(to.end);
    return at >= startOf(from) && (to instanceof Span ? at < to.end : at <= to.ms);
  }
  const base = baseOf(evaluate(when.time), zone);
  if (at === null || base === null) return null;
  if (!isMoving(base)) clock.mayChangeAt(startOf(base));
  if (base instanceof Span) clock.mayChangeAt(base.end);
  switch (when.is) {
    case 'before':
      return at < startOf(base);
    case 'after':
      return base instanceof Span ? at >= base.end : at > base.ms;
    case 'on':
      return isWithin(at, base instanceof Span ? base : dayAround(base.ms, clock));
    case 'at':
      return base instanceof Span ? isWithin(at, base) : at === base.ms;
    default:
      return relative(value, at, when, base, clock);
  }
}

function dayAround(ms: number, clock: Clock): Span {
  const day = unitAround(ms, 'day', clock.zone);
  clock.mayChangeAt(day.end);
  return day;
}

function relative(
  value: Value,
  at: number,
  when: Extract<Moment, { amount: number }>,
  base: Instant | Span,
  clock: Clock,
): boolean {
  const { zone } = clock;
  const { is, amount, unit, side } = when;
  const reference = side === 'after' && base instanceof Span ? base.end : startOf(base);
  const sign = side === 'before' ? -1 : 1;
  if (TIME_UNITS[unit].months > 0) clock.mayChangeAt(unitAround(clock.now, 'day', zone).end);
  if (is === '=') {
    // After a calendar unit counts from its last millisecond: one day after today is tomorrow.
    const anchor = side === 'after' && base instanceof Span ? base.end - 1 : reference;
    const span = unitAround(addUnits(anchor, sign * amount, unit, zone), unit, zone);
    if (TIME_UNITS[unit].months === 0) clock.mayChangeAt(span.end - sign * amount * TIME_UNITS[unit].ms);
    return isWithin(at, span);
  }
  for (const [instant, moves] of [
    [at, isMoving(value)],
    [reference, isMoving(base)],
  ] as const) {
    if (moves) continue;
    for (const amountOf of [amount, -amount]) clock.mayChangeAt(addUnits(instant, amountOf, unit, zone));
  }
  const isNear = side === 'before' ? isUpTo(at, base) : isFrom(at, base);
  // Windows count from the event: its far end is the event's time moved towards the reference.
  const moved = addUnits(at, -sign * amount, unit, zone);
  const distance = side === 'before' ? reference - moved : moved - reference;
  return isNear && meets(distance, is, 0);
}
