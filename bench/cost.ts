import type { Rows, VisitCost } from './rows.ts';
import { digits, renderTable } from './stats.ts';

/** Cloudflare's public list prices beyond what the plan includes, in USD per million units. */
const PRICES = {
  workerRequests: 0.3,
  workerCpuMs: 0.02,
  objectRequests: 0.15,
  objectGbSeconds: 12.5,
  objectRowsRead: 0.001,
  objectRowsWritten: 1,
  queueOperations: 0.4,
  r2ClassA: 4.5,
  d1RowsRead: 0.001,
  d1RowsWritten: 1,
  kvReads: 0.5,
} as const;
type Item = keyof typeof PRICES;

/** What cannot be measured here, said aloud. */
export const ASSUMED = {
  /** An object is billed 128 MB while it runs; the wall time of a visit, with a replicated commit, and of a drain. */
  visitMs: 10,
  drainMs: 50,
  objectGb: 0.128,
  /** A full queue batch; an archive object each, and as much again for compaction. */
  messagesPerBatch: 100,
  /** A message is written, read and deleted. */
  queueOperationsPerMessage: 3,
  /** An isolate asks KV for the manifest every 15 s: one for the edge, one for objects. */
  visitsPerRefresh: 100,
  rowsPerAlarm: 1,
} as const;

/** How events arrive: so many in a visit, and so many visits of a person before the alarm drains them. */
export interface Shape {
  readonly title: string;
  readonly eventsPerVisit: number;
  readonly visitsPerDrain: number;
  readonly visit: VisitCost;
  readonly cpuMs: number;
  /** Rows of one drain, by difference of log lines: `fixed` per drain, `perEvent` for reading what is sent. */
  readonly drain: Rows;
  /** Per event. */
  readonly rollup: Rows;
}

/** Rows per event, by where they come from. */
export function rowsPerEvent(shape: Shape): Readonly<Record<'commit' | 'alarm' | 'drain' | 'd1', Rows>> {
  const perVisit = 1 / shape.eventsPerVisit;
  const perDrain = perVisit / shape.visitsPerDrain;
  return {
    commit: { read: shape.visit.read * perVisit, written: shape.visit.written * perVisit },
    alarm: { read: 0, written: ASSUMED.rowsPerAlarm * perDrain },
    // Each fact is read once; the state is written once.
    drain: { read: 1, written: shape.drain.written * perDrain },
    d1: shape.rollup,
  };
}

export function allInWritten(shape: Shape): number {
  return Object.values(rowsPerEvent(shape)).reduce((total, rows) => total + rows.written, 0);
}

export function renderRows(shapes: readonly Shape[]): string {
  const rows = shapes.map((shape) => {
    const parts = rowsPerEvent(shape);
    const read = Object.values(parts).reduce((total, part) => total + part.read, 0);
    const cells = [parts.commit, parts.alarm, parts.drain, parts.d1].map(({ written }) => digits(written));
    return [shape.title, ...cells, digits(allInWritten(shape)), digits(read)];
  });
  return renderTable(['rows per event', 'commit', 'alarm', 'drain', 'D1', 'all-in written', 'all-in read'], rows);
}

/** Units of each billed item that a million events take, in millions. */
function usage(shape: Shape): Readonly<Record<Item, number>> {
  const visits = 1 / shape.eventsPerVisit;
  const drains = visits / shape.visitsPerDrain;
  const rows = rowsPerEvent(shape);
  return {
    workerRequests: visits + drains / ASSUMED.messagesPerBatch,
    workerCpuMs: visits * shape.cpuMs,
    objectRequests: visits * shape.visit.hops + drains,
    objectGbSeconds: (ASSUMED.objectGb * (visits * ASSUMED.visitMs + drains * ASSUMED.drainMs)) / 1000,
    objectRowsRead: rows.commit.read + rows.drain.read,
    objectRowsWritten: rows.commit.written + rows.alarm.written + rows.drain.written,
    queueOperations: drains * ASSUMED.queueOperationsPerMessage,
    r2ClassA: (drains * 2) / ASSUMED.messagesPerBatch,
    d1RowsRead: rows.d1.read,
    d1RowsWritten: rows.d1.written,
    kvReads: (visits * 2) / ASSUMED.visitsPerRefresh,
  };
}

const NAMES: Readonly<Record<Item, string>> = {
  workerRequests: 'Workers requests',
  workerCpuMs: 'Workers CPU (upper bound)',
  objectRequests: 'object requests, alarms too',
  objectGbSeconds: 'object duration',
  objectRowsRead: 'object rows read',
  objectRowsWritten: 'object rows written',
  queueOperations: 'queue operations',
  r2ClassA: 'R2 writes',
  d1RowsRead: 'D1 rows read',
  d1RowsWritten: 'D1 rows written',
  kvReads: 'KV reads',
};

export function renderCost(shapes: readonly Shape[]): string {
  const used = shapes.map(usage);
  const items = Object.keys(PRICES) as Item[];
  const money = (value: number) => value.toFixed(2);
  const rows = items.map((item) => [
    NAMES[item],
    String(PRICES[item]),
    ...used.map((units) => money(units[item] * PRICES[item])),
  ]);
  const totals = used.map((units) => money(items.reduce((total, item) => total + units[item] * PRICES[item], 0)));
  return renderTable(
    ['USD per million events', 'per million', ...shapes.map((shape) => shape.title)],
    [...rows, ['total', '', ...totals]],
  );
}
