import type { JsonValue } from '../../core/lib/json.ts';
import type { Purpose } from '../../core/policy/purposes.ts';
import type { Comparison, EventCondition, EventQuery, Rule, Window } from '../../core/segment/rule.ts';

/**
 * What a rule means, word by word from the specification: a direct interpreter over all facts, with no index, no sharing and no early
 * exit. It shares no code with the engine that it judges; `null` is unknown.
 */
export type Kleene = boolean | null;

export interface OracleFact {
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly strand: number;
  /** Names, where the engine has bits. */
  readonly purposes: readonly Purpose[];
  readonly data: Readonly<Record<string, JsonValue>>;
  readonly context: Readonly<Record<string, JsonValue>>;
}

export interface OracleProfile {
  readonly facts: readonly OracleFact[];
  readonly attributes: Readonly<Record<string, JsonValue>>;
  readonly withdrawn: Readonly<Record<number, readonly Purpose[]>>;
}

export interface OracleSegment {
  readonly id: string;
  readonly rule: Rule;
  readonly purpose: Purpose;
}

const UNIT_MS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 };

export class SegmentOracle {
  readonly #segments: readonly OracleSegment[];
  readonly #profile: OracleProfile;
  /** Names of attributes that are instants: text in ISO 8601 form counts as one beside them. */
  readonly #instants: readonly string[];

  constructor(segments: readonly OracleSegment[], profile: OracleProfile, instants: readonly string[]) {
    this.#segments = segments;
    this.#profile = profile;
    this.#instants = instants;
  }

  isMember(id: string, now: number): boolean {
    return this.evaluate(id, now) === true;
  }

  evaluate(id: string, now: number): Kleene {
    const segment = this.#segments.find((candidate) => candidate.id === id);
    if (!segment) throw new Error(`no segment ${id}`);
    return this.#rule(segment.rule, segment.purpose, now);
  }

  /** Scans every instant at which anything could differ: a fact comes to exist, or leaves a window of some rule. */
  nextChange(ids: readonly string[], now: number): number | null {
    const windows = this.#segments.flatMap(({ rule }) => windowsOf(rule)).map(lengthOf);
    const instants = this.#profile.facts.flatMap(({ at }) => [at, ...windows.map((length) => at + length + 1)]);
    const later = [...new Set(instants)].filter((instant) => instant > now).sort((a, b) => a - b);
    const before = ids.map((id) => this.isMember(id, now));
    return later.find((instant) => ids.some((id, i) => this.isMember(id, instant) !== before[i])) ?? null;
  }

