import type { Instant } from '../../core/lib/ids.ts';
import type { JsonObject, JsonValue } from '../../core/lib/json.ts';
import { ALL_PURPOSES_MASK } from '../../core/policy/purposes.ts';
import type { AttributeType } from '../../core/segment/attribute-type.ts';
import { compileProgram } from '../../core/segment/compile/compile-program.ts';
import { plainValue } from '../../core/segment/explain/plain-value.ts';
import { checkRules } from '../../core/segment/language/check-rules.ts';
import type { Expression } from '../../core/segment/language/expression.ts';
import { createEngine, type Engine } from '../../core/segment/runtime/engine.ts';
import { createLog, insertEvent, type Log, type LogEvent } from '../../core/segment/runtime/log/log.ts';
import { createResident, type OnFlip, type Resident, type Subject } from '../../core/segment/runtime/resident.ts';
import { evaluateAt } from '../oracle/changes.ts';
import type { OracleInput } from '../oracle/interpreter.ts';
import { fromJson, type OracleEvent, type Truth } from '../oracle/value.ts';

/** Rules and the world they are asked about, as an author and a sender give them. */
export interface World {
  readonly segments: Readonly<Record<string, string>>;
  readonly measures: Readonly<Record<string, string>>;
  readonly attributes: ReadonlyMap<string, AttributeType> | null;
  readonly timeZone: string;
  readonly scores: Readonly<Record<string, number>>;
}

export interface Compiled {
  readonly world: World;
  readonly trees: {
    readonly segments: ReadonlyMap<string, Expression>;
    readonly measures: ReadonlyMap<string, Expression>;
  };
  readonly engine: Engine;
  /** Ids of the segments that were accepted, and where each and its negation stand in the program. */
  readonly ids: readonly string[];
  readonly positions: readonly { readonly rule: number; readonly negated: number }[];
  /** Cells of the measures. */
  readonly cells: readonly number[];
}

/** Rules that are refused are left out, and with them those that name them, until the others are accepted. */
export function compileWorld(world: World, now: number): Compiled {
  const segments = new Map(Object.entries(world.segments));
  const measures = new Map(Object.entries(world.measures));
  const { attributes, timeZone } = world;
  let checked = checkRules({ segments, measures, attributes, models: null, timeZone });
  while (!checked.ok) {
    for (const { owner } of checked.error) (owner?.kind === 'measure' ? measures : segments).delete(owner?.name ?? '');
    checked = checkRules({ segments, measures, attributes, models: null, timeZone });
  }
  const trees = checked.value;
  const compiled = compileProgram({
    segments: [...trees.segments].flatMap(([id, rule]) => [
      { id, rule, purpose: 'necessary' as const },
      { id: `not ${id}`, rule: { op: 'not' as const, of: rule }, purpose: 'necessary' as const },
    ]),
    measures: [...trees.measures].map(([id, expression]) => ({ id, expression, purpose: 'necessary' as const })),
    attributes: attributes && new Map([...attributes].map(([id, type]) => [id, { type, labels: [] }])),
    models: null,
    timeZone,
    now: now as Instant,
  });
  if (!compiled.ok)
    throw new Error(`accepted, but not compiled: ${compiled.error.map(({ detail }) => detail).join(' ')}`);
  const { program, measures: cells } = compiled.value;
  const at = new Map(program.segments.map(({ id }, position) => [id, position]));
  const ids = [...trees.segments.keys()];
  return {
    world,
    trees,
    engine: createEngine(JSON.parse(JSON.stringify(program))),
    ids,
    positions: ids.map((id) => ({ rule: at.get(id) as number, negated: at.get(`not ${id}`) as number })),
    cells: Object.values(cells),
  };
}

export interface Profile {
  readonly attributes: JsonObject;
  /** As they arrived; what comes again is not a new one. */
  readonly events: readonly OracleEvent[];
}

/** What may be stored: where attributes are declared, values of another type were refused before. */
export function storable({ attributes: declared }: World, attributes: JsonObject): JsonObject {
  if (declared === null) return attributes;
  const fits = (type: AttributeType | undefined, value: JsonValue | undefined) =>
    value === null ||
    (type === 'list' ? Array.isArray(value) : typeof value === (type === 'instant' ? 'string' : type));
  return Object.fromEntries(Object.entries(attributes).filter(([name, value]) => fits(declared.get(name), value)));
}

