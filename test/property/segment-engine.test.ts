import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../core/lib/json.ts';
import { evaluateAt, flipsUntil } from '../oracle/changes.ts';
import type { OracleInput } from '../oracle/interpreter.ts';
import type { OracleEvent } from '../oracle/value.ts';
import {
  attributeValues,
  DECLARED,
  event,
  horizonOf,
  measures,
  nowInstant,
  profile,
  rule,
  START,
  scores,
  tightEvent,
  tightRule,
  timeZone,
} from './segment-engine-arbitraries.ts';
import {
  type Compiled,
  compileWorld,
  EngineProfile,
  oracleInput,
  oracleTruths,
  type Profile,
  settled,
  storable,
  type World,
} from './segment-engine-harness.ts';

/** fast-check prints seed and path of a failure; SELVEDGE_SEED runs that seed again. */
const CASES = process.env.SELVEDGE_NIGHTLY ? 100_000 : 2_000;
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 4 * 3_600_000 : 120_000;
const seed = process.env.SELVEDGE_SEED;
const settings = { ...(seed !== undefined && { seed: Number(seed) }) };

const segments = fc.tuple(rule([]), rule(['s0']), rule(['s0', 's1'])).map(([s0, s1, s2]) => ({ s0, s1, s2 }));
const world: fc.Arbitrary<World> = fc.record({
  segments,
  measures,
  attributes: fc.constantFrom(null, DECLARED),
  timeZone,
  scores: scores as fc.Arbitrary<Record<string, number>>,
});
const tightWorld: fc.Arbitrary<World> = fc.record({
  segments: fc.tuple(tightRule([]), tightRule(['s0']), tightRule(['s0', 's1'])).map(([s0, s1, s2]) => ({ s0, s1, s2 })),
  measures: fc.constant({}),
  attributes: fc.constant(null),
  timeZone,
  scores: fc.constant({}),
});
/** Rules, and the events that meet them. */
interface Setting {
  readonly of: fc.Arbitrary<World>;
  readonly event: fc.Arbitrary<OracleEvent>;
}
const WIDE: Setting = { of: world, event: event as fc.Arbitrary<OracleEvent> };
const TIGHT: Setting = { of: tightWorld, event: tightEvent as fc.Arbitrary<OracleEvent> };
const historyOf = (setting: Setting) => fc.array(setting.event, { maxLength: 14, size: 'max' });

/** A case as a reader wants it, and as test/conformance/segments-cases.json takes it. */
function shown({ world: { segments: rules, measures: named, timeZone: zone } }: Compiled, person: Profile): string {
  const events = person.events.map(({ at, ...rest }) => ({ ...rest, at: new Date(at).toISOString() }));
  return JSON.stringify(
    { segments: rules, measures: named, timeZone: zone, profile: person.attributes, events },
    null,
    1,
  );
}

/** The text is made only where it is needed. */
function agree(found: unknown, expected: unknown, where: () => string): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found, where()).toEqual(expected);
}

/** The oracle's flips, and of those that the engine adds the ones that the oracle confirms: between two looks at a decaying value it may miss a pair. */
function flipsOf(input: OracleInput, now: number, horizon: number, found: readonly number[]): readonly number[] {
  const flips = flipsUntil(input, now, horizon);
  const isFlip = (at: number) => (evaluateAt(input, at - 1) === true) !== (evaluateAt(input, at) === true);
  return [...flips, ...found.filter((at) => !flips.includes(at) && isFlip(at))].sort((a, b) => a - b);
}

/** Compiling costs most, so several people come with one ruleset. */
const PEOPLE = 4;
const people = <P>(person: fc.Arbitrary<P>) => fc.array(person, { minLength: 1, maxLength: PEOPLE, size: 'max' });

type Happening =
  | { readonly is: 'events'; readonly events: readonly OracleEvent[] }
  | { readonly is: 'change'; readonly attributes: JsonObject }
  | { readonly is: 'time'; readonly hours: number };