  #rule(rule: Rule, purpose: Purpose, now: number): Kleene {
    switch (rule.op) {
      case 'and': {
        const values = rule.of.map((part) => this.#rule(part, purpose, now));
        return values.includes(false) ? false : values.includes(null) ? null : true;
      }
      case 'or': {
        const values = rule.of.map((part) => this.#rule(part, purpose, now));
        return values.includes(true) ? true : values.includes(null) ? null : false;
      }
      case 'not': {
        const value = this.#rule(rule.of, purpose, now);
        return value === null ? null : !value;
      }
      case 'attribute':
        return compare(
          this.#profile.attributes[rule.name],
          rule.is,
          rule.value as JsonValue,
          this.#instants.includes(rule.name),
        );
      case 'count':
        return order(this.#events(rule.of, purpose, now).length, rule.is, rule.value);
      case 'sum': {
        const numbers = this.#events(rule.of, purpose, now)
          .map((fact) => lookUp(fact, rule.field))
          .filter((x) => typeof x === 'number');
        return order(
          numbers.reduce((sum, x) => sum + x, 0),
          rule.is,
          rule.value,
        );
      }
      case 'didNotSince': {
        const forbidden = rule.notSince ? this.#events(rule.notSince, purpose, now) : [];
        const wanted = rule.thenSince && this.#events(rule.thenSince, purpose, now);
        return this.#events(rule.did, purpose, now).some(
          ({ at }) =>
            !forbidden.some((fact) => fact.at > at) && (wanted === undefined || wanted.some((fact) => fact.at > at)),
        );
      }
      case 'inSegment':
        return this.evaluate(rule.segment, now) === true;
    }
  }

  /** The events that exist for the purpose at this instant and match the query, by time, then id. */
  #events(query: EventQuery, purpose: Purpose, now: number): readonly OracleFact[] {
    return this.#profile.facts
      .filter(
        (fact) => fact.purposes.includes(purpose) && !(this.#profile.withdrawn[fact.strand] ?? []).includes(purpose),
      )
      .filter((fact) => fact.at <= now && (query.within === undefined || fact.at >= now - lengthOf(query.within)))
      .filter(
        (fact) =>
          query.types.includes(fact.type) && (query.where ?? []).every((condition) => this.#meets(fact, condition)),
      )
      .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  #meets(fact: OracleFact, { field, is, value }: EventCondition): boolean {
    if (typeof value === 'object' && value !== null && 'attribute' in value) {
      const { attribute } = value as { readonly attribute: string };
      return (
        compare(lookUp(fact, field), is, this.#profile.attributes[attribute], this.#instants.includes(attribute)) ===
        true
      );
    }
    return compare(lookUp(fact, field), is, value as JsonValue, false) === true;
  }
}

function lengthOf({ amount, unit }: Window): number {
  return amount * UNIT_MS[unit];
}

function windowsOf(rule: Rule): readonly Window[] {
  if (rule.op === 'and' || rule.op === 'or') return rule.of.flatMap(windowsOf);
  if (rule.op === 'not') return windowsOf(rule.of);
  if (rule.op === 'count' || rule.op === 'sum') return rule.of.within ? [rule.of.within] : [];
  if (rule.op !== 'didNotSince') return [];
  return [rule.did, rule.notSince, rule.thenSince].flatMap((query) => query?.within ?? []);
}

function lookUp(fact: OracleFact, field: string): JsonValue | undefined {
  const steps = field.split('.');
  let value: JsonValue | undefined = fact.data;
  if (steps[0] === 'context') {
    steps.shift();
    value = fact.context;
  }
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = (value as Readonly<Record<string, JsonValue>>)[step];
  }
  return value;
}

function compare(x: JsonValue | undefined, is: Comparison, y: JsonValue | undefined, instants: boolean): Kleene {
  if (is === 'isNull') return x === undefined || x === null;
  if (is === 'isNotNull') return !(x === undefined || x === null);
  const left = instants ? instant(x) : x;
  const right = instants ? (Array.isArray(y) ? (y as readonly JsonValue[]).map(instant) : instant(y)) : y;
  if (left === undefined || left === null || right === undefined || right === null) return null;
  if (is === 'in' || is === 'notIn') {
    const found = Array.isArray(right) ? anyEqual(left, right) : null;
    return is === 'in' || found === null ? found : !found;
  }
  if (is === 'contains') {
    if (Array.isArray(left)) return anyEqual(right, left);
    return typeof left === 'string' && typeof right === 'string' ? left.indexOf(right) >= 0 : null;
  }
  if (is === 'startsWith')
    return typeof left === 'string' && typeof right === 'string' ? left.slice(0, right.length) === right : null;
  if (is === '=' || is === '!=') {
    const same = equals(left, right);
    return is === '=' || same === null ? same : !same;
  }
  if (typeof left === 'number' && typeof right === 'number') return order(left, is, right);
  if (typeof left === 'string' && typeof right === 'string') return order(textOrder(left, right), is, 0);
  return null;
}

function equals(x: JsonValue, y: JsonValue): Kleene {
  const comparable = typeof x === typeof y && ['string', 'number', 'boolean'].includes(typeof x);
  return comparable ? x === y : null;
}

/** An `or` of equalities. */
function anyEqual(x: JsonValue, list: readonly JsonValue[]): Kleene {
  const values = list.filter((item) => item !== null).map((item) => equals(x, item));
  return values.includes(true) ? true : values.includes(null) ? null : false;
}

/** By code point. */
function textOrder(x: string, y: string): number {
  const a = [...x].map((character) => character.codePointAt(0) as number);
  const b = [...y].map((character) => character.codePointAt(0) as number);
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function order(x: number, is: Comparison, y: number): boolean {
  const table: Partial<Record<Comparison, boolean>> = {
    '=': x === y,
    '!=': x !== y,
    '>': x > y,
    '>=': x >= y,
    '<': x < y,
    '<=': x <= y,
  };
  const holds = table[is];
  if (holds === undefined) throw new Error(`${is} is no order`);
  return holds;
}

function instant(value: JsonValue | undefined): JsonValue {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(value)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}
