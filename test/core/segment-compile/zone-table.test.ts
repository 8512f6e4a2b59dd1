import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { compileZone, daySpan } from '../../../core/segment/compile/zone-table.ts';

const NOW = Date.UTC(2026, 2, 10) as Instant;
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Africa/Casablanca',
  'Pacific/Apia',
  'America/Sao_Paulo',
];

test('UTC has no transitions', () => {
  expect(compileZone('UTC', NOW)).toEqual({ name: 'UTC', starts: [], offsets: [0] });
});

test.each(ZONES)('%s has the offsets of the oracle at every instant', (name) => {
  const { starts, offsets } = compileZone(name, NOW);
  expect(offsets).toHaveLength(starts.length + 1);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  const offsetAt = (ms: number) => offsets[starts.filter((start) => start <= ms).length] ?? 0;
  const instant = fc.oneof(
    fc.integer({ min: Date.UTC(1900, 0, 2), max: Date.UTC(2056, 0, 1) }),
    fc.constantFrom(...starts, 0).chain((start) => fc.constantFrom(start - 1, start, start + 1)),
  );
  fc.assert(
    fc.property(instant, (ms) => {
      const zoned = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name);
      expect(offsetAt(ms)).toBe(Math.round(zoned.offsetNanoseconds / 1e6));
    }),
    { numRuns: 60 },
  );
});

test('a day is as long as the clocks make it', () => {
  const hours = (zone: string, month: number, day: number) => {
    const { start, end } = daySpan(zone, { year: 2026, month, day });
    return (end - start) / 3_600_000;
  };
  expect(hours('UTC', 3, 29)).toBe(24);
  expect(hours('Europe/Berlin', 3, 29)).toBe(23);
  expect(hours('Europe/Berlin', 10, 25)).toBe(25);
  expect(daySpan('Europe/Berlin', { year: 2026, month: 3, day: 10 }).start).toBe(Date.UTC(2026, 2, 9, 23));
});
