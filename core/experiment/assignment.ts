import type { Instant } from '../lib/ids.ts';

/** When somebody first saw a variant. */
export interface Exposure {
  readonly variant: string;
  readonly at: Instant;
}

/** What one person has of one version of one experiment. */
export interface Assignment {
  readonly experiment: string;
  readonly version: number;
  /** Id of a variant, `HELD`, or for the space's holdout `HELD` or `OPEN`. */
  readonly variant: string;
  readonly at: Instant;
  /** What was hashed: `profile`, or a namespace. */
  readonly by: string;
  /** By variant, in the order of their ids: more than one where two strands had seen different ones before they were joined. */
  readonly seen: readonly Exposure[];
}

/** At most one for each experiment and version, in their order. */
export type Assignments = readonly Assignment[];

/** Kept out. No id of a variant looks like it. */
export const HELD = '~held';
/** Not kept out, by the space's holdout. */
export const OPEN = '~open';
/** The experiment that stands for the space's holdout. No id of an experiment looks like it. */
export const GLOBAL_HOLDOUT = '~holdout';

/**
 * The assignments of one person from those of two strands: of each experiment and version the earliest wins (of the same instant the lower variant, so
 * that order does not matter), and what was seen is kept of both. Associative, commutative, idempotent.
 */
export function joinAssignments(one: Assignments, other: Assignments): Assignments {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const joined: Assignment[] = [];
  let j = 0;
  for (const mine of one) {
    while (j < other.length && order(other[j] as Assignment, mine) < 0) joined.push(other[j++] as Assignment);
    const theirs = other[j];
    if (theirs && order(theirs, mine) === 0) {
      joined.push(joinPair(mine, theirs));
      j++;
    } else joined.push(mine);
  }
  joined.push(...other.slice(j));
  return joined;
}

function joinPair(a: Assignment, b: Assignment): Assignment {
  const first = isEarlier(b, a) ? b : a;
  const seen = joinSeen(a.seen, b.seen);
  return seen.length === first.seen.length && seen.every(({ at }, i) => at === first.seen[i]?.at)
    ? first
    : { ...first, seen };
}

function isEarlier(a: Assignment, b: Assignment): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.variant !== b.variant) return a.variant < b.variant;
  return a.by < b.by;
}

function joinSeen(a: readonly Exposure[], b: readonly Exposure[]): readonly Exposure[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const first = new Map<string, Instant>();
  for (const { variant, at } of [...a, ...b]) {
    const held = first.get(variant);
    if (held === undefined || at < held) first.set(variant, at);
  }
  return [...first].sort(([x], [y]) => (x < y ? -1 : 1)).map(([variant, at]) => ({ variant, at }));
}

function order(a: Pick<Assignment, 'experiment' | 'version'>, b: Pick<Assignment, 'experiment' | 'version'>): number {
  if (a.experiment !== b.experiment) return a.experiment < b.experiment ? -1 : 1;
  return a.version - b.version;
}

/** What a person has of one version of an experiment, or null. */
export function findAssignment(assignments: Assignments, experiment: string, version: number): Assignment | null {
  for (const assignment of assignments) {
    if (assignment.experiment === experiment && assignment.version === version) return assignment;
  }
  return null;
}

/** Without what no ruleset in use has any more: `current` gives the version of an experiment, or null when there is none. */
export function pruneAssignments(
  assignments: Assignments,
  current: (experiment: string) => number | null,
): Assignments {
  const kept = assignments.filter(({ experiment, version }) => {
    const now = current(experiment);
    return now !== null && version >= now;
  });
  return kept.length === assignments.length ? assignments : kept;
}

export interface NotedExposure {
  readonly assignments: Assignments;
  /** Whether this is the first time: then, and only then, `experiment.exposed` is written. */
  readonly first: boolean;
}

/** The person saw the variant that they are assigned to. Nothing changes where there is no such assignment, where they are kept out, or where it was noted before. */
export function noteExposure(
  assignments: Assignments,
  experiment: string,
  version: number,
  at: Instant,
): NotedExposure {
  const found = findAssignment(assignments, experiment, version);
  if (!found || found.variant === HELD || found.variant === OPEN) return { assignments, first: false };
  if (found.seen.some(({ variant }) => variant === found.variant)) return { assignments, first: false };
  const seen = joinSeen(found.seen, [{ variant: found.variant, at }]);
  return { assignments: assignments.map((each) => (each === found ? { ...each, seen } : each)), first: true };
}
