import type { Instant } from '../../core/lib/ids.ts';
import { ALL_PURPOSES_MASK } from '../../core/policy/purposes.ts';
import { compileProgram } from '../../core/segment/compile/compile-program.ts';
import type { OwnedProblem, RuleTexts } from '../../core/segment/language/check-rules.ts';
import type { Expression } from '../../core/segment/language/expression.ts';
import { createEngine, type Engine } from '../../core/segment/runtime/engine.ts';
import { createLog, insertEvent, type LogEvent } from '../../core/segment/runtime/log/log.ts';
import type { Program } from '../../core/segment/runtime/program.ts';
import { createResident, type Resident, type Subject } from '../../core/segment/runtime/resident.ts';
import type { CheckedCase, ConformanceEvent, SegmentEvaluator } from './segment-evaluator.ts';

/** Steps of time within one run: more than any case needs. */
const MOST_STEPS = 1_000_000;

/** Stands beside the rule: what is neither true nor false is unknown. */
const NEGATED = '(not rule)';

/** A case made ready to run. */
export interface EngineCase {
  readonly engine: Engine;
  readonly subject: Subject;
  /** Settled at the door: of each source and id the first one. */
  readonly events: readonly LogEvent[];
  /** Where the rule and its negation stand in the program. */
  readonly rule: number;
  readonly negated: number;
}

/** The engine that ships, as a conformance run asks it. */
export const evaluator: SegmentEvaluator = {
  name: 'engine (core/segment: compiled program, evaluated from the log)',
  refuse: (rules) => refusalsOf(rules),
  evaluate: (checked) => {
    const prepared = prepareCase(checked);
    return readTruth(prepared, createFromLog(prepared, checked.now));
  },
  changes: (checked, horizon) => {
    const prepared = prepareCase(checked);
    return readFlips(prepared, createFromLog(prepared, checked.now), horizon);
  },
};

function createFromLog({ engine, subject, events }: EngineCase, now: number): Resident {
  const log = createLog(engine.program.log);
  for (const event of events) insertEvent(log, event);
  return createResident(engine, log, subject, now);
}

/** The value of the case's rule; null is unknown. */
export function readTruth({ rule, negated }: EngineCase, { members }: Resident): boolean | null {
  if (members[rule] === 1) return true;
  return members[negated] === 1 ? false : null;
}

/** Lets time pass up to the horizon and lists the flips of the case's rule. */
export function readFlips({ rule }: EngineCase, resident: Resident, horizon: number): readonly number[] {
  const flips: number[] = [];
  const onFlip = (segment: number, _: boolean, at: number) => {
    if (segment === rule) flips.push(at);
  };
  resident.advance(horizon, onFlip, MOST_STEPS);
  return flips;
}

function refusalsOf({ segments, measures, attributes, models, timeZone }: RuleTexts): readonly OwnedProblem[] {
  const compiled = compileProgram({
    segments: [...segments].map(([id, rule]) => ({ id, rule, purpose: 'necessary' })),
    measures: [...measures].map(([id, expression]) => ({ id, expression, purpose: 'necessary' })),
    attributes: attributes && new Map([...attributes].map(([id, type]) => [id, { type, labels: [] }])),
    models,
    timeZone,
    now: 0 as Instant,
  });
  return compiled.ok ? [] : compiled.error;
}

export function prepareCase({ rules, segment, timeZone, profile, events, scores, now }: CheckedCase): EngineCase {
  const purpose = 'necessary';
  const negation: Expression = { op: 'not', of: rules.segments.get(segment) as Expression };
  const compiled = compileProgram({
    segments: [...rules.segments, [NEGATED, negation] as const].map(([id, rule]) => ({ id, rule, purpose })),
    measures: [...rules.measures].map(([id, expression]) => ({ id, expression, purpose })),
    attributes: null,
    models: null,
    timeZone,
    now: now as Instant,
  });
  if (!compiled.ok) throw new Error(compiled.error.map(({ detail }) => detail).join(' '));
  // As it is published: plain JSON.
  const program = JSON.parse(JSON.stringify(compiled.value.program)) as Program;
  const positionOf = (id: string) => program.segments.findIndex((one) => one.id === id);
  return {
    engine: createEngine(program),
    subject: {
      attribute: (name) => (Object.hasOwn(profile, name) ? profile[name] : undefined),
      withdrawn: () => 0,
      score: (model) => (Object.hasOwn(scores, model) ? scores[model] : undefined),
    },
    events: settle(events).map((event) => ({ ...event, strand: 0, purposes: ALL_PURPOSES_MASK })),
    rule: positionOf(segment),
    negated: positionOf(NEGATED),
  };
}

function settle(events: readonly ConformanceEvent[]): readonly ConformanceEvent[] {
  const seen = new Set<string>();
  return events.filter(({ source, id }) => {
    const key = JSON.stringify([source, id]);
    return !seen.has(key) && seen.add(key);
  });
}
