import { type ChildProcess, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';

/**
 * `npm run check`: format and lint, types of every folder, the architecture test, unused code. Every step runs even
 * when another fails; a step that fails shows what its tool said. `--fix` lets biome repair what it can first.
 */
const ROOT = join(import.meta.dirname, '..');
const BIN = join(ROOT, 'node_modules/.bin');
const CONCURRENCY = Math.min(2, availableParallelism());

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

const children = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const child of children) child.kill(signal);
    process.kill(process.pid, signal);
  });
}

function runTool(bin: string, ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
    const child = spawn(join(BIN, bin), args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => {
      children.delete(child);
      resolve({ ok: code === 0, output });
    });
  });
}

/** Files below the root that are ours, not built and not installed. */
function listOwn(pattern: string): string[] {
  return globSync(pattern, {
    cwd: ROOT,
    exclude: (path) => /(?:^|\/)(?:node_modules|dist|\.[a-z]+)$/.test(path),
  }).sort();
}

/** Sources that some tsconfig has looked at. */
const typed = new Set<string>();

async function checkTypes(config: string): Promise<Outcome> {
  const { ok, output } = await runTool('tsc', '-p', config, '--listFiles', '--pretty', 'false');
  const lines = output.split('\n');
  for (const line of lines) if (line.startsWith(ROOT)) typed.add(line.slice(ROOT.length + 1));
  const messages = lines.filter((line) => line !== '' && !/^(?:[A-Z]:)?\/.*\.(?:[cm]?ts|json)$/.test(line));
  // TS18003: a room that is laid out and still empty.
  return { ok: ok || messages.some((line) => line.includes('TS18003')), output: messages.join('\n') };
}

/** A folder nobody wrote a tsconfig for, or a file that one excludes, would pass unseen. */
async function checkCoverage(): Promise<Outcome> {
  const unseen = listOwn('**/*.ts').filter((path) => !typed.has(path));
  return { ok: unseen.length === 0, output: unseen.map((path) => `${path}: in no tsconfig.json`).join('\n') };
}

function planTypes(): Step[] {
  const configs = listOwn('**/tsconfig*.json').filter((path) => path !== 'tsconfig.base.json');
  return configs.map((config) => ({
    name: `types ${basename(config) === 'tsconfig.json' ? dirname(config) : config}`,
    run: () => checkTypes(config),
  }));
}

async function report({ name, run }: Step): Promise<boolean> {
  const started = performance.now();
  const { ok, output } = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${seconds} s  ${name}`);
  if (!ok) console.log(output.trimEnd().replace(/^/gm, '     '));
  return ok;
}

/** Runs the steps, two at a time, and says how many failed. */
async function runSteps(steps: readonly Step[]): Promise<number> {
  const queue = [...steps];
  let failed = 0;
  const work = async () => {
    for (let step = queue.shift(); step; step = queue.shift()) if (!(await report(step))) failed++;
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return failed;
}

const fix = process.argv.includes('--fix') ? ['--write'] : [];
const lint = ['check', '--error-on-warnings', '--diagnostic-level=warn', '--max-diagnostics=60', ...fix];
const steps: readonly Step[] = [
  { name: 'format and lint', run: () => runTool('biome', ...lint) },
  ...planTypes(),
  {
    name: 'architecture',
    run: () => runTool('vitest', 'run', '--project=pure', '--reporter=dot', 'test/architecture'),
  },
  { name: 'unused code', run: () => runTool('knip', '--no-progress') },
];
const started = performance.now();
let failed = await runSteps(steps);
failed += await runSteps([{ name: 'types see every file', run: checkCoverage }]);
const total = steps.length + 1;
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `check: ${failed === 0 ? `all ${total} steps passed` : `${failed} of ${total} steps failed`} in ${seconds} s`,
);
process.exitCode = failed === 0 ? 0 : 1;
