import type { Log } from './log/log.ts';
import { evaluateAll } from './resident/evaluate-all.ts';
import type { Engine } from './resident/resident-state.ts';
import { ResidentState, type Subject } from './resident/resident-state.ts';

/**
 * Evaluates one profile after the other from scratch, in the same memory: for shadow runs, browsers and whoever keeps nothing of a profile. Nothing of
 * one profile reaches the next.
 */
export class Evaluator {
  readonly #engine: Engine;
  #state: ResidentState | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** By segment: 1 for a member. The next call overwrites it. */
  evaluate(log: Log, subject: Subject, now: number): Uint8Array {
    if (this.#state === null) this.#state = new ResidentState(this.#engine, log, subject, now, null);
    else this.#state.reset(log, subject, now);
    evaluateAll(this.#state);
    return this.#state.members;
  }
}
