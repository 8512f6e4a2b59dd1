import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { LogLevel } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { BUDGET, SKIP_FAILING } from './in-process-runner.ts';
import { isSampled, SAMPLE } from './sample.ts';
import { scoreLines, survivorLines } from './score.ts';
import { WITHOUT_ENGINE } from './suite.ts';

/**
 * `npm run mutation -- [paths] [--concurrency N] [--survivors] [--skip-failing] [--sample N:i] [--budget MS]`: mutates the code of the segment rules (a folder, a file,
 * or lines of one: `core/segment/language/pattern.ts:20-40`), runs the fast checks of `test/mutation` against every mutant
 * and prints the score of each file and folder. Ends with 1 below the threshold of `stryker.config.json`.
 */
const ROOT = resolve(import.meta.dirname, '../..');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string' },
    'skip-failing': { type: 'boolean', default: false },
    sample: { type: 'string' },
    budget: { type: 'string' },
    survivors: { type: 'boolean', default: false },
    log: { type: 'string', default: 'warn' },
  },
});

function patternOf(path: string): string {
  const isFolder = statSync(join(ROOT, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? `${path.replace(/\/$/, '')}/**/*.ts` : path;
}

process.chdir(ROOT);
if (positionals.length > 0 && positionals.every((path) => path.startsWith('core/segment/language'))) {
  process.env[WITHOUT_ENGINE] = '1';
}
if (values.budget) process.env[BUDGET] = values.budget;
if (values.sample) process.env[SAMPLE] = values.sample;
if (values['skip-failing']) process.env[SKIP_FAILING] = '1';
const stryker = new Stryker({
  configFile: 'dev/mutation/stryker.config.json',
  logLevel: values.log as LogLevel,
  ...(positionals.length > 0 && { mutate: positionals.map(patternOf) }),
  ...(values.concurrency !== undefined && { concurrency: Number(values.concurrency) }),
});
const started = performance.now();
const results = (await stryker.runMutationTest()).filter(({ id }) => isSampled(id));
const seconds = (performance.now() - started) / 1000;
if (values.survivors) for (const line of survivorLines(results)) console.log(line);
for (const line of scoreLines(results)) console.log(line);
console.log(`${results.length} mutants in ${seconds.toFixed(0)} s; report: .selvedge/mutation/report.html`);
