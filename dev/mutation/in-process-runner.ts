import { Script } from 'node:vm';
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext } from '@stryker-mutator/api/core';
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { prepareSuite } from './suite.ts';

const globals = globalThis as typeof globalThis & {
  [INSTRUMENTER_CONSTANTS.NAMESPACE]?: InstrumenterContext;
  selvedgeWork?: () => unknown;
};
/** Set by main.ts: checks that fail without a mutant are left out instead of ending the run. */
export const SKIP_FAILING = 'SELVEDGE_MUTATION_SKIP_FAILING';
const CALL = new Script('globalThis.selvedgeWork()');

/**
 * Runs work and ends it after a time, also in the middle of a loop. Returns whether it came to its end by itself; what it
 * throws is thrown.
 */
function runWithin(timeoutMs: number, work: () => void): boolean {
  globals.selvedgeWork = work;
  try {
    CALL.runInThisContext({ timeout: Math.max(1, Math.floor(timeoutMs)) });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}

/** A mutant has this many times as long as its checks took without one, and a little more. */
const TIMES = 2;
const MORE_MS = 1000;
/** The whole suite takes a third of it on a machine of its own. */
const MOST_MS = 6000;
/** Below this share of a core, the machine was busy with something else, and the time says nothing: once more, longer. */
const BUSY_SHARE = 0.5;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Stryker's worker as the test runner: the sandbox's code is bundled once, and every mutant gets a fresh run of the
 * bundle in this process, so that module state (tables, the grammar) is built with the mutant active and nothing leaks
 * from one mutant into the next. A check that never ends is cut off without losing the process.
 */
export class InProcessRunner implements TestRunner {
  readonly #context: InstrumenterContext;
  readonly #failing = new Set<string>();
  /** By check. The fast ones run first: the first that fails ends the run. */
  readonly #durations = new Map<string, number>();
  #suite: ReturnType<typeof prepareSuite> | null = null;

  constructor() {
    this.#context = globals[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
  }

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true };
  }

  // Stryker has changed the working directory to the sandbox by now.
  async init(): Promise<void> {
    this.#suite = prepareSuite(process.cwd());
    const found = this.#run({ timeout: 300_000, disableBail: true, filter: null, dry: false });
    const tests = found.status === DryRunStatus.Complete ? found.tests : [];
    for (const { id, timeSpentMs } of tests) this.#durations.set(id, timeSpentMs);
    if (!process.env[SKIP_FAILING]) return;
    for (const { id, status } of tests) if (status === TestStatus.Failed) this.#failing.add(id);
  }

  async dryRun({ timeout, disableBail }: DryRunOptions): Promise<DryRunResult> {
    const context = this.#context;
    context.mutantCoverage = { static: {}, perTest: {} };
    delete context.activeMutant;
    delete context.hitCount;
    delete context.hitLimit;
    const result = this.#run({ timeout, disableBail, filter: null, dry: true });
    return result.status === DryRunStatus.Complete ? { ...result, mutantCoverage: context.mutantCoverage } : result;
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, timeout, disableBail, testFilter } = options;
    const context = this.#context;
    context.activeMutant = activeMutant.id;
    if (hitLimit === undefined) {
      delete context.hitCount;
      delete context.hitLimit;
    } else {
      context.hitCount = 0;
      context.hitLimit = hitLimit;
    }
    const filter = testFilter ? new Set(testFilter) : null;
    const usual = [...this.#durations].reduce((sum, [id, ms]) => sum + (filter?.has(id) === false ? 0 : ms), 0);
    let result: DryRunResult = { status: DryRunStatus.Timeout };
    // Stryker kills the process at `timeout`; its limit in stryker.config.json is far above ours.
    for (let limit = Math.min(TIMES * usual + MORE_MS, MOST_MS); limit < timeout / 2; limit *= 2) {
      if (context.hitCount !== undefined) context.hitCount = 0;
      const started = cpuMs();
      result = this.#run({ timeout: limit, disableBail, filter, dry: false });
      if (result.status !== DryRunStatus.Timeout || cpuMs() - started > limit * BUSY_SHARE) break;
    }
    return toMutantRunResult(determineHitLimitReached(context.hitCount, hitLimit) ?? result);
  }

  #run(how: {
    readonly timeout: number;
    readonly disableBail: boolean;
    readonly filter: ReadonlySet<string> | null;
    readonly dry: boolean;
  }): DryRunResult {
    if (this.#suite === null) throw new Error('init() comes first');
    const load = how.dry ? this.#suite.counting : this.#suite.plain;
    const tests: TestResult[] = [];
    const ended = runWithin(how.timeout, () => {
      const suite = this.#attempt('(loading)', tests, () => {
        const loaded = load();
        if (how.dry) loaded.warmUp();
        return loaded;
      });
      const durationOf = ({ name }: { readonly name: string }) => this.#durations.get(name) ?? 0;
      for (const check of (suite?.checks ?? []).toSorted((a, b) => durationOf(a) - durationOf(b))) {
        if (this.#failing.has(check.name) || (how.filter !== null && !how.filter.has(check.name))) continue;
        this.#context.currentTestId = check.name;
        const passed = this.#attempt(check.name, tests, () => {
          check.run();
          return true;
        });
        if (!passed && !how.disableBail) break;
      }
    });
    delete this.#context.currentTestId;
    return ended ? { status: DryRunStatus.Complete, tests } : { status: DryRunStatus.Timeout };
  }

  #attempt<T>(id: string, tests: TestResult[], work: () => T): T | null {
    const started = performance.now();
    const common = () => ({ id, name: id, timeSpentMs: performance.now() - started });
    try {
      const result = work();
      if (id !== '(loading)') tests.push({ ...common(), status: TestStatus.Success });
      return result;
    } catch (error) {
      const failureMessage = error instanceof Error ? error.message : String(error);
      tests.push({ ...common(), status: TestStatus.Failed, failureMessage });
      return null;
    } finally {
      delete this.#context.currentTestId;
    }
  }
}
