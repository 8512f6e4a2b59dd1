import { readFileSync } from 'node:fs';
import { runVector } from './run-vector.ts';

export interface ConformanceReport {
  readonly lines: readonly string[];
  readonly passed: number;
  readonly failed: number;
  /** Vectors whose pure part holds and whose rest only real objects can show. Neither passed nor failed. */
  readonly needProtocol: number;
}

/** Runs every vector of a file on the pure engine. */
export function runIdentityConformance(file: string): ConformanceReport {
  const vectors: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(vectors))
    return { lines: [`FAIL ${file}: not an array of vectors`], passed: 0, failed: 1, needProtocol: 0 };
  const results = vectors.map(runVector);
  const failed = results.filter(({ failures }) => failures.length > 0);
  const sound = results.filter(({ failures }) => failures.length === 0);
  const pending = sound.filter(({ needsProtocol }) => needsProtocol.length > 0);
  const passed = sound.length - pending.length;
  return {
    lines: [
      ...failed.flatMap(({ id, failures }) => failures.map((text) => `FAIL ${id}: ${text}`)),
      ...pending.map(
        ({ id, needsProtocol }) =>
          `PURE ${id}: holds on the pure engine, needs objects for: ${needsProtocol.join(', ')}`,
      ),
      `pure engine: ${pending.length} of ${vectors.length} vectors need the real objects too and are counted neither way`,
      `${passed} passed, ${failed.length} failed`,
    ],
    passed,
    failed: failed.length,
    needProtocol: pending.length,
  };
}
