/**
 * The Gregorian calendar in integers: days count from 1970-01-01, months from January of year 0. Years begin in March inside, so that
 * the leap day is the last one (Howard Hinnant, "chrono-compatible low-level date algorithms").
 */
export interface CivilDate {
  /** 12 × year + month − 1. */
  readonly months: number;
  /** From 1. */
  readonly day: number;
}

const { floor } = Math;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH = 719_468;

export function civilDate(days: number): CivilDate {
  const era = floor((days + EPOCH) / 146_097);
  const inEra = days + EPOCH - era * 146_097;
  const year = floor((inEra - floor(inEra / 1460) + floor(inEra / 36_524) - floor(inEra / 146_096)) / 365);
  const inYear = inEra - 365 * year - floor(year / 4) + floor(year / 100);
  const month = floor((5 * inYear + 2) / 153);
  return { months: (era * 400 + year) * 12 + month + 2, day: inYear - floor((153 * month + 2) / 5) + 1 };
}

/** The first day of a month. */
export function firstDayOf(months: number): number {
  const year = floor((months - 2) / 12);
  const days = year * 365 + floor(year / 4) - floor(year / 100) + floor(year / 400);
  return days + floor((153 * (months - 2 - year * 12) + 2) / 5) - EPOCH;
}

/** The day of that number in a month, or its last day. */
export function dayOfMonth(months: number, day: number): number {
  return Math.min(firstDayOf(months) + day, firstDayOf(months + 1)) - 1;
}
