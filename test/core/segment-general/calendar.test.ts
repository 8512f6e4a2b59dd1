import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TIME_UNIT_NAMES, TIME_UNITS } from '../../../core/segment/language/time-unit.ts';
import { addUnits } from '../../../core/segment/runtime/calendar/add-units.ts';
import { anniversary } from '../../../core/segment/runtime/calendar/anniversary.ts';
import { civilDate, firstDayOf } from '../../../core/segment/runtime/calendar/civil-date.ts';
import { parseIso } from '../../../core/segment/runtime/calendar/parse-iso.ts';
import { dayAt, neighbour, unitAround, unitUntil } from '../../../core/segment/runtime/calendar/unit-around.ts';
import { UNIT_LENGTH } from '../../../core/segment/runtime/calendar/unit-length.ts';
import * as oracle from '../../oracle/calendar.ts';
import { zoneTable } from './zone-table.ts';

const CASES = process.env.SELVEDGE_NIGHTLY ? 5_000 : 300;
const FROM = Date.UTC(1960, 0, 1);
const TO = Date.UTC(2040, 0, 1);

const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Pacific/Apia',
  'Africa/Casablanca',
  'America/St_Johns',
  'America/Havana',
  'Asia/Beirut',
);
/** A zone and an instant, often within some hours of a transition. */
const place = zone.chain((name) => {
  const { starts } = zoneTable(name);
  const near = starts.filter((at) => at > FROM && at < TO);
  const any = fc.integer({ min: FROM, max: TO });
  const close = fc
    .tuple(
      fc.constantFrom(...(near.length > 0 ? near : [0])),
      fc.integer({ min: -50 * 3_600_000, max: 50 * 3_600_000 }),
    )
    .map(([at, by]) => at + by);
  const edge = fc
    .tuple(fc.constantFrom(...(near.length > 0 ? near : [0])), fc.integer({ min: -2, max: 2 }))
    .map(([at, by]) => at + by * 900_000);
  return fc.tuple(fc.constant(name), fc.oneof(any, close, edge));
});
const unit = fc.constantFrom(...TIME_UNIT_NAMES);

function check(run: (name: string, at: number) => void) {
  fc.assert(
    fc.property(place, ([name, at]) => run(name, at)),
    { numRuns: CASES },
  );
}

test('lengths of units are those of the language', () => {
  for (const name of TIME_UNIT_NAMES) expect(UNIT_LENGTH[name]).toBe(TIME_UNITS[name].ms || -TIME_UNITS[name].months);
});

test('steps of units', () => {
  fc.assert(
    fc.property(place, unit, fc.integer({ min: -60, max: 60 }), ([name, at], of, amount) => {
      fc.pre(TIME_UNITS[of].months * Math.abs(amount) < 150);
      expect(addUnits(at, amount, of, zoneTable(name))).toBe(oracle.addUnits(at, amount, of, name));
    }),
    { numRuns: 2 * CASES },
  );
});

test('calendar units and their neighbours', () => {
  fc.assert(
    fc.property(place, unit, fc.constantFrom(-1 as const, 0 as const, 1 as const), ([name, at], of, shift) => {
      fc.pre(TIME_UNITS[of].months < 120 || name === 'UTC');
      const found = unitAround(at, of, zoneTable(name));
      const expected = oracle.unitAround(at, of, name);
      expect([found.start, found.end], `${of} in ${name} at ${at}`).toEqual([expected.start, expected.end]);
      const beside = neighbour(at, of, shift, zoneTable(name));
      const wanted = oracle.neighbour(at, of, shift, name);
      expect([beside.start, beside.end]).toEqual([wanted.start, wanted.end]);
    }),
    { numRuns: 2 * CASES },
  );
});

