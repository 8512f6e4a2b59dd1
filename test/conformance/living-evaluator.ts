import {
  type EngineCase,
  evaluator as fromLog,
  prepareCase,
  readFlips,
  readTruth,
} from '../../cli/conformance/engine-evaluator.ts';
import type { CheckedCase, SegmentEvaluator } from '../../cli/conformance/segment-evaluator.ts';
import { createLog, insertEvent } from '../../core/segment/runtime/log/log.ts';
import { createResident, type Resident } from '../../core/segment/runtime/resident.ts';

const MOST_STEPS = 1_000_000;
const ignore = () => undefined;

/** The engine as a profile object uses it: each event is added at its own time, and what lies ahead of now comes early. */
export const livingEvaluator: SegmentEvaluator = {
  name: 'engine, living through time',
  evaluate: (checked) => {
    const prepared = prepareCase(checked);
    return readTruth(prepared, live(prepared, checked.now));
  },
  changes: (checked, horizon) => {
    const prepared = prepareCase(checked);
    return readFlips(prepared, live(prepared, checked.now), horizon);
  },
};

function live({ engine, subject, events }: EngineCase, now: number): Resident {
  const inTime = [...events].sort(
    (a, b) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.source < b.source ? -1 : 1),
  );
  const log = createLog(engine.program.log);
  const resident = createResident(engine, log, subject, Math.min(now, ...events.map(({ at }) => at - 1)));
  for (const event of inTime) {
    resident.advance(Math.min(event.at, now), ignore, MOST_STEPS);
    const row = insertEvent(log, event);
    if (row >= 0) resident.added(row, ignore);
  }
  resident.advance(now, ignore, MOST_STEPS);
  return resident;
}

/** The engine with another order of arrival. Who is first of one source and id is settled before. */
export function shuffledEvaluator(seed: number): SegmentEvaluator {
  const shuffled = (checked: CheckedCase): CheckedCase => {
    const seen = new Set<string>();
    const events = checked.events.filter(({ source, id }) => {
      const key = JSON.stringify([source, id]);
      return !seen.has(key) && seen.add(key);
    });
    return { ...checked, events: shuffle(events, seed) };
  };
  return {
    name: `engine, events in order ${seed}`,
    evaluate: (checked) => fromLog.evaluate(shuffled(checked)),
    changes: (checked, horizon) => fromLog.changes(shuffled(checked), horizon),
  };
}

function shuffle<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return items
    .map((item) => ({ item, place: next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
