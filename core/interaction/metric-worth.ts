import type { Fact } from '../event/event.ts';
import type { Metric } from '../experiment/experiment.ts';
import type { Instant } from '../lib/ids.ts';
import { DAY_MS } from '../lib/instant.ts';
import { countsHere, type Strand } from '../profile/strand.ts';
import type { Log } from '../segment/runtime/log/log.ts';
import { columnValue } from '../segment/runtime/log/log-column.ts';
import { setChoices } from './choices.ts';
import { addResult, type Results } from './results.ts';

/** What a person did within this before the exposure tells how much they do anyway (CUPED). */
const BEFORE_MS = 28 * DAY_MS;
const ORDER = 'order.placed';
const REFUND = 'order.refunded';

/** Whom sums are kept for. */
export interface Counted {
  readonly id: string;
  readonly version: number;
  /** A variant, or a side of a holdout. */
  readonly variant: string;
  /** Begins the names of the person's own totals: one for all variants, because a person is in one. */
  readonly totals: string;
}

/** From `at` on the person counts, with what they did before. `holder` keeps their totals. Nothing, where they count already. */
export function beginMetrics(
  holder: Strand,
  counted: Counted,
  metrics: readonly Metric[],
  log: Log,
  at: Instant,
  results: Results,
): void {
  const totals: Record<string, readonly [number, number]> = { ...holder.choices?.totals };
  for (const metric of metrics) {
    const before = eventsBefore(log, metric.event, at);
    totals[totalKey(counted, metric)] = [0, before];
    addResult(results, resultKey(counted, metric), [1, 0, 0, 0, before, before * before, 0]);
  }
  setChoices(holder, { totals });
}

/** Adds what a fact is worth to the sums of somebody who counts. */
export function addWorth(
  strands: readonly Strand[],
  counted: Counted,
  metric: Metric,
  worth: number,
  results: Results,
): void {
  const key = totalKey(counted, metric);
  const strand = strands.find(
    (one) => countsHere(one) && one.choices?.totals && Object.hasOwn(one.choices.totals, key),
  );
  const held = strand?.choices?.totals?.[key];
  if (!strand || !held) return;
  const [total, before] = held;
  // Of a conversion only the first counts.
  const added = metric.kind === 'conversion' ? (total > 0 ? 0 : 1) : worth;
  if (added === 0) return;
  const next = total + added;
  const first = total === 0 && added > 0 ? 1 : 0;
  setChoices(strand, { totals: { ...strand.choices?.totals, [key]: [next, before] } });
  const squares = next * next - total * total;
  addResult(results, resultKey(counted, metric), [0, first, added, squares, 0, 0, before * added]);
}

/** What a fact adds to a metric: 1 for each time, or money; null: nothing. */
export function worthOf({ kind, event }: Metric, fact: Fact): number | null {
  if (kind === 'revenue') {
    if (fact.sentBy !== 'server') return null;
    if (fact.type === event) return moneyOf(fact.data.total ?? fact.data.value);
    return event === ORDER && fact.type === REFUND ? -moneyOf(fact.data.total) : null;
  }
  return fact.type === event ? 1 : null;
}

export function moneyOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function eventsBefore(log: Log, type: string, at: Instant): number {
  let count = 0;
  for (let row = 0; row < log.length; row++) {
    const then = log.at[row] as number;
    if (then < at && then >= at - BEFORE_MS && columnValue(log.type, row) === type) count++;
  }
  return count;
}

function totalKey({ totals }: Counted, metric: Metric): string {
  return `${totals}\n${metric.id}`;
}

function resultKey({ id, version, variant }: Counted, metric: Metric): readonly string[] {
  return ['experiment', id, String(version), variant, metric.id];
}
