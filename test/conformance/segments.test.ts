import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { evaluator as engine } from '../../cli/conformance/engine-evaluator.ts';
import { runSegmentCases } from '../../cli/conformance/run-segment-cases.ts';
import type { SegmentEvaluator } from '../../cli/conformance/segment-evaluator.ts';
import { evaluator as oracle } from '../oracle/segment-evaluator.ts';
import { livingEvaluator, shuffledEvaluator } from './living-evaluator.ts';

const OURS = join(import.meta.dirname, 'segments-cases.json');
const REVIEW = join(import.meta.dirname, 'segments-review-cases.json');
/** The specification stands beside the repository, where there is one. */
const SHARED = join(import.meta.dirname, '../../../shared/spec/segments-cases.json');

const EVALUATORS: readonly SegmentEvaluator[] = [
  oracle,
  engine,
  shuffledEvaluator(1),
  shuffledEvaluator(2),
  livingEvaluator,
];

function run(file: string, evaluator: SegmentEvaluator) {
  return runSegmentCases(JSON.parse(readFileSync(file, 'utf8')), evaluator);
}

describe.each(EVALUATORS.map((evaluator) => ({ name: evaluator.name, evaluator })))('$name', ({ evaluator }) => {
  test('passes our own cases', () => {
    const { passed, failures } = run(OURS, evaluator);
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(150);
  });

  test('passes the cases an independent reader derived from the text of the specification', () => {
    expect(run(REVIEW, evaluator).failures).toEqual([]);
  });

  test.runIf(existsSync(SHARED))('passes the cases of the specification', () => {
    expect(run(SHARED, evaluator).failures).toEqual([]);
  });
});

test('a case of another form is one failure, and the others still run', () => {
  const good = { id: 'good', rule: 'true', profile: {}, events: [], now: '2026-03-10T12:00:00Z', expect: true };
  const { passed, failures } = runSegmentCases([{ id: 'bad' }, good, { ...good, id: 'wrong', expect: null }], engine);
  expect(passed).toBe(1);
  expect(failures).toEqual([expect.stringMatching(/^bad: not a case/), 'wrong: expected null, found true']);
});
