import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { runSegmentCases } from '../../cli/conformance/run-segment-cases.ts';
import type { CheckedCase } from '../../cli/conformance/segment-evaluator.ts';
import {
  events,
  instant,
  MEASURES,
  plainRule,
  profile,
  SEGMENTS,
  timedRule,
  zone,
} from '../core/segment-general/random-rules.ts';
import { evaluator as oracle } from '../oracle/segment-evaluator.ts';

/**
 * Writes `tables/random-cases.json`: random rules, profiles and histories with the oracle's answers, in the format of
 * conformance files. Mutation testing runs them through the engine alone, at a fraction of the oracle's time.
 *
 *     node test/mutation/generate-random-cases.ts [how many of each kind]
 */
const RUNS = Number(process.argv[2] ?? 400);
const HORIZON_MS = 45 * 86_400_000;
/** Rules whose flips take the oracle longer than this are left out. */
const MOST_MS = 400;
const MOST_FLIPS = 40;

const iso = (at: number) => new Date(at).toISOString();

const timed = fc.record({ rule: timedRule, timeZone: zone, due: instant, born: instant, now: instant, events });
const plain = fc.record({ rule: plainRule, profile, now: instant, events });

const drafts = [
  ...fc.sample(timed, { seed: 20_261_122, numRuns: RUNS }).map(({ due, born, ...rest }) => ({
    ...rest,
    profile: { due: iso(due), born: iso(born) },
    timed: true,
  })),
  ...fc
    .sample(plain, { seed: 20_261_122, numRuns: RUNS })
    .map((draft) => ({ ...draft, timeZone: 'UTC', timed: false })),
];

/** What the oracle says of a case; null where it was refused. */
function answerOf(test: object, horizon: number | null) {
  let answer: { expect: boolean | null; changes?: readonly number[] } | null = null;
  runSegmentCases([{ ...test, expect: null }], {
    name: 'recorder',
    evaluate: (checked: CheckedCase) => {
      const expect = oracle.evaluate(checked);
      answer = { expect, ...(horizon !== null && { changes: oracle.changes(checked, horizon) }) };
      return expect;
    },
    changes: () => [],
  });
  return answer as { expect: boolean | null; changes?: readonly number[] } | null;
}

const cases: object[] = [];
for (const [i, { now, events: history, timed: withFlips, ...rest }] of drafts.entries()) {
  const test = {
    id: `random ${i + 1}`,
    ...rest,
    measures: Object.fromEntries(MEASURES),
    segments: Object.fromEntries(SEGMENTS),
    events: history.map(({ id, type, at, data }) => ({ id, type, at: iso(at), data })),
    now: iso(now),
  };
  const started = performance.now();
  const answer = answerOf(test, withFlips ? now + HORIZON_MS : null);
  if (answer === null || performance.now() - started > MOST_MS || (answer.changes?.length ?? 0) > MOST_FLIPS) continue;
  const { expect, changes } = answer;
  cases.push({ ...test, expect, ...(changes && { horizon: iso(now + HORIZON_MS), changes: changes.map(iso) }) });
}
const lines = cases.map((test) => JSON.stringify(test));
writeFileSync(join(import.meta.dirname, 'tables/random-cases.json'), `[\n${lines.join(',\n')}\n]\n`);
console.log(`${cases.length} of ${drafts.length} cases`);
