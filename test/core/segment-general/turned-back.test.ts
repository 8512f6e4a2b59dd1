import { expect, test } from 'vitest';
import { evaluateAt } from '../../oracle/changes.ts';
import type { OracleEvent } from '../../oracle/value.ts';
import { compileWorld, EngineProfile, oracleInput, type Profile } from '../../property/segment-engine-harness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** At 00:01 clocks went back to 23:01 (or 22:01) of the day before, so that its last hour and the next day's first minute came twice. */
const TURNS = [
  // The new day was a new month, too.
  { zone: 'America/St_Johns', at: Date.UTC(2009, 10, 1, 2, 31), hours: 1 },
  { zone: 'America/Goose_Bay', at: Date.UTC(1988, 9, 30, 3, 1), hours: 2 },
  // The new day was a new year. Nothing went back over the beginning of a week.
  { zone: 'America/Phoenix', at: Date.UTC(1944, 0, 1, 6, 1), hours: 1 },
  // At 24:00 back to 23:00: midnight comes once.
  { zone: 'America/Santiago', at: Date.UTC(2024, 3, 7, 3), hours: 1 },
] as const;

const MOMENTS = [
  'today',
  'yesterday',
  'tomorrow',
  'this week',
  'this month',
  'last month',
  'next month',
  'this year',
  'last year',
  'this hour',
  'on now',
  'before today',
  'after today',
  'after this month',
  'before tomorrow',
  'after yesterday',
  'between yesterday and today',
  'between this month and now',
  '= 1 day before now',
  '= 1 hour before now',
  '= 1 day before today',
  '= 1 day after today',
  '= 1 month before now',
  '= 1 month after now',
  '= 1 year before now',
  '= 1 month before this month',
  '<= 1 day before today',
  '<= 2 hours before today',
  '> 2 hours before today',
  '<= 1 day after today',
  '>= 1 hour after yesterday',
  '<= 1 month before now',
  '<= 1 month after today',
];

const NOW_RULES = [
  'now occurs today',
  'now occurs yesterday',
  'now occurs on due',
  'now occurs = 1 day after due',
  'now occurs = 1 month after due',
  'now occurs <= 1 month after due',
  'now occurs > 1 month after due',
  'now occurs <= 1 month before due',
  'currentDayOfMonth() = 1',
  'currentMonth() = 11',
  'currentYear() = 1943',
  'anniversary(due)',
  'today = due',
];

const RULES = [...MOMENTS.map((moment) => `due occurs ${moment}`), ...NOW_RULES];
const EVENT_RULES = ['today', 'this month', 'yesterday'].map(
  (moment) => `xEvent[timestamp occurs ${moment}].count() >= 1`,
);

/** Distances from the turn, in milliseconds, of what happened, or is looked at: the first minute of the new day, the hour that comes twice, the days beside. */
const DUE = [-1440, -31, -1, 0, 59, 720].map((minutes) => minutes * MINUTE);
const probesAround = (hours: number) =>
  [-1501, -1, 0, 30, 60 * hours - 1, 60 * hours + 1439].flatMap((minutes) => [minutes * MINUTE - 1, minutes * MINUTE]);

test.each(TURNS)(
  '$zone, clocks back by $hours h: every rule about the calendar flips when the calendar does',
  ({ zone, at, hours }) => {
    const segments = Object.fromEntries([...RULES, ...EVENT_RULES].map((text, i) => [`s${i}`, text]));
    const compiled = compileWorld(
      { segments, measures: {}, attributes: new Map([['due', 'instant']]), timeZone: zone, scores: {} },
      Date.UTC(2026, 0, 1),
    );
    expect(compiled.ids).toHaveLength(RULES.length + EVENT_RULES.length);
    const from = at - 2 * DAY - HOUR;
    const to = at + 2 * DAY;
    const places = probesAround(hours).map((ms) => at + ms);
    const wrong: string[] = [];
    for (const due of DUE.map((ms) => at + ms)) {
      const event: OracleEvent = { id: 'e', source: 'web', type: 'view', at: due, data: {}, context: {} };
      const person: Profile = { attributes: { due: new Date(due).toISOString() }, events: [event] };
      const engine = new EngineProfile(compiled, person, from);
      const truths = engine.truths();
      const flips = engine.advance(to);
      for (const [i, id] of compiled.ids.entries()) {
        const input = oracleInput(compiled, id, person);
        const probes = new Set([...places, ...(flips[i] ?? []).flatMap((flip) => [flip - 1, flip])]);
        for (const now of probes) {
          const isTrue = (truths[i] === true) !== ((flips[i] ?? []).filter((flip) => flip <= now).length % 2 === 1);
          if (isTrue !== (evaluateAt(input, now) === true))
            wrong.push(
              `${segments[id]}: due ${new Date(due).toISOString()}, ${isTrue} at ${new Date(now).toISOString()}`,
            );
        }
      }
    }
    expect(wrong.slice(0, 20), `${wrong.length} wrong`).toEqual([]);
  },
);
