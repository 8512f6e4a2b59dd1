import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, Option } from 'commander';
import type { ObjectWorld, ObjectWorldModule } from '../conformance-identity/object-world.ts';
import { runIdentityConformance } from '../conformance-identity/run.ts';
import { runBucketingCases } from './bucketing-cases.ts';
import { runSegmentCases } from './run-segment-cases.ts';
import type { SegmentEvaluator } from './segment-evaluator.ts';

/** The engine that ships. The slow, direct interpreter is test/oracle/segment-evaluator.ts: a test, so it is only loaded by its path. */
const ENGINE = 'cli/conformance/engine-evaluator.ts';

/** Real objects in workerd; starting them is for tests, so it is loaded by its path as well. */
const OBJECTS = 'test/conformance-identity/workerd-world.ts';

const MOST_WORLDS = 16;

interface IdentityFlags {
  readonly pure?: true;
  readonly objects: string;
  readonly sideBySide: number;
}

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
  .command('bucketing')
  .description("bucketing sections of GrowthBook's public cases.json: a line per failure, then passed, failed, skipped")
  .argument('<file>', 'JSON object of sections; those about something else are skipped and counted')
  .action((file: string) => {
    const { passed, failures, skipped } = runBucketingCases(JSON.parse(readFileSync(file, 'utf8')));
    for (const failure of failures) process.stdout.write(`${failure}\n`);
    const others = Object.entries(skipped).map(([section, count]) => `${section} ${count}`);
    const left = Object.values(skipped).reduce((sum, count) => sum + count, 0);
    const sections = others.length > 0 ? ` (${others.join(', ')})` : '';
    process.stdout.write(`${passed} passed, ${failures.length} failed, ${left} skipped${sections}\n`);
    process.exitCode = failures.length === 0 ? 0 : 1;
  });

program
  .command('identity')
  .description('vectors of spec/identity.md, section 2: a line per failure, then "N passed, M failed"')
  .argument('<file>', 'JSON array of vectors')
  .option('--pure', 'only on the pure engine: quick, and tier protocol is not counted')
  .option('--objects <module>', 'another world of real objects', OBJECTS)
  .addOption(
    new Option('--side-by-side <worlds>', 'worlds of objects that play at once; each wants a core of its own')
      .argParser((text) => Math.min(Math.max(Number.parseInt(text, 10) || 1, 1), MOST_WORLDS))
      .default(1),
  )
  .action(async (file: string, { pure, objects, sideBySide }: IdentityFlags) => {
    const worlds = pure ? [] : await startWorlds(objects, sideBySide);
    try {
      const { lines, failed } = await runIdentityConformance(file, worlds);
      for (const line of lines) process.stdout.write(`${line}\n`);
      process.exitCode = failed === 0 ? 0 : 1;
    } finally {
      await Promise.all(worlds.map((world) => world.stop()));
    }
  });

async function startWorlds(module: string, count: number): Promise<readonly ObjectWorld[]> {
  const { createObjectWorld } = (await import(pathToFileURL(resolve(module)).href)) as ObjectWorldModule;
  const worlds: ObjectWorld[] = [];
  // One after the other: each builds its Worker first.
  for (let n = 0; n < count; n++) worlds.push(await createObjectWorld());
  return worlds;
}

await program.parseAsync();
