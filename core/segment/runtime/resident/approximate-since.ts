import { CELL } from '../cells/cell-plan.ts';
import { windowEnd } from '../cells/window-end.ts';
import { DAY_MS } from '../log/folded.ts';
import { neededNodes } from './needed-nodes.ts';
import type { ResidentState } from './resident-state.ts';

/**
 * The instant of the latest event that a segment would need in full but that was folded; null: it is exact. Counts and sums need such events only
 * where a window begins in the middle of a folded day; everything else needs all of them.
 */
export function approximateSince(state: ResidentState, segment: number): number | null {
  const { engine, log, plan, zone, now } = state;
  const { program } = engine;
  const { folded } = log;
  if (folded === null || folded.queryHash !== program.queryHash || folded.query.length === 0) return null;
  const needed = neededNodes(engine, [segment]);
  for (let position = 0; position < needed.length; position++) {
    const cell = program.order[position] as number;
    if (needed[position] === 0 || cell < 0) continue;
    const isTotal = plan.kinds[cell] === CELL.count || plan.kinds[cell] === CELL.sum;
    const window = plan.windows[cell] ?? null;
    for (const query of program.cells[cell]?.reads.queries ?? []) {
      for (let i = 0; i < folded.query.length; i++) {
        if (folded.query[i] !== query) continue;
        const start = (folded.day[i] as number) * DAY_MS;
        if (!isTotal) return folded.until;
        const ends = [windowEnd(start, window, zone), windowEnd(start + DAY_MS - 1, window, zone)];
        if (Math.min(...ends) <= now && Math.max(...ends) > now) return folded.until;
      }
    }
  }
  return null;
}
