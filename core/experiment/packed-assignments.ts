import type { Instant } from '../lib/ids.ts';
import type { Assignment, Assignments, Exposure } from './assignment.ts';

/** Experiment, version, variant, at, by; then variant and instant of each exposure. JSON as it is. */
export type PackedAssignment = readonly (string | number)[];

const FIXED = 5;

/** Assignments as a strand keeps and carries them. `unpackAssignments` gives the same back. */
export function packAssignments(assignments: Assignments): readonly PackedAssignment[] {
  return assignments.map(({ experiment, version, variant, at, by, seen }) => [
    experiment,
    version,
    variant,
    at,
    by,
    ...seen.flatMap((exposure) => [exposure.variant, exposure.at]),
  ]);
}

export function unpackAssignments(packed: readonly PackedAssignment[]): Assignments {
  return packed.map((tuple): Assignment => {
    const [experiment, version, variant, at, by] = tuple as [string, number, string, Instant, string];
    const seen: Exposure[] = [];
    for (let i = FIXED; i + 1 < tuple.length; i += 2)
      seen.push({ variant: tuple[i] as string, at: tuple[i + 1] as Instant });
    return { experiment, version, variant, at, by, seen };
  });
}
