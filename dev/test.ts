import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseCLI, startVitest, type Vitest } from 'vitest/node';
import { buildSdk } from '../client-sdk/build.ts';

/**
 * `npm test -- <vitest arguments>`: builds what the tests load as a browser would, runs the whole test tree once, and
 * closes with the line `N passed, N failed[, N skipped]`, which CI reads.
 */
const ROOT = join(import.meta.dirname, '..');

const newest = (pattern: string) =>
  Math.max(0, ...globSync(pattern, { cwd: ROOT }).map((path) => statSync(join(ROOT, path)).mtimeMs));

function isSdkStale(): boolean {
  const built = join(ROOT, 'client-sdk/dist/sdk.iife.js');
  if (!existsSync(built)) return true;
  return statSync(built).mtimeMs < Math.max(newest('client-sdk/{src/**/*,*}.ts'), newest('core/**/*.ts'));
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts tests; a file that could not even be loaded, and an error outside any test, is a failure too. */
function countTests(vitest: Vitest): Counts {
  const counts: Counts = { passed: 0, failed: vitest.state.getUnhandledErrors().length, skipped: 0 };
  for (const module of vitest.state.getTestModules()) {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed++;
      else if (state === 'failed') failedTests++;
      else counts.skipped++;
    }
    counts.failed += module.state() === 'failed' ? Math.max(1, failedTests) : failedTests;
  }
  return counts;
}

if (isSdkStale()) {
  const started = performance.now();
  await buildSdk();
  console.log(`SDK built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await startVitest('test', filter, { ...options, root: ROOT, watch: false });
const counts = countTests(vitest);
await vitest.close();
const nothingRan = counts.passed + counts.failed === 0;
if (nothingRan) console.error('No test ran: a filter that fits nothing?');
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
// Not `exitCode`: a handle that some test left open must not keep CI waiting.
process.exit(counts.failed > 0 || nothingRan ? 1 : Number(process.exitCode ?? 0));
