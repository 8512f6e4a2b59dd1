import type { Fact } from '../event/event.ts';
import {
  type Assignment,
  type Assignments,
  findAssignment,
  HELD,
  noteExposure,
  OPEN,
} from '../experiment/assignment.ts';
import type { LoadedExperiment } from '../experiment/loaded-experiments.ts';
import { packAssignments, unpackAssignments } from '../experiment/packed-assignments.ts';
import { type Instant, isSlug } from '../lib/ids.ts';
import { DAY_MS } from '../lib/instant.ts';
import { countsHere, type Strand } from '../profile/strand.ts';
import type { Touch } from '../profile/strand-choices.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import type { Log } from '../segment/runtime/log/log.ts';
import { choicesOf, latestTouches, setChoices } from './choices.ts';
import { addWorth, beginMetrics, type Counted, moneyOf, worthOf } from './metric-worth.ts';
import { noteArm } from './note-arms.ts';
import { noteHoldoutMetrics } from './note-holdouts.ts';
import { noteShown } from './note-variants.ts';
import { addResult, type Results } from './results.ts';

/** An order is due to the last offer that was clicked within this, else to the last that was seen within a day. */
const CLICK_COUNTS_MS = 7 * DAY_MS;
const VIEW_COUNTS_MS = DAY_MS;
const ORDER = 'order.placed';

export interface ResultsContext {
  readonly strands: readonly Strand[];
  /** The strand that the facts came through. */
  readonly through: Strand;
  readonly log: Log;
  readonly experiments: LoadedRuleset['experiments'];
  /** What a shown proposition counts for. */
  readonly testsOf: (shown: Fact) => readonly LoadedExperiment[];
}

/**
 * What new facts say about decisions that were made before: impressions and clicks are remembered, an order is put down to the offer behind it, and what people do
 * after they saw a variant counts for it. Only what a server's key says counts as money.
 */
export function noteResults(context: ResultsContext, facts: readonly Fact[], results: Results): void {
  for (const fact of facts) {
    if (fact.type === 'proposition.displayed' || fact.type === 'proposition.clicked') {
      rememberTouch(context, fact, fact.type === 'proposition.clicked' ? 1 : 0, results);
      noteShown(context.strands, context.testsOf(fact), fact, results);
    } else if (fact.type === 'experiment.exposed') noteExposed(context, fact, results);
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
    const variant = variantOf(noted.assignments, experiment);
    addResult(results, ['exposure', experiment.id, String(experiment.version), variant], [1]);
    setChoices(strand, { assigned: packAssignments(noted.assignments) });
    beginMetrics(strand, countedIn(experiment, variant), experiment.metrics, log, fact.at, results);
    return;
  }
}

function noteMetrics({ strands, experiments }: ResultsContext, fact: Fact, results: Results): void {
  if (!experiments) return;
  let joined: Assignments | null = null;
  const assignments = () => {
    joined ??= choicesOf(strands).assignments;
    return joined;
  };
  for (const experiment of experiments.all) {
    for (const metric of experiment.metrics) {
      const worth = worthOf(metric, fact);
      if (worth === null) continue;
      const held = findAssignment(assignments(), experiment.id, experiment.version);
      const since = held && seenAt(held);
      if (!held || since === null || since === undefined || fact.at < since) continue;
      addWorth(strands, countedIn(experiment, held.variant), metric, worth, results);
    }
  }
  noteHoldoutMetrics(experiments, strands, assignments, fact, results);
}

function seenAt({ seen, variant }: Assignment): Instant | undefined {
  return variant === HELD || variant === OPEN ? undefined : seen.find((exposure) => exposure.variant === variant)?.at;
}

function variantOf(assignments: readonly Assignment[], { id, version }: LoadedExperiment): string {
  return findAssignment(assignments, id, version)?.variant ?? '';
}

function countedIn({ id, version }: LoadedExperiment, variant: string): Counted {
  return { id, version, variant, totals: `${id}\n${version}` };
}
