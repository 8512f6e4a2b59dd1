import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Script } from 'node:vm';
import { buildSync } from 'esbuild';
import { type FastCheck, VitestStandIn } from './vitest-stand-in.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CASES = [
  join(ROOT, 'test/conformance/segments-cases.json'),
  // The specification stands beside the repository, where there is one.
  join(ROOT, '../shared/spec/segments-cases.json'),
];
/** Answered by the oracle when they were written, so that only the engine has to run them. */
const RANDOM_CASES = join(ROOT, 'test/mutation/tables/random-cases.json');
const ENGINE = 'cli/conformance/engine-evaluator.ts';

/** Set by main.ts where only the language is mutated: the engine's cases would say nothing new. */
export const WITHOUT_ENGINE = 'SELVEDGE_MUTATION_WITHOUT_ENGINE';

/** Unit tests of what rules become; those of the language itself have their checks in test/mutation. */
const UNIT_TESTS = ['test/core/segment-*/*.test.ts', 'test/property/segment-engine.test.ts'];
/** Tests that read files have their own ways to the same cases. */
const READS_FILES = /node:fs|import\.meta/;
/** Run as checks of their own; thousands of simulated samples: statistics of the design rather than tests of lines. */
const LEFT_OUT = /segment-language|checks\.test|coverage\.test/;

/** What the bundle exports; `Check` of test/mutation/check.ts, which this folder must not import. */
export interface Suite {
  readonly warmUp: () => void;
  readonly checks: readonly { readonly name: string; readonly run: () => void }[];
}

/** The text of a module that brings all checks of a checkout together. */
function entryOf(directory: string): string {
  const lines = [
    "import { caseChecks, ruleChecks, warmUp } from './test/mutation/case-checks.ts';",
    "import { evaluator as oracle } from './test/oracle/segment-evaluator.ts';",
    'export const unitTests = [];',
  ];
  const cases = ['...caseChecks(files, [oracle])'];
  if (existsSync(join(directory, ENGINE)) && !process.env[WITHOUT_ENGINE]) {
    lines.push(`import { evaluator as engine } from './${ENGINE}';`);
    cases.unshift('...caseChecks([...files, random], [engine])');
  }
  const modules = globSync('test/mutation/checks/*.ts', { cwd: directory }).sort();
  for (const [i, path] of modules.entries()) lines.push(`import { checks as checks${i} } from './${path}';`);
  if (!process.env[WITHOUT_ENGINE]) {
    for (const path of UNIT_TESTS.flatMap((pattern) => globSync(pattern, { cwd: directory })).sort()) {
      if (LEFT_OUT.test(path)) continue;
      if (READS_FILES.test(readFileSync(join(directory, path), 'utf8'))) continue;
      const name = path.replace(/^test\/|\.test\.ts$/g, '');
      lines.push(`unitTests.push([${JSON.stringify(name)}, () => require('./${path}')]);`);
    }
  }
  const own = modules.map((_, i) => `...checks${i}`).join(', ');
  const all = [own, '...ruleChecks(files)', ...cases].join(', ');
  lines.push(`export const load = (files, random) => ({ warmUp, checks: [${all}] });`);
  return lines.join('\n');
}

/** Counts a mutant as covered; Stryker writes it into each file, and the bundle keeps its shape. */
const COVER = /\bfunction cover\d*\(\) \{/g;

interface Bundle {
  readonly unitTests: readonly (readonly [name: string, load: () => void])[];
  readonly load: (files: readonly unknown[][], random: readonly unknown[]) => Suite;
}

/** Runs the bundle afresh: new module state every time. Files of unit tests without a wanted check (null: all) are left out. */
type Load = (wanted: ReadonlySet<string> | null, onFile: (check: string) => void) => Suite;

/**
 * Bundles the checks of a checkout and the code under test into one script. Running it takes milliseconds and leaves
 * nothing in a module cache; packages stay outside, loaded once. Counting coverage costs more than the checks themselves,
 * so that only `counting` does it.
 */
export function prepareSuite(directory: string): { readonly counting: Load; readonly plain: Load } {
  const bundle = buildSync({
    stdin: { contents: entryOf(directory), resolveDir: directory, loader: 'ts', sourcefile: 'mutation-entry.ts' },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    absWorkingDir: directory,
    charset: 'utf8',
    logLevel: 'silent',
  });
  const code = bundle.outputFiles[0]?.text ?? '';
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown[];
  const cases = CASES.filter((path) => existsSync(path)).map(read);
  const random = existsSync(RANDOM_CASES) ? read(RANDOM_CASES) : [];
  const packages = createRequire(import.meta.url);
  const fastCheck = packages('fast-check') as FastCheck;
  const loadOf = (text: string): Load => {
    const script = new Script(`(function (module, exports, require) {${text}\n})`, { filename: 'mutation-suite.cjs' });
    return (wanted, onFile) => {
      const module = { exports: {} as Bundle };
      const run = script.runInThisContext() as (m: typeof module, e: object, r: (name: string) => unknown) => void;
      const vitest = new VitestStandIn();
      run(module, module.exports, (name) =>
        name === 'vitest' ? vitest : name === 'fast-check' ? vitest.briefly(fastCheck) : packages(name),
      );
      const files = wanted && new Set([...wanted].map((name) => name.split(VitestStandIn.separator, 1)[0] as string));
      for (const [name, load] of module.exports.unitTests) {
        if (files?.has(name) === false) continue;
        onFile(vitest.begin(name));
        load();
      }
      const { warmUp, checks } = module.exports.load(cases, random);
      return { warmUp, checks: [...checks, ...vitest.tests] };
    };
  };
  return { counting: loadOf(code), plain: loadOf(code.replace(COVER, '$& return;')) };
}
