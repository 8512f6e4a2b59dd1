/**
 * Units of time of the language. A unit with `ms` is an exact duration; one with `months` is a calendar step in the
 * ruleset's time zone. Every unit is also a calendar unit (`this hour`, `last century`), counted in that zone.
 */
export const TIME_UNITS = {
  millisecond: { ms: 1, months: 0, plural: 'milliseconds' },
  second: { ms: 1000, months: 0, plural: 'seconds' },
  minute: { ms: 60_000, months: 0, plural: 'minutes' },
  hour: { ms: 3_600_000, months: 0, plural: 'hours' },
  day: { ms: 86_400_000, months: 0, plural: 'days' },
  week: { ms: 604_800_000, months: 0, plural: 'weeks' },
  month: { ms: 0, months: 1, plural: 'months' },
  quarter: { ms: 0, months: 3, plural: 'quarters' },
  year: { ms: 0, months: 12, plural: 'years' },
  decade: { ms: 0, months: 120, plural: 'decades' },
  century: { ms: 0, months: 1200, plural: 'centuries' },
  millennium: { ms: 0, months: 12_000, plural: 'millennia' },
} as const satisfies Record<string, { readonly ms: number; readonly months: number; readonly plural: string }>;

export type TimeUnit = keyof typeof TIME_UNITS;

export const TIME_UNIT_NAMES = Object.keys(TIME_UNITS) as readonly TimeUnit[];

const BY_WORD = new Map<string, TimeUnit>(
  TIME_UNIT_NAMES.flatMap((unit): [string, TimeUnit][] => [
    [unit, unit],
    [TIME_UNITS[unit].plural, unit],
  ]),
).set('millenniums', 'millennium');

/** Every word that names a unit, singular and plural, in lower case. */
export const TIME_UNIT_WORDS: readonly string[] = [...BY_WORD.keys()];

/** `Days` → `day`; null for a word that names no unit. */
export function parseTimeUnit(word: string): TimeUnit | null {
  return BY_WORD.get(word.toLowerCase()) ?? null;
}

/** Longest window: 10,000 years. Beyond it a rule means "ever", and dates leave the range of an instant. */
const LONGEST_MONTHS = 120_000;
const LONGEST_MS = LONGEST_MONTHS * 30.436875 * 86_400_000;

/** Whether so many units fit in the longest window. */
export function isTimeSpan(amount: number, unit: TimeUnit): boolean {
  const { ms, months } = TIME_UNITS[unit];
  return Number.isInteger(amount) && amount >= 0 && amount * ms <= LONGEST_MS && amount * months <= LONGEST_MONTHS;
}
