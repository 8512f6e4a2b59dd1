import type { Instant } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import type { JsonValue } from '../../core/lib/json.ts';
import { missingColumns, type RawRow } from '../../core/source/compile-mapping.ts';
import { createMapper, type Outcome } from '../../core/source/mapper.ts';
import { describeProblem, describeRows } from '../../core/source/problem.ts';
import { loadMapping } from './load-mapping.ts';
import { openSource, readRows } from './read-rows.ts';
import { describeSummary, type Summary } from './summary.ts';
import { MappingTally } from './tally.ts';

export interface PreviewOptions {
  readonly file: string;
  readonly mapping: string;
  readonly encoding: 'utf8' | 'latin1' | undefined;
  /** Rows shown; a group that begins in them is read to its end. */
  readonly rows: number;
}

const LEFT_WIDTH = 58;
const MAX_RIGHT = 400;
const MAX_RIGHT_LINES = 60;

/** Shows the first rows beside the events they become, then checks the whole file. Never sends. Exit code 1 when there are problems. */
export async function runPreview(options: PreviewOptions, print: (line: string) => void): Promise<number> {
  const { compiled } = await loadMapping(options.mapping);
  const file = await openSource(options.file, compiled.mapping, options.encoding);
  const mapper = createMapper(compiled);
  const tally = new MappingTally();
  const shown: { readonly row: number; readonly text: string }[] = [];
  let firstUnshown = Number.POSITIVE_INFINITY;
  const settle = (outcomes: readonly Outcome[]): void => {
    for (const outcome of outcomes) {
      tally.count(outcome);
      const first = firstRow(outcome);
      if (first < firstUnshown) showOutcome(outcome, shown, print);
    }
  };
  for await (const row of readRows(file, (header) => missingColumns(compiled, header)).rows) {
    tally.rows++;
    if (shown.length < options.rows)
      shown.push({ row: row.row, text: 'raw' in row ? compact(row.raw) : row.unreadable });
    else if (firstUnshown === Number.POSITIVE_INFINITY) firstUnshown = row.row;
    settle('raw' in row ? mapper.push(row.row, row.raw) : mapper.skip(row.row, row.unreadable));
  }
  settle(mapper.end());
  const summary: Summary = { tally, outside: 0, counts: null, before: 0, elapsedMs: 0, state: 'complete' };
  for (const line of ['The whole file:', ...describeSummary(summary)]) print(line);
  if (tally.problems === 0) print('No problems. Nothing was sent.');
  else {
    print(`${tally.problems} problems; the first:`);
    for (const line of tally.told) print(`  ${line}`);
    print('Nothing was sent.');
  }
  return tally.problems === 0 ? 0 : 1;
}

function firstRow(outcome: Outcome): number {
  if (outcome.kind === 'event') return outcome.event.rows.first;
  return outcome.kind === 'dropped' ? outcome.row : outcome.problem.rows.first;
}

function lastRow(outcome: Outcome): number {
  if (outcome.kind === 'event') return outcome.event.rows.last;
  return outcome.kind === 'dropped' ? outcome.row : outcome.problem.rows.last;
}

function showOutcome(
  outcome: Outcome,
  rows: readonly { readonly row: number; readonly text: string }[],
  print: (line: string) => void,
): void {
  const first = firstRow(outcome);
  const last = lastRow(outcome);
  const left = rows.filter(({ row }) => row >= first && row <= last).map(({ row, text }) => `${row}  ${text}`);
  if (last > (rows.at(-1)?.row ?? 0)) left.push(`… to row ${last}`);
  const right = describeOutcome(outcome);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    print(`${fitText(left[i] ?? '', LEFT_WIDTH)} │ ${right[i] ?? ''}`.trimEnd());
  }
  print(`${'─'.repeat(LEFT_WIDTH)}─┼${'─'.repeat(40)}`);
}

function describeOutcome(outcome: Outcome): readonly string[] {
  if (outcome.kind === 'dropped') return [`dropped: ${outcome.reason}`];
  if (outcome.kind === 'problem') return [`problem: ${describeProblem(outcome.problem)}`];
  const { event } = outcome;
  const lines = [
    `${event.type}  ${event.id}  (${describeRows(event.rows)})`,
    `at ${formatInstant(event.at as Instant)}`,
    ...event.identities.map(({ namespace, value }) => `${namespace} ${value}`),
    ...(event.context ? [`context ${JSON.stringify(event.context)}`] : []),
    ...Object.entries(event.data).flatMap(([name, value]) => describeMember(name, value)),
  ];
  if (lines.length <= MAX_RIGHT_LINES) return lines;
  return [...lines.slice(0, MAX_RIGHT_LINES), `… ${lines.length - MAX_RIGHT_LINES} more`];
}

function describeMember(name: string, value: JsonValue): readonly string[] {
  if (!Array.isArray(value)) return [`${name} ${JSON.stringify(value)}`];
  return [`${name} (${value.length})`, ...value.map((item: JsonValue) => `  ${cut(JSON.stringify(item), MAX_RIGHT)}`)];
}

function compact(raw: RawRow): string {
  return Object.values(raw)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join(' | ');
}

function fitText(text: string, width: number): string {
  return cut(text, width).padEnd(width);
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
