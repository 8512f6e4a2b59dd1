import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Script } from 'node:vm';
import { buildSync } from 'esbuild';

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
  ];
  const cases = ['...caseChecks(files, [oracle])'];
  if (existsSync(join(directory, ENGINE)) && !process.env[WITHOUT_ENGINE]) {
    lines.push(`import { evaluator as engine } from './${ENGINE}';`);
    cases.unshift('...caseChecks([...files, random], [engine])');
  }
  const modules = globSync('test/mutation/checks/*.ts', { cwd: directory }).sort();
  for (const [i, path] of modules.entries()) lines.push(`import { checks as checks${i} } from './${path}';`);
  const own = modules.map((_, i) => `...checks${i}`).join(', ');
  const all = [own, '...ruleChecks(files)', ...cases].join(', ');
  lines.push(`export const load = (files, random) => ({ warmUp, checks: [${all}] });`);
  return lines.join('\n');
}

/** Counts a mutant as covered; Stryker writes it into each file, and the bundle keeps its shape. */
const COVER = /\bfunction cover\d*\(\) \{/g;

/** Runs the bundle afresh: new module state every time. */
type Load = () => Suite;

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
  const files = CASES.filter((path) => existsSync(path)).map(read);
  const random = existsSync(RANDOM_CASES) ? read(RANDOM_CASES) : [];
  const packages = createRequire(import.meta.url);
  const loadOf = (text: string): Load => {
    const script = new Script(`(function (module, exports, require) {${text}\n})`, { filename: 'mutation-suite.cjs' });
    return () => {
      const module = { exports: {} as { load: (files: readonly unknown[][], random: readonly unknown[]) => Suite } };
      const run = script.runInThisContext() as (m: typeof module, e: object, r: NodeJS.Require) => void;
      run(module, module.exports, packages);
      return module.exports.load(files, random);
    };
  };
  return { counting: loadOf(code), plain: loadOf(code.replace(COVER, '$& return;')) };
}
