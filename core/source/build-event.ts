import type { AuthState, Identity } from '../event/event.ts';
import { findEventType } from '../event/registry.ts';
import type { CompiledNamespaces } from '../identity/compiled-namespaces.ts';
import { normaliseIdentity } from '../identity/normalise-identity.ts';
import { fingerprint64 } from '../lib/hash.ts';
import { type EventId, type Instant, parseEventId } from '../lib/ids.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { ConsentChoices } from '../policy/purposes.ts';
import { compileCondition, type Test } from './condition.ts';
import { type Columns, type Complaints, findColumn, type Line } from './line.ts';
import type { Problem, RowRange } from './problem.ts';
import type { EventRule } from './schema.ts';
import { compileTemplate } from './template.ts';
import { compileMembers, isOperator } from './value.ts';

/** An event made from rows of a file, ready for the public wire but for the form of its time. */
export interface MappedEvent {
  readonly id: EventId;
  readonly type: string;
  readonly at: Instant;
  /** At least one; values are normalised. */
  readonly identities: readonly Identity[];
  readonly authState?: AuthState;
  readonly consent?: ConsentChoices;
  readonly context?: JsonObject;
  readonly data: JsonObject;
  readonly rows: RowRange;
  /** How many rows went into it. */
  readonly lines: number;
  /** Items that did not fit in the caps of one event. Totals still count them. */
  readonly itemsOmitted: number;
}

export interface EventBuilder {
  readonly holds: Test;
  build(lines: readonly Line[]): Result<MappedEvent, Problem>;
}

/** What the envelope around `data` and `context` may take of the bytes of an event: id, type, time and identities. */
const ENVELOPE_BYTES = 2048;

/** Compiles one event rule. The built event has passed the schema of its type, so the door would take it. */
export function compileEvent(
  rule: EventRule,
  columns: Columns,
  where: string,
  complaints: Complaints,
  namespaces: CompiledNamespaces,
): EventBuilder {
  const eventType = findEventType(rule.type);
  if (!eventType) complaints.add(`${where}.type`, `unknown event type "${rule.type}"; own types begin with "custom."`);
  const holds: Test = rule.when ? compileCondition(rule.when, columns, `${where}.when`, complaints) : () => true;
  const idOf = compileTemplate(rule.id, columns, `${where}.id`, complaints);
  const atIndex = findColumn(columns, rule.at, `${where}.at`, complaints);
  if (atIndex !== null && columns.get(rule.at)?.type !== 'date')
    complaints.add(`${where}.at`, `column "${rule.at}" must be of type date`);
  const identify = compileIdentities(rule.identities, columns, `${where}.identities`, complaints, namespaces);
  const contextOf = rule.context && compileMembers(rule.context, columns, `${where}.context`, complaints);
  const dataOf = compileData(rule.data, columns, `${where}.data`, complaints);

  return {
    holds,
    build(lines) {
      const head = lines[0];
      const rows: RowRange = { first: head?.row ?? 0, last: lines.at(-1)?.row ?? 0 };
      const lost = { rows, lines: lines.length };
      if (!head) throw new Error('a group without lines');
      const id = idOf(head);
      if (id === null || id === '') return err({ kind: 'emptyId', ...lost, template: rule.id });
      const at = atIndex === null ? null : (head.cells[atIndex] ?? null);
      if (typeof at !== 'number') return err({ kind: 'noDate', ...lost, column: rule.at });
      const identities = identify(head);
      if (identities.length === 0) return err({ kind: 'noIdentity', ...lost });

      const context = contextOf?.(lines);
      const made = dataOf(lines, limit('eventBytes') - ENVELOPE_BYTES - (context ? jsonBytes(context) : 0));
      const checked = eventType?.schema.safeParse(made.data);
      if (checked && !checked.success) {
        const issue = checked.error.issues[0];
        const pointer = (issue?.path ?? []).map((step) => `/${String(step)}`).join('');
        return err({
          kind: 'invalidEvent',
          ...lost,
          type: rule.type,
          pointer,
          detail: issue?.message ?? 'does not fit its schema',
        });
      }
      return ok({
        id: fitId(id),
        type: rule.type,
        at: at as Instant,
        identities,
        ...(rule.authState ? { authState: rule.authState } : {}),
        ...(rule.consent ? { consent: rule.consent as ConsentChoices } : {}),
        ...(context && Object.keys(context).length > 0 ? { context } : {}),
        data: made.data,
        rows,
        lines: lines.length,
        itemsOmitted: made.omitted,
      });
    },
  };
}

