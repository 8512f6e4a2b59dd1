import type { TimeUnit } from '../../language/time-unit.ts';

/** Milliseconds of an exact unit; minus the months of a calendar step. The same as TIME_UNITS, without the words. */
export const UNIT_LENGTH: Readonly<Record<TimeUnit, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: -1,
  quarter: -3,
  year: -12,
  decade: -120,
  century: -1200,
  millennium: -12_000,
};

export const DAY_MS = 86_400_000;
