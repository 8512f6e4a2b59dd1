import type { JsonValue } from '../lib/json.ts';
import { readPath } from '../lib/json.ts';
import type { MappedEvent } from './build-event.ts';
import type { CellValue } from './cell.ts';
import { type CompiledColumn, type CompiledMapping, looseName, type RawRow } from './compile-mapping.ts';
import type { Line } from './line.ts';
import type { Problem } from './problem.ts';

/** What became of rows. Every row ends in exactly one outcome, counted by its `lines`. */
export type Outcome =
  | { readonly kind: 'event'; readonly event: MappedEvent }
  | { readonly kind: 'dropped'; readonly row: number; readonly lines: number; readonly reason: string }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Turns rows into events, in file order. Same rows, same outcomes: nothing else goes in. */
export interface Mapper {
  /** Takes the next row; answers what is settled by it, often nothing. */
  push(row: number, raw: RawRow): readonly Outcome[];
  /** Takes note of a row that is none (ragged, not JSON). Groups next to it are not sent: it may have been one of their lines. */
  skip(row: number, detail: string): readonly Outcome[];
  /** Settles what is still open at the end of the file. */
  end(): readonly Outcome[];
}

interface Group {
  readonly key: string;
  readonly lines: Line[];
  /** A row of it could not be read, so its money would be wrong. */
  broken: boolean;
  /** Lines over the cap: counted, not kept. */
  overflow: number;
  lastRow: number;
}

/** Dropped when no event rule holds. */
export const NO_RULE = 'no event rule holds';
export const MAX_GROUP_LINES = 10_000;
/** Event ids that are remembered to notice a repetition inside the file. */
const MAX_REMEMBERED_IDS = 200_000;
const NOTHING: readonly Outcome[] = [];

export function createMapper(compiled: CompiledMapping): Mapper {
  const { columns, drops, groupBy, events } = compiled;
  const read = compiled.mapping.looseNames ? looseReader() : readCell;
  const seenIds = new Set<string>();
  let group: Group | null = null;
  let afterGap = false;

  function push(row: number, raw: RawRow): readonly Outcome[] {
    const cells: CellValue[] = new Array<CellValue>(columns.length).fill(null);
    const outcomes: Outcome[] = [];
    const bad = new Set<number>();
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i];
      const parsed = column?.parse(read(raw, column));
      if (!parsed || !column) continue;
      if (parsed.ok) cells[i] = parsed.value;
      else {
        // The first bad cell carries the row; the others are told without counting it again.
        const lost = { rows: { first: row, last: row }, lines: bad.size === 0 ? 1 : 0, column: column.name };
        bad.add(i);
        outcomes.push({
          kind: 'problem',
          problem:
            parsed.error.kind === 'empty'
              ? { kind: 'emptyCell', ...lost }
              : { ...lost, kind: 'badCell', value: parsed.error.value, expected: parsed.error.expected },
        });
      }
    }
    const line: Line = { row, cells };
    if (bad.size === 0) {
      const reason = drops.find((rule) => rule.holds(line))?.reason;
      if (reason !== undefined) return [{ kind: 'dropped', row, lines: 1, reason }];
    }
    if (groupBy === null) return bad.size > 0 ? outcomes : settle([line]);
    if (groupBy.some((index) => bad.has(index))) {
      markGap();
      return outcomes;
    }
    const key =
      groupBy.length === 1
        ? String(cells[groupBy[0] ?? 0] ?? '')
        : JSON.stringify(groupBy.map((index) => cells[index] ?? null));
    const closed = group !== null && group.key !== key ? close(group) : NOTHING;
    if (group === null || group.key !== key) group = { key, lines: [], broken: afterGap, overflow: 0, lastRow: row };
    afterGap = false;
    group.lastRow = row;
    if (bad.size > 0) group.broken = true;
    else if (group.lines.length < MAX_GROUP_LINES) group.lines.push(line);
    else group.overflow++;
    return closed.length === 0 && outcomes.length === 0 ? NOTHING : [...closed, ...outcomes];
  }

  function markGap(): void {
    afterGap = true;
    if (group) group.broken = true;
  }

  function close(done: Group): readonly Outcome[] {
    const head = done.lines[0];
    if (!head) return NOTHING;
    const lost = {
      rows: { first: head.row, last: done.lastRow },
      lines: done.lines.length + done.overflow,
      key: describeKey(done.key),
    };
    if (done.overflow > 0)
      return [{ kind: 'problem', problem: { kind: 'longGroup', ...lost, maxLines: MAX_GROUP_LINES } }];
    if (done.broken) return [{ kind: 'problem', problem: { kind: 'brokenGroup', ...lost } }];
    return settle(done.lines);
  }

  function describeKey(key: string): string {
    return `${(compiled.mapping.group?.by ?? []).join(', ')} ${key}`;
  }

  function settle(lines: readonly Line[]): readonly Outcome[] {
    const head = lines[0];
    if (!head) return NOTHING;
    const rule = events.find((candidate) => candidate.holds(head));
    if (!rule) return [{ kind: 'dropped', row: head.row, lines: lines.length, reason: NO_RULE }];
    const built = rule.build(lines);
    if (!built.ok) return [{ kind: 'problem', problem: built.error }];
    const event = built.value;
    if (seenIds.has(event.id))
      return [{ kind: 'problem', problem: { kind: 'repeatedId', rows: event.rows, lines: event.lines, id: event.id } }];
    if (seenIds.size >= MAX_REMEMBERED_IDS) forgetOldest(seenIds);
    seenIds.add(event.id);
    return [{ kind: 'event', event }];
  }

  return {
    push,
    skip(row, detail) {
      markGap();
      return [
        { kind: 'problem', problem: { kind: 'unreadableRow', rows: { first: row, last: row }, lines: 1, detail } },
      ];
    },
    end() {
      const done = group;
      group = null;
      return done ? close(done) : NOTHING;
    },
  };
}

function forgetOldest(ids: Set<string>): void {
  for (const id of ids) {
    ids.delete(id);
    return;
  }
}

function readCell(raw: RawRow, column: CompiledColumn): JsonValue | undefined {
  for (const name of column.names) {
    if (Object.hasOwn(raw, name)) return raw[name];
    if (name.includes('.')) {
      const nested = readPath(raw, name.split('.'));
      if (nested !== undefined) return nested;
    }
  }
  return undefined;
}

/** Reads by the spelling that the file uses; rows of a file mostly have the same members, so each is looked for once. */
function looseReader(): typeof readCell {
  const spellings = new Map<CompiledColumn, string>();
  let row: RawRow = {};
  let byName: ReadonlyMap<string, string> = new Map();
  return (raw, column) => {
    const known = spellings.get(column);
    if (known !== undefined && Object.hasOwn(raw, known)) return raw[known];
    if (row !== raw) {
      row = raw;
      byName = new Map(Object.keys(raw).map((name) => [looseName(name), name]));
    }
    for (const name of column.names) {
      const found = byName.get(looseName(name));
      if (found === undefined) continue;
      spellings.set(column, found);
      return raw[found];
    }
    return readCell(raw, column);
  };
}
