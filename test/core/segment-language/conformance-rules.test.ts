import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { ruleChecks } from '../../mutation/case-checks.ts';

const FILE = join(import.meta.dirname, '../../conformance/segments-cases.json');

test('every rule of the conformance cases keeps its tree through text, JSON and back', () => {
  for (const { run } of ruleChecks([JSON.parse(readFileSync(FILE, 'utf8')) as unknown[]])) run();
});