/** Event ids have a narrow alphabet; a text that does not fit is replaced by its fingerprint, the same at every run. */
function fitId(text: string): EventId {
  return parseEventId(text) ?? (`h-${fingerprint64(text)}${fingerprint64(`${text}#`)}` as EventId);
}

function compileIdentities(
  rule: EventRule['identities'],
  columns: Columns,
  where: string,
  complaints: Complaints,
  namespaces: CompiledNamespaces,
): (line: Line) => readonly Identity[] {
  const onlyFirst = 'first' in rule;
  const listed = ('first' in rule ? rule.first : rule.all).map((identity, i) => {
    if (!namespaces.byCode.has(identity.namespace))
      complaints.add(`${where}[${i}]`, `unknown namespace "${identity.namespace}"`);
    return {
      namespace: identity.namespace,
      value: compileTemplate(identity.value, columns, `${where}[${i}]`, complaints),
    };
  });
  return (line) => {
    const found: Identity[] = [];
    for (const { namespace, value } of listed) {
      const text = value(line);
      const identity = text === null ? null : normaliseIdentity({ namespace, value: text }, namespaces);
      if (!identity) continue;
      found.push(identity);
      if (onlyFirst) break;
    }
    return found;
  };
}

interface MadeData {
  readonly data: JsonObject;
  readonly omitted: number;
}

/** Compiles `data`; one `$items` may stand directly in it and is cut to fit, with `<member>Omitted` saying how many went. */
function compileData(
  members: EventRule['data'],
  columns: Columns,
  where: string,
  complaints: Complaints,
): (lines: readonly Line[], maxBytes: number) => MadeData {
  const lists = Object.entries(members).filter(([, value]) => typeof value === 'object' && isOperator(value, '$items'));
  const others = Object.entries(members).filter(([name]) => !lists.some(([listName]) => listName === name));
  const plain = compileMembers(Object.fromEntries(others), columns, where, complaints);
  const [list, second] = lists;
  if (second) complaints.add(`${where}.${second[0]}`, 'only one $items is possible in an event');
  const [key, value] = list ?? [];
  if (key === undefined || typeof value !== 'object' || !isOperator(value, '$items'))
    return (lines) => ({ data: plain(lines), omitted: 0 });

  const itemOf = compileMembers(value.$items, columns, `${where}.${key}.$items`, complaints);
  const leaveOut = value.leaveOut ?? [];
  for (const name of leaveOut) {
    if (!Object.hasOwn(value.$items, name))
      complaints.add(`${where}.${key}.leaveOut`, `the items have no member "${name}"`);
  }
  return (lines, maxBytes) => {
    const data = plain(lines);
    const itemBytes = maxBytes - jsonBytes(data) - key.length - 64;
    const items = fitItems(
      lines.slice(0, limit('eventItems')).map((line) => itemOf([line])),
      leaveOut,
      itemBytes,
    );
    const omitted = lines.length - items.length;
    return { data: { ...data, [key]: items, ...(omitted > 0 ? { [`${key}Omitted`]: omitted } : {}) }, omitted };
  };
}

/** Makes a list fit: first without the members that may go, then without its last items. */
function fitItems(items: readonly JsonObject[], leaveOut: readonly string[], maxBytes: number): readonly JsonObject[] {
  let fitting = items;
  for (let gone = 0; gone <= leaveOut.length; gone++) {
    if (gone > 0) fitting = items.map((item) => without(item, leaveOut.slice(0, gone)));
    if (jsonBytes(fitting) <= maxBytes) return fitting;
  }
  let bytes = 2;
  let count = 0;
  for (const item of fitting) {
    bytes += jsonBytes(item) + 1;
    if (bytes > maxBytes) break;
    count++;
  }
  return fitting.slice(0, count);
}

function without(item: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)));
}

/** Bytes of a value as JSON in UTF-8. */
function jsonBytes(value: JsonValue): number {
  const text = JSON.stringify(value);
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
