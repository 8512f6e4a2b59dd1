import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../core/lib/json.ts';
import { encodeEventPack } from '../../../core/segment/preview/event-pack.ts';
import { createPackOpener } from '../../../core/segment/preview/open-pack.ts';
import { createLog, eventId, insertEvent, type LogEvent } from '../../../core/segment/runtime/log/log.ts';
import { columnValue } from '../../../core/segment/runtime/log/log-column.ts';
import type { LogPlan } from '../../../core/segment/runtime/program.ts';

const encodeText = (text: string) => new TextEncoder().encode(text);
const decodeText = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const NAMES = ['price', 'items', 'name', 'context', '__proto__', 'größe'] as const;
const rest = { withdrawn: [0, 4], said: {}, cut: false };

const leaf = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.string(),
  fc.constant(null),
);
const name = fc.constantFrom(...NAMES);
const inner = fc.dictionary(name, fc.oneof(leaf, fc.array(leaf, { maxLength: 3 })), { maxKeys: 3 });
const value: fc.Arbitrary<unknown> = fc.oneof(leaf, inner, fc.array(fc.oneof(leaf, inner), { maxLength: 3 }));
const json = fc.dictionary(name, value, { maxKeys: 4 }).map((held) => JSON.parse(JSON.stringify(held)) as JsonObject);
const events = fc
  .array(fc.record({ at: fc.nat(50), type: fc.constantFrom('a', 'b'), data: json, context: json.map(withoutNulls) }), {
    maxLength: 8,
  })
  .map((list) =>
    list.map(
      (each, place): LogEvent => ({
        ...each,
        id: `e${place % 5}-${place}`,
        source: `s${place % 2}`,
        strand: place % 3,
        purposes: 1,
      }),
    ),
  );
const path = fc.array(fc.oneof(name, fc.constant('context')), { minLength: 1, maxLength: 3 });

describe('a pack of events', () => {
  it('shows the log that any plan would have kept', () => {
    const packs = createPackOpener(decodeText);
    fc.assert(
      fc.property(events, fc.array(path, { maxLength: 5 }), (list, paths) => {
        const plan: LogPlan = { types: null, columns: paths.map((steps) => ({ steps })) };
        const log = createLog(plan);
        for (const event of list) insertEvent(log, event);
        const opened = packs.open(encodeEventPack(list, rest, encodeText));
        if (!opened.ok) throw new Error(opened.error);
        expect([opened.value.withdrawn, opened.value.cut]).toEqual([[0, 4], false]);
        const shown = packs.under(opened.value, plan);
        if (!shown.ok) throw new Error(shown.error);
        expect(rowsOf(shown.value)).toEqual(rowsOf(log));
      }),
    );
  });

  it('keeps what several sources said, and is told apart from noise', () => {
    const packs = createPackOpener(decodeText);
    const said = { tier: { value: 'gold', at: 3, source: 'crm', others: [{ value: null, at: 2, source: 'web' }] } };
    const bytes = encodeEventPack([], { ...rest, said: said as never }, encodeText);
    expect(packs.open(bytes)).toMatchObject({ ok: true, value: { said } });
    expect(packs.open(bytes.subarray(0, 6))).toEqual({ ok: false, error: 'corrupt' });
    expect(packs.open(new Uint8Array(8).fill(255))).toEqual({ ok: false, error: 'corrupt' });
  });
});

function withoutNulls(held: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(held).filter(([, each]) => each !== null));
}

function rowsOf(log: ReturnType<typeof createLog>): readonly JsonValue[] {
  return Array.from({ length: log.length }, (_, row) => [
    log.at[row] as number,
    eventId(log, row),
    log.strand[row] as number,
    columnValue(log.type, row) as string,
    columnValue(log.source, row) as string,
    ...log.columns.map((column) => columnValue(column, row) as JsonValue),
  ]);
}
