import type { CoreEngine, Run, Subject } from './core-engine.ts';
import type { Log } from './log/log.ts';
import { createPlainRun } from './plain-run.ts';

/**
 * Evaluates one profile after the other from scratch, in the same memory: for shadow runs, browsers and whoever keeps nothing of a profile. Nothing of
 * one profile reaches the next.
 */
export class Evaluator {
  readonly #run: Run;

  constructor(engine: CoreEngine) {
    this.#run = engine.createRun?.() ?? createPlainRun(engine);
  }

  /** By segment: 1 for a member. The next call overwrites it. */
  evaluate(log: Log, subject: Subject, now: number): Uint8Array {
    return this.#run(log, subject, now);
  }
}
