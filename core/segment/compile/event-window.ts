import { TIME_UNITS } from '../language/time-unit.ts';
import type { MomentCode } from '../runtime/code.ts';
import type { Window } from '../runtime/window.ts';

/** `<= 7 days before now`, `< 1 month before now` as a window of events; null for any other moment. */
export function windowOf(when: MomentCode): Window | null {
  if (when.is !== '<' && when.is !== '<=') return null;
  if (when.side !== 'before' || when.time.op !== 'now' || when.amount === 0) return null;
  const { ms, months } = TIME_UNITS[when.unit];
  const closed = when.is === '<=';
  if (months > 0) return { is: 'months', months: months * when.amount, closed };
  return { is: 'span', ms: ms * when.amount + (closed ? 1 : 0) };
}

/** The window of events that are in both; null where that depends on the calendar. */
export function bothWindows(a: Window | null, b: Window | null): Window | null {
  if (a === null || b === null) return a ?? b;
  if (a.is === 'span') return b.is === 'span' ? (a.ms <= b.ms ? a : b) : null;
  if (b.is === 'span') return null;
  if (a.months !== b.months) return a.months < b.months ? a : b;
  return a.closed ? b : a;
}
