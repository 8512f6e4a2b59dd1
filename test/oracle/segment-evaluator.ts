import type { CheckedCase, SegmentEvaluator } from '../../cli/conformance/segment-evaluator.ts';
import { evaluateAt, flipsUntil } from './changes.ts';
import type { OracleInput } from './interpreter.ts';
import { fromJson, type OracleEvent } from './value.ts';

function inputOf(checked: CheckedCase): OracleInput {
  const rule = checked.rules.segments.get(checked.segment);
  if (!rule) throw new Error(`no segment ${checked.segment}`);
  return {
    rule,
    measures: checked.rules.measures,
    segments: checked.rules.segments,
    timeZone: checked.timeZone,
    profile: fromJson(checked.profile),
    events: settle(checked.events),
    scores: checked.scores,
  };
}

/** The first event of each (source, id), by time, then id. */
function settle(events: readonly OracleEvent[]): readonly OracleEvent[] {
  const first = events.filter(
    (event, i) => !events.slice(0, i).some(({ id, source }) => id === event.id && source === event.source),
  );
  return first.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** The oracle as a conformance run asks it. */
export const evaluator: SegmentEvaluator = {
  name: 'oracle (test/oracle: direct interpreter over all facts)',
  evaluate: (checked) => evaluateAt(inputOf(checked), checked.now),
  changes: (checked, horizon) => flipsUntil(inputOf(checked), checked.now, horizon),
};
