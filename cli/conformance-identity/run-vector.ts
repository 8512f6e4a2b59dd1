import { walkArrivals } from './arrival-orders.ts';
import { checkExpectation } from './check-expectation.ts';
import { pureView } from './pure-view.ts';
import { type Vector, type VectorStep, vectorSchema } from './vector.schema.ts';
import { createWorld, playStep, type World } from './world.ts';

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
  const checkpoints = (vector.expect.checkpoints ?? []) as readonly Members[];
  for (const { after } of checkpoints) {
    if (!vector.steps.some(({ id }) => id === after)) failures.push(`checkpoint after ${String(after)}: no such step`);
  }
  const check = (world: World, expect: Members, prefix: string): readonly string[] => {
    const verdict = checkExpectation(pureView(world), expect);
    for (const field of verdict.unanswered) needed.add(field);
    return verdict.failures.map((text) => prefix + text);
  };
  const play = ({ world, found, open }: Played, step: VectorStep): Played => {
    const next = playStep(world, step);
    const due = open.filter(({ after }) => after === step.id);
    return {
      world: next,
      open: due.length === 0 ? open : open.filter((checkpoint) => !due.includes(checkpoint)),
      found: [...found, ...due.flatMap((checkpoint) => check(next, checkpoint, `after ${step.id}: `))],
    };
  };
  try {
    const start = { world: createWorld(vector.config), found: [], open: checkpoints };
    walkArrivals(vector.steps, start, play, ({ world, found }, order) => {
      const all = [...found, ...check(world, vector.expect, '')];
      const inOrder = order.every((step, place) => step === vector.steps[place]);
      const arrival = inOrder ? '' : ` (arrival ${order.map(({ id }) => id).join(' ')})`;
      failures.push(...all.map((text) => `${text}${arrival}`));
      return all.length === 0;
    });
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  }
  return { id: vector.id, failures, needsProtocol: [...needed] };
}

type Members = Readonly<Record<string, unknown>>;

/** A vector half played: what went wrong at its checkpoints, and those that are still to come. */
interface Played {
  readonly world: World;
  readonly found: readonly string[];
  readonly open: readonly Members[];
}

/**
 * What of a vector happens between objects. The engine must pass tier core as it is: where a request comes in and which hint it
 * carries must not show. Recovery of one object is nothing that pure data has.
 */
function protocolNeeds(vector: Vector): readonly string[] {
  const needs = vector.steps.some(({ op }) => op === 'restore') ? ['restore'] : [];
  if (vector.tier !== 'protocol') return needs;
  const harness = Object.entries(vector.harness ?? {}).map(
    ([name, value]) => `harness.${name} ${JSON.stringify(value)}`,
  );
  return [`tier ${vector.tier}`, ...needs, ...harness];
}

function nameOf(raw: unknown): string {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : null;
  return typeof id === 'string' ? id : '(vector without id)';
}
