import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runSegmentCases } from '../../../cli/conformance/run-segment-cases.ts';
import type { SegmentEvaluator } from '../../../cli/conformance/segment-evaluator.ts';
import { namedFlips, plainProgram, runPlain, settled } from './plain-engine.ts';

const OURS = join(import.meta.dirname, '../../conformance/segments-cases.json');
const SHARED = join(import.meta.dirname, '../../../../shared/spec/segments-cases.json');

const evaluator: SegmentEvaluator = {
  name: 'interpreter of general code',
  evaluate: (checked) =>
    runPlain(plainProgram(checked), { ...checked, events: settled(checked.events) }, checked.now).truth,
  changes: (checked, horizon) =>
    namedFlips(plainProgram(checked), { ...checked, events: settled(checked.events) }, checked.now, horizon).flips,
};

for (const file of [OURS, SHARED]) {
  test.runIf(existsSync(file))(`general code passes ${file}`, () => {
    const { failures } = runSegmentCases(JSON.parse(readFileSync(file, 'utf8')), evaluator);
    expect(failures).toEqual([]);
  });
}
