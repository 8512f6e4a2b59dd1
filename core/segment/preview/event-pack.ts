import type { JsonObject } from '../../lib/json.ts';
import type { PurposeMask } from '../../policy/purposes.ts';
import type { StoredValue } from '../../profile/stored-value.ts';
import { encodeLog } from '../runtime/log/encode-log.ts';
import { createLog, insertEvent, type LogEvent } from '../runtime/log/log.ts';
import type { LogPlan } from '../runtime/program.ts';

/** What else an evaluation asks about a profile that was copied. */
export interface PackedRest {
  /** By strand: the purposes that hide its facts. */
  readonly withdrawn: readonly PurposeMask[];
  /** Attributes of which several sources said something: what one value they become depends on the ruleset. */
  readonly said: Readonly<Record<string, StoredValue>>;
  /** Older events were left out. */
  readonly cut: boolean;
}

/** Two 32-bit lengths: of the columns and of the rest. */
export const PACK_HEAD_BYTES = 8;

/**
 * Events for whatever rule may come: a log keeps what one program reads, this keeps every field that some event has, so that rules can be tried that
 * nobody had thought of when the profile was copied. Columns are the members of data and context; deeper paths are read out of them (`openPack`).
 */
export function encodeEventPack(
  events: readonly LogEvent[],
  rest: PackedRest,
  encodeText: (text: string) => Uint8Array,
): Uint8Array {
  const columns = columnsOf(events).map((steps) => ({ steps }));
  const plan: LogPlan = { types: null, columns };
  const log = createLog(plan, Math.max(1, events.length));
  // Those that come in their order are not moved.
  for (const event of events.toSorted((a, b) => a.at - b.at)) insertEvent(log, event);
  const head = encodeText(JSON.stringify(columns.map(({ steps }) => steps)));
  const more = encodeText(JSON.stringify(rest));
  const body = encodeLog(log, encodeText);
  const bytes = new Uint8Array(PACK_HEAD_BYTES + head.length + more.length + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head.length, true);
  view.setUint32(4, more.length, true);
  bytes.set(head, PACK_HEAD_BYTES);
  bytes.set(more, PACK_HEAD_BYTES + head.length);
  bytes.set(body, PACK_HEAD_BYTES + head.length + more.length);
  return bytes;
}

/** Sorted, so that people who did the same kinds of things have the same columns. */
function columnsOf(events: readonly LogEvent[]): readonly (readonly string[])[] {
  const ofData = new Set<string>();
  const ofContext = new Set<string>();
  for (const { data, context } of events) {
    addNames(ofData, data);
    addNames(ofContext, context);
  }
  // A path that begins with `context` means the context: a member of data with that name cannot be read.
  ofData.delete('context');
  return [...[...ofData].sort().map((name) => [name]), ...[...ofContext].sort().map((name) => ['context', name])];
}

function addNames(names: Set<string>, of: JsonObject): void {
  for (const [name, value] of Object.entries(of)) if (value !== null) names.add(name);
}
