import { Script } from 'node:vm';
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext } from '@stryker-mutator/api/core';
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { isSampled } from './sample.ts';
import { prepareSuite, type Suite } from './suite.ts';
import { VitestStandIn } from './vitest-stand-in.ts';

const globals = globalThis as typeof globalThis & {
  [INSTRUMENTER_CONSTANTS.NAMESPACE]?: InstrumenterContext;
  selvedgeWork?: () => unknown;
};
/** Set by main.ts: checks that fail without a mutant are left out instead of ending the run. */
export const SKIP_FAILING = 'SELVEDGE_MUTATION_SKIP_FAILING';
/** Set by main.ts: so many milliseconds of checks for each mutant, the likeliest to fail first. What would fail later counts as undetected. */
export const BUDGET = 'SELVEDGE_MUTATION_BUDGET';
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

/** A mutant has this many times as long as the checks of a batch took without one, and a little more. */
const TIMES = 3;
const MORE_MS = 1000;
/** Checks are cut off in batches that usually take so long, so that an endless loop costs little more than a second. */
const BATCH_MS = 300;
/** Below this share of a core, the machine was busy with something else, and the time says nothing: once more, longer. */
const BUSY_SHARE = 0.5;

/** Unit tests of `core/segment/<folder>`; those of the runtime stand in three folders. */
function nearTo(file: string): RegExp {
  const folder = /segment[/\\](\w+)/.exec(file)?.[1] ?? '';
  return new RegExp(`^core/segment-(?:${folder === 'runtime' ? 'engine|general|bits' : folder})/`);
}

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
  /** By check. The first that fails ends the run: those that found a mutant before run first, then the fast ones. */
  readonly #durations = new Map<string, number>();
  /** By check: the mutants that it found. */
  readonly #finds = new Map<string, number>();
  /** Counting what each check covers takes many times as long as the check. */
  #isCounting = false;
  readonly #budget = Number(process.env[BUDGET] ?? Number.POSITIVE_INFINITY);
  /** Names of the checks that stand beside the mutated file: they run first. */
  #near: RegExp = /$^/;
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
    const found = this.#run({ timeout: 600_000, disableBail: true, filter: null, dry: false });
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
    const result = this.#run({ timeout: 2 * timeout, disableBail, filter: null, dry: true });
    return result.status === DryRunStatus.Complete ? { ...result, mutantCoverage: context.mutantCoverage } : result;
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, timeout, disableBail, testFilter } = options;
    if (!isSampled(activeMutant.id)) return { status: MutantRunStatus.Error, errorMessage: 'not in the sample' };
    const context = this.#context;
    this.#near = nearTo(activeMutant.fileName);
    context.activeMutant = activeMutant.id;
    if (hitLimit === undefined) {
      delete context.hitCount;
      delete context.hitLimit;
    } else {
      context.hitCount = 0;
      context.hitLimit = hitLimit;
    }
    // What one file computes while it is read (modules, fixtures) another one that is read later uses: all checks may notice.
    const isOfOne = testFilter?.every((name) => name !== VitestStandIn.readingOf(name));
    const filter = testFilter && isOfOne ? new Set(testFilter) : null;
    // Stryker kills the process at `timeout`; its limit in stryker.config.json is far above ours.
    const result = this.#run({ timeout, disableBail, filter, dry: false });
    if (result.status === DryRunStatus.Complete) {
      for (const { id, status } of result.tests)
        if (status === TestStatus.Failed) this.#finds.set(id, (this.#finds.get(id) ?? 0) + 1);
    }
    return toMutantRunResult(determineHitLimitReached(context.hitCount, hitLimit) ?? result);
  }

  #run(how: {
    /** Milliseconds; a batch gets half of it at most. */
    readonly timeout: number;
    readonly disableBail: boolean;
    readonly filter: ReadonlySet<string> | null;
    readonly dry: boolean;
  }): DryRunResult {
    if (this.#suite === null) throw new Error('init() comes first');
    this.#isCounting = how.dry;
    const load = how.dry ? this.#suite.counting : this.#suite.plain;
    const tests: TestResult[] = [];
    let suite: Suite | null = null;
    const isLoaded = this.#within(MORE_MS, how.timeout, () => {
      tests.length = 0;
      suite = this.#attempt('(loading)', tests, () => {
        const loaded = load(how.filter, (check) => {
          this.#context.currentTestId = check;
        });
        delete this.#context.currentTestId;
        if (how.dry) loaded.warmUp();
        return loaded;
      });
    });
    if (!isLoaded) return { status: DryRunStatus.Timeout };
    const budget = how.dry || this.#durations.size === 0 ? Number.POSITIVE_INFINITY : this.#budget;
    for (const batch of this.#batches(suite, how.filter, budget)) {
      const done = tests.length;
      let isOver = false;
      const usual = batch.reduce((sum, { name }) => sum + (this.#durations.get(name) ?? 0), 0);
      const isEnded = this.#within(TIMES * usual + MORE_MS, how.timeout, () => {
        tests.length = done;
        for (const check of batch) {
          this.#context.currentTestId = check.name;
          const passed = this.#attempt(check.name, tests, () => {
            check.run();
            return true;
          });
          if (!passed && !how.disableBail) {
            isOver = true;
            return;
          }
        }
      });
      delete this.#context.currentTestId;
      if (!isEnded) return { status: DryRunStatus.Timeout };
      if (isOver) break;
    }
    return { status: DryRunStatus.Complete, tests };
  }

  /** The wanted checks, those that cost least for a find first, in batches; all in one where nothing is known of their times yet. */
  #batches(
    suite: Suite | null,
    filter: ReadonlySet<string> | null,
    budget: number,
  ): readonly (readonly Suite['checks'][number][])[] {
    const durationOf = ({ name }: { readonly name: string }) => this.#durations.get(name) ?? 0;
    // A check that never found anything counts as one that finds the thousandth part of one; a near one, a tenth.
    const costs = new Map<Suite['checks'][number], number>();
    const costOf = (check: Suite['checks'][number]) => costs.get(check) ?? 0;
    for (const check of suite?.checks ?? [])
      costs.set(
        check,
        (durationOf(check) + 0.1) / ((this.#finds.get(check.name) ?? 0) + (this.#near.test(check.name) ? 0.1 : 0.001)),
      );
    const wanted = (suite?.checks ?? [])
      .filter(({ name }) => !this.#failing.has(name) && (filter === null || filter.has(name)))
      .toSorted((a, b) => costOf(a) - costOf(b));
    const batches: Suite['checks'][number][][] = [];
    let room = 0;
    let left = budget;
    for (const check of wanted) {
      if (left < durationOf(check)) continue;
      left -= durationOf(check);
      if (room <= 0) {
        batches.push([]);
        room = BATCH_MS;
      }
      batches.at(-1)?.push(check);
      room -= durationOf(check);
    }
    return batches;
  }

  /**
   * Runs work until `limit`, or longer where the machine was busy with something else; at most half of `timeout`, where Stryker ends
   * the process. While times are unknown (they are found by the first run) only that bound holds.
   */
  #within(limit: number, timeout: number, work: () => void): boolean {
    let allowed = this.#durations.size === 0 || this.#isCounting ? timeout / 2 : limit;
    for (; allowed <= timeout / 2; allowed *= 2) {
      if (this.#context.hitCount !== undefined) this.#context.hitCount = 0;
      const started = cpuMs();
      if (runWithin(allowed, work)) return true;
      if (cpuMs() - started > allowed * BUSY_SHARE) return false;
    }
    return false;
  }

  #attempt<T>(id: string, tests: TestResult[], work: () => T): T | null {
    // Of the processor: a busy machine would make checks look too long for a budget.
    const started = cpuMs();
    const common = () => ({ id, name: id, timeSpentMs: cpuMs() - started });
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
