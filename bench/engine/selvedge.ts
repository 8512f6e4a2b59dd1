import { createAllocation } from '../../core/experiment/allocation.ts';
import { assignVariant } from '../../core/experiment/assign-variant.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { NECESSARY_MASK } from '../../core/policy/purposes.ts';
import { compileProgram } from '../../core/segment/compile/compile-program.ts';
import { createEngine, type Engine } from '../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../core/segment/runtime/evaluator.ts';
import { decodeLog } from '../../core/segment/runtime/log/decode-log.ts';
import { encodeLog } from '../../core/segment/runtime/log/encode-log.ts';
import { createLog, insertEvent, type Log, type LogEvent, removeOldest } from '../../core/segment/runtime/log/log.ts';
import { logOfEvents } from '../../core/segment/runtime/log/log-of-events.ts';
import type { Program as CompiledProgram } from '../../core/segment/runtime/program.ts';
import {
  createResident,
  type OnFlip,
  type Resident as ProfileResident,
  type Subject,
} from '../../core/segment/runtime/resident.ts';
import type { Contender, Facts, Program, Resident, RoundTrip, RuleText } from './contender.ts';
import type { Profile, RawEvent } from './workload/descriptor.ts';
import { DAY_MS, HISTORY_DAYS } from './workload/events.ts';
import { ATTRIBUTES } from './workload/profile.ts';

/** Our engine behind the benchmark's interface. */
export const selvedge: Contender = {
  name: 'selvedge',
  runtimeEntry: 'bench/engine/runtime-entry.ts',
  compile: (rules) => JSON.stringify(compileRules(rules)),
  load: (artefact) => new LoadedProgram(artefact),
  createAssignment: ({ key, weights }) => {
    const allocation = createAllocation({ key, weights, share: 1 });
    if (!allocation.ok) throw new Error(allocation.error.kind);
    const { value } = allocation;
    return (unit) => assignVariant(value, unit);
  },
};

/** Attributes are declared, as an operator's are. */
function compileRules(rules: readonly RuleText[]) {
  const compiled = compileProgram({
    segments: rules.map(({ id, text }) => ({ id, rule: text, purpose: 'necessary' })),
    measures: [],
    attributes: new Map(ATTRIBUTES.map(({ name, kind }) => [name, { type: TYPES[kind], labels: [] }])),
    models: null,
    timeZone: 'UTC',
    now: 0 as Instant,
  });
  if (!compiled.ok) throw new Error(compiled.error.map(({ owner, detail }) => `${owner?.name}: ${detail}`).join('\n'));
  const { program } = compiled.value;
  const places = new Map(program.segments.map(({ id }, place) => [id, place]));
  return { program, places: rules.map(({ id }) => places.get(id) as number) };
}

const TYPES = { choice: 'string', text: 'string', number: 'number', flag: 'boolean' } as const;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();
const encodeText = (text: string) => textEncoder.encode(text);
const decodeText = (bytes: Uint8Array) => textDecoder.decode(bytes);

const NOTHING: Profile = {};
const NO_CONTEXT = {};
const noWithdrawal = () => 0;
const noScore = () => undefined;

const subjectOf = (profile: Profile): Subject => ({
  attribute: (name) => profile[name],
  withdrawn: noWithdrawal,
  score: noScore,
});

function logEvent({ id, source, type, at, data }: RawEvent): LogEvent {
  return { id, source, type, at, strand: 0, purposes: NECESSARY_MASK, data, context: NO_CONTEXT };
}

class LoadedProgram implements Program {
  readonly #engine: Engine;
  readonly #evaluator: Evaluator;
  /** By rule, in the order they were given in: its place in the program. */
  readonly #places: readonly number[];
  /** Of attributes alone. */
  readonly #noEvents: Log;
  #members: Uint8Array = new Uint8Array(0);

