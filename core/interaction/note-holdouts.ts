import type { Fact } from '../event/event.ts';
import { type Assignment, type Assignments, findAssignment, HELD, OPEN } from '../experiment/assignment.ts';
import type { HoldoutTest } from '../experiment/holdout-test.ts';
import type { Experiments } from '../experiment/loaded-experiments.ts';
import type { Instant } from '../lib/ids.ts';
import type { Strand } from '../profile/strand.ts';
import type { Log } from '../segment/runtime/log/log.ts';
import { addWorth, beginMetrics, type Counted, worthOf } from './metric-worth.ts';
import { addResult, type Results } from './results.ts';

/**
 * Who was told just now whether they are kept out counts from here on, whether in or out: there is nothing to be seen for those who are out, and both sides must begin alike.
 * `through`: the strand that `made` was stored on.
 */
export function noteHoldouts(
  { holdoutTests }: Experiments,
  through: Strand,
  log: Log,
  made: Assignments,
  at: Instant,
  results: Results,
): void {
  for (const assignment of made) {
    const test = holdoutTests.find(({ id }) => id === assignment.experiment);
    if (test?.version !== assignment.version) continue;
    const side = sideOf(test, assignment);
    addResult(results, ['exposure', side.id, String(side.version), side.variant], [1]);
    beginMetrics(through, side, test.metrics, log, at, results);
  }
}

/** What people do after they were told counts for their side; what came with the request that told them was before it. */
export function noteHoldoutMetrics(
  { holdoutTests }: Experiments,
  strands: readonly Strand[],
  assignments: () => Assignments,
  fact: Fact,
  results: Results,
): void {
  for (const test of holdoutTests) {
    for (const metric of test.metrics) {
      const worth = worthOf(metric, fact);
      if (worth === null) continue;
      const told = findAssignment(assignments(), test.id, test.version);
      if (told && fact.at > told.at) addWorth(strands, sideOf(test, told), metric, worth, results);
    }
  }
}

/** Totals of their own: those of the variants begin when one is seen. */
function sideOf({ id, version }: HoldoutTest, { variant }: Assignment): Counted {
  return { id, version, variant: variant === HELD ? HELD : OPEN, totals: `${id}\n${version}\n${HELD}` };
}
