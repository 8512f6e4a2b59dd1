import { addMonths } from '../calendar/add-units.ts';
import { DAY_MS } from '../calendar/unit-length.ts';
import type { ZoneTable } from '../program.ts';
import type { Window } from '../window.ts';

/** More than two clocks that are put back by a day. */
const MOST_SLACK_MS = 3 * DAY_MS;

/** The first instant at which an event of `at` is outside of the window. */
export function windowEnd(at: number, window: Window | null, zone: ZoneTable): number {
  if (window === null) return Number.POSITIVE_INFINITY;
  if (window.is === 'span') return at + window.ms;
  return addMonths(at, window.months, zone) + (window.closed ? 1 : 0);
}

/** An event that happened so long ago is outside: milliseconds, of months a little more. */
export function longestSpan(window: Window | null): number {
  if (window === null) return Number.POSITIVE_INFINITY;
  return window.is === 'span' ? window.ms : (31 * window.months + 2) * DAY_MS;
}

/**
 * By so much an event may stay in a window longer than a later one, and a little more. Of months: a month after the evening of 30 January and after the
 * morning of 31 January it is 28 February, evening and morning; and times of an hour that comes twice are told apart no more.
 */
export function slackOf(window: Window | null): number {
  return window?.is === 'months' ? MOST_SLACK_MS : 0;
}