  constructor(artefact: Uint8Array | string) {
    const text = typeof artefact === 'string' ? artefact : decodeText(artefact);
    const { program, places } = JSON.parse(text) as { program: CompiledProgram; places: readonly number[] };
    this.#engine = createEngine(program);
    this.#evaluator = new Evaluator(this.#engine);
    this.#places = places;
    this.#noEvents = createLog(program.log);
  }

  evaluateProfile(profile: Profile, now: number): number {
    return this.#evaluate(this.#noEvents, profile, now);
  }

  evaluateEvents(events: readonly RawEvent[], now: number): number {
    return this.#evaluate(logOfEvents(this.#engine.program.log, events, 0, NECESSARY_MASK), NOTHING, now);
  }

  encodeEvents(events: readonly RawEvent[]): Uint8Array {
    return encodeLog(this.#logOf(events), encodeText);
  }

  evaluateEncoded(log: Uint8Array, now: number): number {
    return this.#evaluate(this.#decode(log), NOTHING, now);
  }

  isMember(segment: number): boolean {
    return this.#members[this.#places[segment] as number] === 1;
  }

  open({ profile, events }: Facts, now: number): Resident {
    return new Person(this.#engine, this.#places, profile, this.#logOf(events), now);
  }

  roundTrip(state: Uint8Array, event: RawEvent, now: number): RoundTrip {
    const log = this.#decode(state);
    insertEvent(log, logEvent(event));
    const oldest = now - HISTORY_DAYS * DAY_MS;
    let old = 0;
    while ((log.at[old] as number) < oldest) old++;
    // No window reaches them, so they may wait until it is worth the while.
    if (old > log.length >> 3) removeOldest(log, old);
    const members = this.#evaluate(log, NOTHING, now);
    return { state: encodeLog(log, encodeText), members, isMember: (segment) => this.isMember(segment) };
  }

  #evaluate(log: Log, profile: Profile, now: number): number {
    this.#members = this.#evaluator.evaluate(log, subjectOf(profile), now);
    return countOf(this.#members);
  }

  #logOf(events: readonly RawEvent[]): Log {
    const log = createLog(this.#engine.program.log, events.length + 16);
    for (const event of events) insertEvent(log, logEvent(event));
    return log;
  }

  #decode(bytes: Uint8Array): Log {
    const log = decodeLog(this.#engine.program.log, bytes, decodeText);
    if (!log.ok) throw new Error(log.error);
    return log.value;
  }
}

class Person implements Resident {
  readonly #places: readonly number[];
  readonly #profile: Record<string, string | number | boolean>;
  readonly #log: Log;
  readonly #resident: ProfileResident;
  readonly #onFlip: OnFlip;
  #members: number;

  constructor(engine: Engine, places: readonly number[], profile: Profile, log: Log, now: number) {
    this.#places = places;
    this.#profile = { ...profile };
    this.#log = log;
    this.#resident = createResident(engine, log, subjectOf(this.#profile), now);
    this.#members = countOf(this.#resident.members);
    this.#onFlip = (_, member) => {
      this.#members += member ? 1 : -1;
    };
  }

  changeAttributes(change: Profile, now: number): number {
    const names = Object.keys(change);
    for (const name of names) this.#profile[name] = change[name] as string | number | boolean;
    this.#resident.advance(now, this.#onFlip);
    this.#resident.attributesChanged(names, this.#onFlip);
    return this.#members;
  }

  addEvent(event: RawEvent, now: number): number {
    this.#resident.advance(now, this.#onFlip);
    const row = insertEvent(this.#log, logEvent(event));
    if (row >= 0) this.#resident.added(row, this.#onFlip);
    return this.#members;
  }

  isMember(segment: number): boolean {
    return this.#resident.members[this.#places[segment] as number] === 1;
  }

  save(): Uint8Array {
    return encodeLog(this.#log, encodeText);
  }
}

function countOf(members: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < members.length; i++) count += members[i] as number;
  return count;
}
