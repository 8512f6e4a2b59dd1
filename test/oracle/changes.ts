import { Interpreter, type OracleInput } from './interpreter.ts';
import type { Truth } from './value.ts';

/** Evaluations after which the search gives up: a test that needs more asks for too long a horizon. */
const MOST_STEPS = 200_000;

export function evaluateAt(input: OracleInput, now: number): Truth {
  return new Interpreter(input, now).run();
}

/**
 * Every flip of membership in (now, horizon], if no further fact arrives. Each evaluation names the earliest later
 * instant at which it may differ; between two of those a flip is found by bisection, so that a named instant may also
 * be late (decay crosses a threshold anywhere).
 */
export function flipsUntil(input: OracleInput, now: number, horizon: number): readonly number[] {
  const flips: number[] = [];
  let at = now;
  let member = evaluateAt(input, at) === true;
  for (let steps = 0; at < horizon; steps++) {
    if (steps > MOST_STEPS) throw new Error('too many instants to look at');
    const probe = new Interpreter(input, at);
    probe.run();
    const next = Math.min(probe.clock.next, horizon);
    const then = evaluateAt(input, next) === true;
    if (then !== member) flips.push(firstWith(input, then, at, next));
    at = next;
    member = then;
  }
  return flips;
}

/** The first millisecond in (from, to] with the membership of `to`. */
function firstWith(input: OracleInput, member: boolean, from: number, to: number): number {
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((evaluateAt(input, middle) === true) === member) high = middle;
    else low = middle;
  }
  return high;
}
