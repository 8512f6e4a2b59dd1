import { arrivalOrders } from './arrival-orders.ts';
import { checkExpectation } from './check-expectation.ts';
import { type Vector, type VectorStep, vectorSchema } from './vector.schema.ts';
import { createWorld, playStep } from './world.ts';

export interface VectorResult {
  readonly id: string;
  readonly failures: readonly string[];
  /** What of this vector only the real objects can show; a vector with any is not counted as passed. */
  readonly needsProtocol: readonly string[];
}

/** Runs one vector on the pure engine, in every arrival order that it allows. Never throws: what goes wrong is a failure. */
export function runVector(raw: unknown): VectorResult {
  const parsed = vectorSchema.safeParse(raw);
  if (!parsed.success) {
    const failures = parsed.error.issues.map(({ path, message }) => `not understood: ${path.join('.')}: ${message}`);
    return { id: nameOf(raw), failures, needsProtocol: [] };
  }
  const vector = parsed.data;
  const needed = new Set<string>(protocolNeeds(vector));
  const failures: string[] = [];
  try {
    for (const order of arrivalOrders(vector.steps)) {
      const found = runOrder(vector, order, needed);
      if (found.length === 0) continue;
      const arrival = order === vector.steps ? '' : ` (arrival ${order.map(({ id }) => id).join(' ')})`;
      failures.push(...found.map((text) => `${text}${arrival}`));
      break;
    }
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  }
  return { id: vector.id, failures, needsProtocol: [...needed] };
}

function runOrder(vector: Vector, steps: readonly VectorStep[], needed: Set<string>): readonly string[] {
  const failures: string[] = [];
  const checkpoints = (vector.expect.checkpoints ?? []) as readonly Record<string, unknown>[];
  const open = new Set(checkpoints);
  let world = createWorld(vector.config);
  const check = (expect: Readonly<Record<string, unknown>>, prefix: string) => {
    const verdict = checkExpectation(world, expect);
    failures.push(...verdict.failures.map((text) => prefix + text));
    for (const field of verdict.protocol) needed.add(field);
  };
  for (const step of steps) {
    world = playStep(world, step);
    for (const checkpoint of checkpoints) {
      if (checkpoint.after !== step.id || !open.delete(checkpoint)) continue;
      check(checkpoint, `after ${step.id}: `);
    }
  }
  for (const { after } of open) failures.push(`checkpoint after ${String(after)}: no such step`);
  check(vector.expect, '');
  return failures;
}

/** Hints, recovery of objects and faults happen between objects; a vector of tier protocol asks for them by its tier. */
function protocolNeeds(vector: Vector): readonly string[] {
  const needs = vector.tier === 'protocol' ? ['tier protocol'] : [];
  for (const [name, value] of Object.entries(vector.harness ?? {}))
    needs.push(`harness.${name} ${JSON.stringify(value)}`);
  for (const step of vector.steps) {
    if (step.op === 'restore') needs.push('restore');
    if (step.hint !== undefined) needs.push('hint');
    if (step.entry !== undefined) needs.push('entry');
  }
  return needs;
}

function nameOf(raw: unknown): string {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : null;
  return typeof id === 'string' ? id : '(vector without id)';
}
