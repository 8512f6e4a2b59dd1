/** Values of the language as the oracle sees them. `null` is unknown. */
export type Value = null | boolean | number | string | Instant | Span | EventItem | Mapping | readonly Value[];

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export class Instant {
  readonly ms: number;
  /** `now` itself: it never stays where it is, so it names no instant at which something may change. */
  readonly moving: boolean;
  constructor(ms: number, moving = false) {
    this.ms = ms;
    this.moving = moving;
  }
}

export const isMoving = (value: Value): boolean => value instanceof Instant && value.moving;

/** A calendar unit: from `start` up to, without, `end`. */
export class Span {
  readonly start: number;
  readonly end: number;
  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }
}

export class Mapping {
  readonly entries: ReadonlyMap<string, Value>;
  constructor(entries: ReadonlyMap<string, Value>) {
    this.entries = entries;
  }
}

export interface OracleEvent {
  readonly id: string;
  readonly type: string;
  /** Milliseconds. */
  readonly at: number;
  readonly source: string;
  readonly data: Json;
  readonly context: Json;
}

export class EventItem {
  readonly event: OracleEvent;
  constructor(event: OracleEvent) {
    this.event = event;
  }
}

/** Nulls inside of lists are ignored, so they are dropped here. */
export function fromJson(json: Json | undefined): Value {
  if (json === undefined || json === null) return null;
  if (Array.isArray(json)) return (json as readonly Json[]).map(fromJson).filter((item) => item !== null);
  if (typeof json === 'object')
    return new Mapping(new Map(Object.entries(json).map(([key, value]) => [key, fromJson(value as Json)])));
  return json as boolean | number | string;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** A path over a list maps. */
export function field(value: Value, name: string): Value {
  if (isList(value)) return value.map((item) => field(item, name)).filter((item) => item !== null);
  if (value instanceof Mapping) return value.entries.get(name) ?? null;
  if (!(value instanceof EventItem)) return null;
  const { event } = value;
  switch (name) {
    case 'type':
    case 'eventType':
      return event.type;
    case 'timestamp':
    case 'occurredAt':
      return new Instant(event.at);
    case '_id':
      return event.id;
    case 'source':
      return event.source;
    case 'context':
      return fromJson(event.context);
    default:
      return field(fromJson(event.data), name);
  }
}

export function fields(value: Value, steps: readonly string[]): Value {
  return steps.reduce(field, value);
}

export type Truth = true | false | null;

/** A value as a condition: a list means "not empty". */
export function truth(value: Value): Truth {
  if (typeof value === 'boolean') return value;
  return isList(value) ? value.length > 0 : null;
}

export const not = (value: Truth): Truth => (value === null ? null : !value);
export const all = (values: readonly Truth[]): Truth =>
  values.includes(false) ? false : values.includes(null) ? null : true;
export const some = (values: readonly Truth[]): Truth =>
  values.includes(true) ? true : values.includes(null) ? null : false;
