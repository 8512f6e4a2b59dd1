import { addMonths } from '../calendar/add-units.ts';
import type { ZoneTable } from '../program.ts';
import type { Window } from '../window.ts';

/** The first instant at which an event of `at` is outside of the window. Never earlier for a later event. */
export function windowEnd(at: number, window: Window | null, zone: ZoneTable): number {
  if (window === null) return Number.POSITIVE_INFINITY;
  if (window.is === 'span') return at + window.ms;
  return addMonths(at, window.months, zone) + (window.closed ? 1 : 0);
}