interface Life {
  readonly attributes: JsonObject;
  readonly past: OracleEvent[];
  readonly happenings: readonly Happening[];
}
const happeningOf = ({ event: of }: Setting): fc.Arbitrary<Happening> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        is: fc.constant('events' as const),
        events: fc.array(of, { minLength: 1, maxLength: 3, size: 'max' }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        is: fc.constant('change' as const),
        attributes: fc.record(attributeValues, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>,
      }),
    },
    { weight: 3, arbitrary: fc.record({ is: fc.constant('time' as const), hours: fc.constantFrom(0, 1, 6, 18, 72) }) },
  );

const lifeOf = (setting: Setting): fc.Arbitrary<Life> =>
  fc.record({
    attributes: profile,
    past: historyOf(setting),
    happenings: fc.array(happeningOf(setting), { maxLength: 12, size: 'max' }),
  });

describe.each([
  { name: 'any rules', setting: WIDE, flipShare: 40 },
  { name: 'static rules, on the edge', setting: TIGHT, flipShare: 10 },
])('$name', ({ setting, flipShare }) => {
  const person = fc.tuple(profile, historyOf(setting), nowInstant);

  test('evaluated once from the log: every truth as the oracle has it', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(setting.of, people(person), (of, all) => {
        const compiled = compileWorld(of, START);
        for (const [attributes, events, now] of all) {
          const person = { attributes: storable(of, attributes), events };
          const found = new EngineProfile(compiled, person, now).truths();
          const where = () => `${new Date(now).toISOString()} ${shown(compiled, person)}`;
          agree(found, oracleTruths(compiled, person, now), where);
        }
      }),
      { ...settings, numRuns: Math.ceil(CASES / 4) },
    );
  });

  test('every flip and the next one, if nothing happens but time', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(setting.of, people(person), (of, all) => {
        const compiled = compileWorld(of, START);
        for (const [attributes, events, now] of all) {
          const person = { attributes: storable(of, attributes), events };
          const engine = new EngineProfile(compiled, person, now);
          const horizon = horizonOf(now);
          const next = compiled.ids.map((_, i) => engine.nextFlip(i, horizon));
          const found = engine.advance(horizon);
          const expected = compiled.ids.map((id, i) =>
            flipsOf(oracleInput(compiled, id, person), now, horizon, found[i] ?? []),
          );
          const where = () => `${new Date(now).toISOString()} ${shown(compiled, person)}`;
          agree(found.map(iso), expected.map(iso), where);
          agree(
            next,
            expected.map(([first]) => first ?? null),
            where,
          );
          agree(engine.truths(), oracleTruths(compiled, person, horizon), where);
        }
      }),
      { ...settings, numRuns: Math.ceil(CASES / flipShare) },
    );
  });

  test('living through time: right after every event, change and hour', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(setting.of, people(lifeOf(setting)), (of, all) => {
        const compiled = compileWorld(of, START);
        for (const one of all) live(compiled, one);
      }),
      { ...settings, numRuns: Math.ceil(CASES / 4) },
    );
  });
});

function live(compiled: Compiled, { attributes, past, happenings }: Life): void {
  const { world: of } = compiled;
  let person: Profile = { attributes: storable(of, attributes), events: past };
  let now = START;
  const engine = new EngineProfile(compiled, person, now);
  const noted = () => undefined;
  for (const [i, what] of happenings.entries()) {
    if (what.is === 'time') {
      now += what.hours * 3_600_000;
      engine.advance(now);
    } else if (what.is === 'change') {
      const changed = storable(of, what.attributes);
      person = { ...person, attributes: { ...person.attributes, ...changed } };
      engine.change(changed, noted);
    } else {
      const known = settled(person.events).length;
      person = { ...person, events: [...person.events, ...what.events] };
      engine.arrive(settled(person.events).slice(known), noted);
    }
    const where = () =>
      `after ${i} (${JSON.stringify(what)}) ${new Date(now).toISOString()} ${shown(compiled, person)}`;
    agree(engine.truths(), oracleTruths(compiled, person, now), where);
    if (compiled.cells.length > 0) agree(engine.values(), new EngineProfile(compiled, person, now).values(), where);
  }
}

function iso(instants: readonly number[]): readonly string[] {
  return instants.map((at) => new Date(at).toISOString());
}
