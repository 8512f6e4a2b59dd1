import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { runIdentityConformance } from '../conformance-identity/run.ts';
import { runSegmentCases } from './run-segment-cases.ts';
import type { SegmentEvaluator } from './segment-evaluator.ts';

/** The engine that ships. The slow, direct interpreter is test/oracle/segment-evaluator.ts: a test, so it is only loaded by its path. */
const ENGINE = 'cli/conformance/engine-evaluator.ts';

const program = new Command('conformance')
  .description('Runs cases of the specification against an implementation.')
  .showHelpAfterError();

program
  .command('segments')
  .description('cases of spec/segments.md, section 4: a line per failure, then "N passed, M failed"')
  .argument('<file>', 'JSON array of cases')
  .option('--evaluator <module>', 'module that exports `evaluator`, a SegmentEvaluator', ENGINE)
  .action(async (file: string, flags: { readonly evaluator: string }) => {
    const loaded = (await import(pathToFileURL(resolve(flags.evaluator)).href)) as {
      readonly evaluator: SegmentEvaluator;
    };
    const { passed, failures } = runSegmentCases(JSON.parse(readFileSync(file, 'utf8')), loaded.evaluator);
    process.stdout.write(`evaluator: ${loaded.evaluator.name}\n`);
    for (const failure of failures) process.stdout.write(`${failure}\n`);
    process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
    process.exitCode = failures.length === 0 ? 0 : 1;
  });

program
  .command('identity')
  .description('vectors of spec/identity.md, section 2, on the pure engine')
  .argument('<file>', 'JSON array of vectors')
  .action((file: string) => {
    const { lines, failed } = runIdentityConformance(file);
    for (const line of lines) process.stdout.write(`${line}\n`);
    process.exitCode = failed === 0 ? 0 : 1;
  });

await program.parseAsync();
