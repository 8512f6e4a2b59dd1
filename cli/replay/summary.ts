import { count, duration } from './progress.ts';
import type { SendCounts } from './send-counts.ts';
import type { MappingTally } from './tally.ts';

export interface Summary {
  readonly tally: MappingTally;
  readonly outside: number;
  /** Null in a dry run. */
  readonly counts: SendCounts | null;
  /** Events settled by earlier runs, skipped in this one. */
  readonly before: number;
  readonly elapsedMs: number;
  readonly state: 'complete' | 'interrupted' | 'failed';
}

type Row = readonly [label: string, value: string] | null;

/** The final table, one line per entry. */
export function describeSummary(summary: Summary): readonly string[] {
  const { tally, counts } = summary;
  const rows: Row[] = [
    ['rows read', count(tally.rows)],
    ['  in events', count(tally.rowsInEvents)],
    ...(tally.rowsDropped > 0 ? [['  dropped by rule', count(tally.rowsDropped)] as const] : []),
    ...indent(tally.droppedByReason),
    ...(tally.rowsLost > 0 ? [['  not mapped (problems)', count(tally.rowsLost)] as const] : []),
    ['events', count(tally.events)],
    ...[...tally.eventsByType].map(([type, n]) => [`  ${type}`, count(n)] as const),
    ...(summary.outside > 0 ? [['  outside --from/--to', count(summary.outside)] as const] : []),
    ...(tally.longEvents > 0
      ? [
          [
            '  items left out',
            `${count(tally.itemsOmitted)} in ${count(tally.longEvents)} long events; totals count them`,
          ] as const,
        ]
      : []),
  ];
  if (counts) {
    const seconds = Math.max(0.001, summary.elapsedMs / 1000);
    rows.push(
      null,
      ...(summary.before > 0 ? [['sent by an earlier run', count(summary.before)] as const] : []),
      ['accepted', count(counts.accepted)],
      ['already there (duplicates)', count(counts.duplicates)],
      ['refused', count(counts.refusedTotal)],
      ...indent(counts.refused),
      ...(counts.unavailable.size > 0 ? [['unavailable, not stored', count(counts.unavailable.size)] as const] : []),
      ['requests', `${count(counts.requests)}${counts.retries > 0 ? `, and ${count(counts.retries)} retries` : ''}`],
      ['elapsed', `${duration(summary.elapsedMs)}, ${count(Math.round(counts.answered / seconds))} events/s`],
    );
  }
  const width = Math.max(...rows.map((row) => row?.[0].length ?? 0));
  return rows.map((row) => (row ? `${row[0].padEnd(width)}  ${row[1]}` : ''));
}

/** 0 only when nothing was lost. `strict` counts what the endpoint refused by its rules as lost, too. */
export function exitCodeOf(summary: Summary, strict: boolean): number {
  if (summary.state === 'interrupted') return 130;
  const lost =
    summary.tally.rowsLost +
    (summary.counts?.unavailable.size ?? 0) +
    (strict ? (summary.counts?.refusedTotal ?? 0) : 0);
  return summary.state === 'failed' || lost > 0 ? 1 : 0;
}

function indent(counts: ReadonlyMap<string, number>): readonly (readonly [string, string])[] {
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, n]) => [`    ${name}`, count(n)] as const);
}
