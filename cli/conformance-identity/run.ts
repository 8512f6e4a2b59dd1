import { readFileSync } from 'node:fs';
import type { ObjectWorld } from './object-world.ts';
import { type ObjectResult, playOnObjects } from './play-objects.ts';
import { runVector, type VectorResult } from './run-vector.ts';
import { vectorSchema } from './vector.schema.ts';

export interface ConformanceReport {
  readonly lines: readonly string[];
  /** Wherever they can run. */
  readonly passed: number;
  readonly failed: number;
  /** Vectors of which something was neither shown nor refuted. Neither passed nor failed. */
  readonly pending: number;
}

interface Ran {
  readonly pure: VectorResult;
  /** Null: not asked. */
  readonly objects: ObjectResult | null;
}

/**
 * Runs every vector of a file on the pure engine and, with worlds of objects, those of tier core and protocol on these too: each world
 * plays one vector after the other, several worlds do so side by side.
 */
export async function runIdentityConformance(file: string, worlds: readonly ObjectWorld[]): Promise<ConformanceReport> {
  const vectors: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(vectors))
    return { lines: [`FAIL ${file}: not an array of vectors`, '0 passed, 1 failed'], passed: 0, failed: 1, pending: 0 };
  const ran = await runAll(vectors, worlds);
  const lines: string[] = [];
  const counts = { passed: 0, failed: 0, pending: 0 };
  for (const { pure, objects } of ran) {
    const failures = [...pure.failures, ...(objects?.failures ?? []).map((text) => `on objects: ${text}`)];
    const open = failures.length > 0 ? [] : openQuestions(pure, objects);
    counts[failures.length > 0 ? 'failed' : open.length > 0 ? 'pending' : 'passed']++;
    lines.push(...failures.map((text) => `FAIL ${pure.id}: ${text}`));
    if (open.length > 0)
      lines.push(`PURE ${pure.id}: holds on the pure engine, not shown by objects: ${open.join(', ')}`);
  }
  lines.push(
    `pure engine: ${tally(ran.map(({ pure }) => pure.failures))}`,
    worlds.length === 0 ? 'real objects: not asked' : `real objects: ${objectsTally(ran)}`,
    ...(counts.pending > 0 ? [`${counts.pending} not counted: what they need is said above`] : []),
    `${counts.passed} passed, ${counts.failed} failed`,
  );
  return { lines, ...counts };
}

async function runAll(vectors: readonly unknown[], worlds: readonly ObjectWorld[]): Promise<readonly Ran[]> {
  const ran: Ran[] = vectors.map((raw) => ({ pure: runVector(raw), objects: null }));
  let next = 0;
  const lane = async (world: ObjectWorld) => {
    for (let place = next++; place < vectors.length; place = next++) {
      const objects = await onObjects(vectors[place], world);
      ran[place] = { ...(ran[place] as Ran), objects };
    }
  };
  await Promise.all(worlds.map(lane));
  return ran;
}

async function onObjects(raw: unknown, world: ObjectWorld): Promise<ObjectResult | null> {
  const vector = vectorSchema.safeParse(raw);
  if (!vector.success || vector.data.tier === 'optional') return null;
  return playOnObjects(vector.data, world);
}

function objectsTally(ran: readonly Ran[]): string {
  const played = ran.flatMap(({ objects }) => (objects && objects.unplayable.length === 0 ? [objects.failures] : []));
  return `${tally(played)}, ${ran.length - played.length} not played`;
}

function tally(failures: readonly (readonly string[])[]): string {
  const passed = failures.filter(({ length }) => length === 0).length;
  return `${passed} passed, ${failures.length - passed} failed`;
}

/** What neither the engine nor the objects have shown. */
function openQuestions(pure: VectorResult, objects: ObjectResult | null): readonly string[] {
  if (objects === null) return pure.needsProtocol;
  return [...objects.unplayable, ...objects.unanswered.filter((field) => pure.needsProtocol.includes(field))];
}
