import type { Outcome } from '../../core/source/mapper.ts';
import { describeProblem, type ProblemKind } from '../../core/source/problem.ts';

/** How many problems are told one by one; the others are only counted. */
const MAX_TOLD = 20;

/** Counts what became of the rows. `rows` = rows in events + dropped + lost to problems, once the file has ended. */
export class MappingTally {
  rows = 0;
  events = 0;
  rowsInEvents = 0;
  rowsLost = 0;
  itemsOmitted = 0;
  longEvents = 0;
  readonly eventsByType = new Map<string, number>();
  readonly droppedByReason = new Map<string, number>();
  readonly problemsByKind = new Map<ProblemKind, number>();
  readonly told: string[] = [];

  count(outcome: Outcome): void {
    if (outcome.kind === 'event') {
      this.events++;
      this.rowsInEvents += outcome.event.lines;
      this.itemsOmitted += outcome.event.itemsOmitted;
      if (outcome.event.itemsOmitted > 0) this.longEvents++;
      increase(this.eventsByType, outcome.event.type, 1);
    } else if (outcome.kind === 'dropped') {
      increase(this.droppedByReason, outcome.reason, outcome.lines);
    } else {
      this.rowsLost += outcome.problem.lines;
      increase(this.problemsByKind, outcome.problem.kind, 1);
      if (this.told.length < MAX_TOLD) this.told.push(describeProblem(outcome.problem));
    }
  }

  get rowsDropped(): number {
    return sum(this.droppedByReason);
  }

  get problems(): number {
    return sum(this.problemsByKind);
  }
}

export function increase<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

export function sum(counts: ReadonlyMap<unknown, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
