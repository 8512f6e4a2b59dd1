import type { Fact } from '../event/event.ts';
import { type Assignment, HELD, noteExposure, OPEN } from '../experiment/assignment.ts';
import type { Metric } from '../experiment/experiment.ts';
import type { LoadedExperiment } from '../experiment/loaded-experiments.ts';
import { packAssignments, unpackAssignments } from '../experiment/packed-assignments.ts';
import { type Instant, isSlug } from '../lib/ids.ts';
import { DAY_MS } from '../lib/instant.ts';
import { countsHere, type Strand } from '../profile/strand.ts';
import type { Touch } from '../profile/strand-choices.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import type { Log } from '../segment/runtime/log/log.ts';
import { columnValue } from '../segment/runtime/log/log-column.ts';
import { choicesOf, latestTouches, setChoices } from './choices.ts';
import { noteArm } from './note-arms.ts';
import { addResult, type Results } from './results.ts';

/** An order is due to the last offer that was clicked within this, else to the last that was seen within a day. */
const CLICK_COUNTS_MS = 7 * DAY_MS;
const VIEW_COUNTS_MS = DAY_MS;
/** What a person did within this before the exposure tells how much they do anyway (CUPED). */
const BEFORE_MS = 28 * DAY_MS;
const ORDER = 'order.placed';
const REFUND = 'order.refunded';

export interface ResultsContext {
  readonly strands: readonly Strand[];
  /** The strand that the facts came through. */
  readonly through: Strand;
  readonly log: Log;
  readonly experiments: LoadedRuleset['experiments'];
}

/**
 * What new facts say about decisions that were made before: impressions and clicks are remembered, an order is put down to the offer behind it, and what people do
 * after they saw a variant counts for it. Only what a server's key says counts as money.
 */
export function noteResults(context: ResultsContext, facts: readonly Fact[], results: Results): void {
  for (const fact of facts) {
    if (fact.type === 'proposition.displayed') rememberTouch(context, fact, 0, results);
    else if (fact.type === 'proposition.clicked') rememberTouch(context, fact, 1, results);
    else if (fact.type === 'experiment.exposed') noteExposed(context, fact, results);
    else if (fact.type === ORDER && fact.sentBy === 'server') attribute(context.strands, fact, results);
    noteMetrics(context, fact, results);
  }
}

function rememberTouch(
  { through, strands }: ResultsContext,
  { at, data }: Fact,
  clicked: 0 | 1,
  results: Results,
): void {
  const { placement, offer } = data;
  // A page may say anything: what is no id of ours is neither kept nor part of a name in the rollups.
  if (typeof placement !== 'string' || typeof offer !== 'string' || !isSlug(placement) || !isSlug(offer)) return;
  const touch: Touch = [placement, offer, at, clicked];
  const held = through.choices?.touches ?? [];
  const others = held.filter(([p, o, , c]) => p !== placement || o !== offer || c !== clicked);
  setChoices(through, { touches: latestTouches([touch, ...others]) });
  noteArm(strands, placement, offer, { is: clicked ? 'clicked' : 'displayed' }, results);
}

function attribute(strands: readonly Strand[], { at, data }: Fact, results: Results): void {
  const touches = strands.flatMap((strand) => (countsHere(strand) ? (strand.choices?.touches ?? []) : []));
  const before = latestTouches(touches.filter(([, , seenAt]) => seenAt <= at));
  const due =
    before.find(([, , seenAt, clicked]) => clicked === 1 && at - seenAt <= CLICK_COUNTS_MS) ??
    before.find(([, , seenAt]) => at - seenAt <= VIEW_COUNTS_MS);
  if (!due) return;
  const money = moneyOf(data.total);
  addResult(results, ['offer', due[0], due[1]], [1, money]);
  noteArm(strands, due[0], due[1], { is: 'earned', money }, results);
}

/** The person has seen the variant: from here on it counts what they do. */
function noteExposed({ strands, log, experiments }: ResultsContext, fact: Fact, results: Results): void {
  const position = experiments?.positions.get(String(fact.data.experiment));
  const experiment = position === undefined ? undefined : experiments?.all[position];
  if (!experiment) return;
  for (const strand of strands) {
    const assigned = strand.choices?.assigned;
    if (!assigned || !countsHere(strand)) continue;
    const noted = noteExposure(unpackAssignments(assigned), experiment.id, experiment.version, fact.at);
    if (!noted.first) continue;
    const totals: Record<string, readonly [number, number]> = { ...strand.choices?.totals };
    const variant = variantOf(noted.assignments, experiment);
    addResult(results, ['exposure', experiment.id, String(experiment.version), variant], [1]);
    for (const metric of experiment.metrics) {
      const before = eventsBefore(log, metric.event, fact.at);
      totals[totalKey(experiment, metric)] = [0, before];
      addResult(results, resultKey(experiment, variant, metric), [1, 0, 0, 0, before, before * before, 0]);
    }
    setChoices(strand, { assigned: packAssignments(noted.assignments), totals });
    return;
  }
}

function noteMetrics({ strands, experiments }: ResultsContext, fact: Fact, results: Results): void {
  if (!experiments || experiments.all.length === 0) return;
  const concerned = experiments.all.filter(({ metrics }) => metrics.some((metric) => worthOf(metric, fact) !== null));
  if (concerned.length === 0) return;
  const { assignments } = choicesOf(strands);
  for (const experiment of concerned) {
    const held = assignments.find(
      ({ experiment: id, version }) => id === experiment.id && version === experiment.version,
    );
    const since = held && seenAt(held);
    if (held === undefined || since === undefined || fact.at < since) continue;
    for (const metric of experiment.metrics) {
      const worth = worthOf(metric, fact);
      if (worth !== null) addWorth(strands, experiment, held.variant, metric, worth, results);
    }
  }
}

function addWorth(
  strands: readonly Strand[],
  experiment: LoadedExperiment,
  variant: string,
  metric: Metric,
  worth: number,
  results: Results,
): void {
  const key = totalKey(experiment, metric);
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
  addResult(results, resultKey(experiment, variant, metric), [
    0,
    first,
    added,
    next * next - total * total,
    0,
    0,
    before * added,
  ]);
}

/** What a fact adds to a metric: 1 for each time, or money; null: nothing. */
function worthOf({ kind, event }: Metric, fact: Fact): number | null {
  if (kind === 'revenue') {
    if (fact.sentBy !== 'server') return null;
    if (fact.type === event) return moneyOf(fact.data.total ?? fact.data.value);
    return event === ORDER && fact.type === REFUND ? -moneyOf(fact.data.total) : null;
  }
  return fact.type === event ? 1 : null;
}

function moneyOf(value: unknown): number {
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

function seenAt({ seen, variant }: Assignment): Instant | undefined {
  return variant === HELD || variant === OPEN ? undefined : seen.find((exposure) => exposure.variant === variant)?.at;
}

function variantOf(assignments: readonly Assignment[], { id, version }: LoadedExperiment): string {
  return assignments.find((held) => held.experiment === id && held.version === version)?.variant ?? '';
}

function totalKey({ id, version }: LoadedExperiment, metric: Metric): string {
  return `${id}\n${version}\n${metric.id}`;
}

function resultKey(experiment: LoadedExperiment, variant: string, metric: Metric): readonly string[] {
  return ['experiment', experiment.id, String(experiment.version), variant, metric.id];
}