test('nothing but the unit that holds now holds it, until the instant that is named', () => {
  fc.assert(
    fc.property(place, unit, fc.double({ min: 0, max: 1, noNaN: true }), ([name, at], of, share) => {
      fc.pre(TIME_UNITS[of].months < 120 || name === 'UTC');
      const until = unitUntil(at, of, zoneTable(name));
      expect(until).toBeGreaterThan(at);
      const here = oracle.unitAround(at, of, name);
      for (const later of [at + Math.floor(share * (until - 1 - at)), until - 1]) {
        const { start, end } = oracle.unitAround(later, of, name);
        expect([start, end], `${of} in ${name} at ${at}`).toEqual([here.start, here.end]);
      }
    }),
    { numRuns: 2 * CASES },
  );
  const johns = zoneTable('America/St_Johns');
  const turn = Date.UTC(2009, 10, 1, 2, 31);
  // Midnight, the turn a minute later, midnight again.
  expect(unitUntil(turn - 60_001, 'month', johns)).toBe(turn - 60_000);
  expect(unitUntil(turn - 60_000, 'month', johns)).toBe(turn);
  expect(unitUntil(turn, 'month', johns)).toBe(turn + 59 * 60_000);
  expect(unitUntil(turn, 'hour', johns)).toBe(turn + 59 * 60_000);
  expect(unitUntil(turn, 'week', zoneTable('UTC'))).toBe(Date.UTC(2009, 10, 2));
});

test('dates of instants, over 20,000 years', () => {
  check((name, at) => {
    const { months, day } = civilDate(dayAt(at, zoneTable(name)));
    const year = Math.floor(months / 12);
    expect({ year, month: months - year * 12 + 1, day }).toEqual(oracle.partsOf(at, name));
  });
  fc.assert(
    fc.property(fc.integer({ min: -3_650_000, max: 3_650_000 }), (days) => {
      const date = new Date(days * 86_400_000);
      const { months, day } = civilDate(days);
      expect([months, day]).toEqual([date.getUTCFullYear() * 12 + date.getUTCMonth(), date.getUTCDate()]);
      expect(firstDayOf(months)).toBe(days - day + 1);
    }),
    { numRuns: CASES },
  );
});

test('anniversaries, and when they change', () => {
  fc.assert(
    fc.property(place, fc.integer({ min: 0, max: 3_000 }), ([name, at], days) => {
      const table = zoneTable(name);
      const now = at + days * 86_400_000;
      const { holds, until } = anniversary(at, now, table);
      expect(holds).toBe(oracle.isAnniversary(at, now, name));
      expect(until).toBeGreaterThan(now);
      for (const part of [0.3, 0.7, 1]) {
        const later = Math.floor(now + part * (until - now)) - (part === 1 ? 1 : 0);
        expect(oracle.isAnniversary(at, later, name)).toBe(holds);
      }
    }),
    { numRuns: CASES },
  );
});

test('an anniversary begins again where clocks went back over its midnight', () => {
  const at = Date.UTC(2001, 9, 28, 2, 31);
  // 00:01 became 23:01 of the day before; that day ends for good an hour later.
  expect(anniversary(at, at, zoneTable('America/St_Johns'))).toEqual({
    holds: true,
    until: Date.UTC(2001, 9, 28, 3, 30),
  });
});

const two = (n: number) => String(n).padStart(2, '0');
const iso = fc
  .tuple(
    fc.constantFrom('0000', '1969', '2024', '2026', '9999', '2000', '1900', '26'),
    fc.nat(13),
    fc.nat(32),
    fc.constantFrom('', 'T', ' '),
    fc.nat(25),
    fc.nat(61),
    fc.constantFrom(
      '',
      ':00',
      ':30',
      ':59',
      ':60',
      ':61',
      ':07.1',
      ':07.2898',
      ':07.123456789',
      ':07.1234567890',
      ':07.',
      '.5',
    ),
    fc.constantFrom('', '', 'Z', 'z', '+01:00', '-0330', '+23:59', '+24:00', '-00:00', '+01', '+05:60'),
  )
  .map(([year, month, day, t, hour, minute, second, offset]) =>
    t === ''
      ? `${year}-${two(month)}-${two(day)}`
      : `${year}-${two(month)}-${two(day)}${t}${two(hour)}:${two(minute)}${second}${offset}`,
  );

test('text in ISO form', () => {
  fc.assert(
    fc.property(iso, zone, (text, name) => {
      fc.pre(!/^0000|^9999|^1900/.test(text) || name === 'UTC');
      expect(parseIso(text, zoneTable(name)), text).toBe(oracle.parseIso(text, name));
    }),
    { numRuns: 4 * CASES },
  );
});