/** The first of each source and id, in the order of arrival. */
export function settled(events: readonly OracleEvent[]): readonly OracleEvent[] {
  return events.filter(
    (event, i) => !events.slice(0, i).some(({ id, source }) => id === event.id && source === event.source),
  );
}

export function oracleInput({ trees, world }: Compiled, id: string, profile: Profile): OracleInput {
  return {
    rule: trees.segments.get(id) as Expression,
    measures: trees.measures,
    segments: trees.segments,
    timeZone: world.timeZone,
    profile: fromJson(profile.attributes),
    events: [...settled(profile.events)].sort(
      (a, b) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.source < b.source ? -1 : 1),
    ),
    scores: world.scores,
  };
}

export function oracleTruths(compiled: Compiled, profile: Profile, now: number): readonly Truth[] {
  return compiled.ids.map((id) => evaluateAt(oracleInput(compiled, id, profile), now));
}

/** A profile that lives through time as the profile object would let it. */
export class EngineProfile {
  readonly #compiled: Compiled;
  readonly #log: Log;
  readonly #subject: Subject;
  #attributes: JsonObject;
  #resident: Resident;

  constructor(compiled: Compiled, { attributes, events }: Profile, now: number) {
    this.#compiled = compiled;
    this.#attributes = attributes;
    this.#log = createLog(compiled.engine.program.log);
    for (const event of settled(events)) insertEvent(this.#log, logEvent(event));
    const { scores } = compiled.world;
    this.#subject = {
      attribute: (name) => (Object.hasOwn(this.#attributes, name) ? this.#attributes[name] : undefined),
      withdrawn: () => 0,
      score: (model) => (Object.hasOwn(scores, model) ? scores[model] : undefined),
    };
    this.#resident = createResident(compiled.engine, this.#log, this.#subject, now);
  }

  truths(): readonly Truth[] {
    const { members } = this.#resident;
    return this.#compiled.positions.map(({ rule, negated }) =>
      members[rule] === 1 ? true : members[negated] === 1 ? false : null,
    );
  }

  get until(): number {
    return this.#resident.until;
  }

  /** Of the measures, for people. */
  values(): readonly JsonValue[] {
    const { now } = this.#resident;
    return this.#compiled.cells.map((cell) => plainValue(this.#resident.value(cell), this.#log, now));
  }

  /** Flips of each segment up to the instant. */
  advance(to: number): readonly (readonly number[])[] {
    const flips = this.#compiled.ids.map((): number[] => []);
    this.#resident.advance(to, (segment, _, at) => this.#noted(flips, segment, at), 1_000_000);
    return flips;
  }

  /** Events that the door let in, one of them or many. Late ones make the profile anew, as its object does. */
  arrive(events: readonly OracleEvent[], onFlip: OnFlip): void {
    let isLate = false;
    for (const event of events) {
      const row = insertEvent(this.#log, logEvent(event));
      if (row < 0) continue;
      isLate ||= row < this.#log.length - 1;
      if (!isLate) this.#resident.added(row, events.length === 1 ? onFlip : null);
    }
    if (!isLate) this.#resident.settle(onFlip);
    else this.#resident = createResident(this.#compiled.engine, this.#log, this.#subject, this.#resident.now);
  }

  change(attributes: JsonObject, onFlip: OnFlip): void {
    this.#attributes = { ...this.#attributes, ...attributes };
    this.#resident.attributesChanged(Object.keys(attributes), onFlip);
  }

  /** The next flip of a segment (null: of any rule, negations included). */
  nextFlip(index: number | null, horizon: number): number | null {
    const segments = index === null ? null : [this.#compiled.positions[index]?.rule as number];
    const next = this.#resident.nextFlip(segments, horizon, 1_000_000);
    return next === null ? null : next.at;
  }

  #noted(flips: readonly number[][], segment: number, at: number): void {
    const index = this.#compiled.positions.findIndex(({ rule }) => rule === segment);
    if (index >= 0) flips[index]?.push(at);
  }
}

function logEvent(event: OracleEvent): LogEvent {
  const data = event.data as JsonObject;
  return { ...event, data, context: event.context as JsonObject, strand: 0, purposes: ALL_PURPOSES_MASK };
}
