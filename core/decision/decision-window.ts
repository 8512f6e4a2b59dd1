import type { Instant } from '../lib/ids.ts';
import { unitAround } from '../segment/runtime/calendar/unit-around.ts';
import type { ZoneTable } from '../segment/runtime/program.ts';
import type { CompiledCap } from './compiled.ts';

/** A cap on decisions: `decisions` of them within its window. */
export type DecisionCap = Extract<CompiledCap, { readonly decisions: number }>;
export type DecisionWindow = Pick<DecisionCap, 'windowMs' | 'calendar'>;

const UTC: ZoneTable = { name: 'UTC', starts: [], offsets: [0] };

/**
 * The first instant that counts now; -Infinity: all do. Rolling: what is younger than the window. Calendar: what lies in the day, week (from Monday), month or year
 * that the zone's clock shows now.
 */
export function windowStart(window: DecisionWindow, now: Instant, zone: ZoneTable = UTC): number {
  if (window.calendar !== null) return unitAround(now, window.calendar, zone).start;
  return window.windowMs === null ? Number.NEGATIVE_INFINITY : now - window.windowMs + 1;
}
