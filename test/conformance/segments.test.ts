import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runSegmentCases } from '../../cli/conformance/run-segment-cases.ts';
import { evaluator } from '../oracle/segment-evaluator.ts';

const OURS = join(import.meta.dirname, 'segments-cases.json');
/** The specification stands beside the repository, where there is one. */
const SHARED = join(import.meta.dirname, '../../../shared/spec/segments-cases.json');

function run(file: string) {
  return runSegmentCases(JSON.parse(readFileSync(file, 'utf8')), evaluator);
}

test('the oracle passes our own cases', () => {
  const { passed, failures } = run(OURS);
  expect(failures).toEqual([]);
  expect(passed).toBeGreaterThanOrEqual(150);
});

test.runIf(existsSync(SHARED))('the oracle passes the cases of the specification', () => {
  expect(run(SHARED).failures).toEqual([]);
});

test('a case of another form is one failure, and the others still run', () => {
  const good = { id: 'good', rule: 'true', profile: {}, events: [], now: '2026-03-10T12:00:00Z', expect: true };
  const { passed, failures } = runSegmentCases(
    [{ id: 'bad' }, good, { ...good, id: 'wrong', expect: null }],
    evaluator,
  );
  expect(passed).toBe(1);
  expect(failures).toEqual([expect.stringMatching(/^bad: not a case/), 'wrong: expected null, found true']);
});
