import { planShadowRun, type ShadowProgram } from '../../core/ruleset/plan-shadow-run.ts';
import type { RulesSide } from '../../core/ruleset/rule-nodes.ts';
import { compileProgram } from '../../core/segment/compile/compile-program.ts';
import { encodeEventPack } from '../../core/segment/preview/event-pack.ts';
import { createSampleKey } from '../../core/segment/preview/sample-key.ts';
import { shadowReport } from '../../core/segment/preview/shadow-run.ts';
import { createEngine } from '../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../core/segment/runtime/evaluator.ts';
import { decodeLog } from '../../core/segment/runtime/log/decode-log.ts';
import { encodeLog } from '../../core/segment/runtime/log/encode-log.ts';
import { createLog, insertEvent, type Log } from '../../core/segment/runtime/log/log.ts';
import type { LogPlan } from '../../core/segment/runtime/program.ts';
import { countRun } from '../../worker/objects/sample/count-run.ts';
import { createSampleKeeper, type SampleKeeper } from '../../worker/objects/sample/sample-keeper.ts';
import { createSampleTable } from '../../worker/objects/sample/sample-table.ts';
import { memoryStorage } from './storage.ts';
import { NOW, type Person } from './world.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encodeText = (text: string) => encoder.encode(text);
const decodeText = (bytes: Uint8Array) => decoder.decode(bytes);
const BATCH = 200;

/** By segment: how many enter and leave. */
export type Moves = ReadonlyMap<string, readonly [enter: number, leave: number]>;

/** A sample that holds everybody, as its object stores it. */
export function fillSample(people: readonly Person[]): SampleKeeper {
  const key = createSampleKey(new Uint8Array(16).fill(5));
  const keeper = createSampleKeeper(createSampleTable(memoryStorage()), key, people.length, NOW);
  keeper.seeded(null, []);
  keeper.touch(people.map(({ id }) => id));
  for (let from = 0; from < people.length; from += BATCH) {
    const some = people.slice(from, from + BATCH);
    keeper.begin(some.map(({ id }) => id));
    keeper.take(
      some.map(({ id, attributes, events }) => ({
        profile: id,
        takenAt: NOW,
        reply: {
          kind: 'copy',
          known: true,
          lastSeen: NOW,
          log: encodeEventPack(events, { withdrawn: [0], said: {}, cut: false }, encodeText),
          attributes,
          cut: false,
        },
      })),
    );
  }
  return keeper;
}

/** Every rule of a candidate, as a publish would compile it. */
export function compileAll({ rules, attributes, timeZone }: RulesSide): void {
  const compiled = compileProgram({
    segments: rules.segments,
    measures: rules.measures,
    attributes: new Map(attributes.map(({ id, type, labels }) => [id, { type, labels }])),
    models: new Set(),
    timeZone,
    now: NOW,
  });
  if (!compiled.ok) throw new Error(compiled.error[0]?.detail);
}

/** What the product does: compare, compile, read the sample, ask both programs, estimate. */
export async function runProduct(keeper: SampleKeeper, before: RulesSide, after: RulesSide): Promise<Moves> {
  const plan = planShadowRun(before, after, { allOffers: false, now: NOW });
  const { k, limit } = keeper.state();
  const run = { at: NOW, limit, before: plan.before, after: plan.after, examples: 5 };
  const counted = await countRun(keeper, run, () => performance.now());
  const sample = { k, limit, rows: counted.takenAt.length, freshness: null };
  const { segments } = shadowReport(sample, counted.movements, { population: null });
  return new Map(segments.map(({ segment, enter, leave }) => [segment, [enter.value, leave.value]]));
}

/** People as a profile object stores them: attributes as JSON, and the log that the whole live program asks for. */
export interface EngineWorld {
  readonly people: readonly Person[];
  readonly before: ShadowProgram;
  readonly after: ShadowProgram;
  readonly livePlan: LogPlan;
  readonly stored: readonly { readonly attributes: string; readonly log: Uint8Array }[];
  readonly logs: readonly (readonly [Log, Log])[];
}

export function prepareEngine(people: readonly Person[], before: RulesSide, after: RulesSide): EngineWorld {
  const plan = planShadowRun(before, after, { allOffers: false, now: NOW });
  const plans = [plan.before.program.log, plan.after.program.log] as const;
  // Everything is new to somebody who has nothing: so all of it is compiled.
  const live = planShadowRun(null, before, { allOffers: false, now: NOW }).after.program.log;
  return {
    people,
    before: plan.before,
    after: plan.after,
    livePlan: live,
    stored: people.map(({ attributes, events }) => ({
      attributes: JSON.stringify(attributes),
      log: encodeLog(logOf(live, events), encodeText),
    })),
    logs: people.map(({ events }) => [logOf(plans[0], events), logOf(plans[1], events)] as const),
  };
}

function logOf(plan: LogPlan, events: Person['events']): Log {
  const log = createLog(plan);
  for (const event of events) insertEvent(log, event);
  return log;
}

/**
 * The engine and nothing else, over the same people and the same two programs. `stored`: each person is read once, as an object that wakes reads it.
 * `memory`: everything lies ready.
 */
export function runEngine(world: EngineWorld, from: 'memory' | 'stored'): Moves {
  const { people, before, after, livePlan, stored, logs } = world;
  const [was, is] = [before, after].map(({ program }) => new Evaluator(createEngine(program))) as [
    Evaluator,
    Evaluator,
  ];
  const ids = before.program.segments.map(({ id }) => id);
  const places = ids.map((id) => after.program.segments.findIndex((segment) => segment.id === id));
  const enter = new Uint32Array(ids.length);
  const leave = new Uint32Array(ids.length);
  for (const [place, person] of people.entries()) {
    let { attributes } = person;
    const [held, other] = logs[place] as readonly [Log, Log];
    if (from === 'stored') {
      const row = stored[place] as (typeof stored)[number];
      attributes = JSON.parse(row.attributes) as Person['attributes'];
      if (!decodeLog(livePlan, row.log, decodeText).ok) throw new Error('a log cannot be read');
    }
    const subject = { attribute: (name: string) => attributes[name], withdrawn: () => 0, score: () => undefined };
    const then = was.evaluate(held, subject, NOW);
    const now = is.evaluate(other, subject, NOW);
    for (let i = 0; i < ids.length; i++) {
      const [a, b] = [then[i], now[places[i] as number]];
      if (a === b) continue;
      if (b === 1) enter[i] = (enter[i] as number) + 1;
      else leave[i] = (leave[i] as number) + 1;
    }
  }
  return new Map(ids.map((id, i) => [id, [enter[i] as number, leave[i] as number]]));
}
