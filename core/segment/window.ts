import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/instant.ts';
import type { Window } from './rule.ts';

const UNIT_MS: Readonly<Record<Window['unit'], number>> = {
  second: SECOND_MS,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
};

/** A century: longer than any history, and far inside the integers that instants stay exact in. */
export const MAX_WINDOW_MS = 36_525 * DAY_MS;

/** The window's length in ms, rounded down to a whole one. */
export function windowMs(window: Window): number {
  return Math.floor(window.amount * UNIT_MS[window.unit]);
}
