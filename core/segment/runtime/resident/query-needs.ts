import { DAY_MS } from '../log/folded.ts';
import type { Program, Window } from '../program.ts';

/**
 * How far back, and how many of the newest, rows of each query matter to the cells that read it. Time does not go back: what is out of all
 * windows once is of no use again.
 */
export function queryNeeds({ queries, cells }: Program): {
  readonly spans: Float64Array;
  readonly mostRows: Float64Array;
} {
  const spans = new Float64Array(queries.length);
  const mostRows = new Float64Array(queries.length);
  const need = (query: number, span: number, rows: number) => {
    if (query < 0) return;
    spans[query] = Math.max(spans[query] as number, span);
    mostRows[query] = Math.max(mostRows[query] as number, rows);
  };
  for (const cell of cells) {
    if (cell.kind === 'count') need(cell.query, longest(cell.window), cell.n);
    else if (cell.kind === 'sum') need(cell.query, longest(cell.window), Infinity);
    else if (cell.kind === 'sequence') {
      // All that matters is later than the first row of the chain.
      let span = Infinity;
      for (const step of cell.steps) {
        need(step.exclude, span, Infinity);
        span = Math.min(span, longest(step.window));
        need(step.query, span, Infinity);
      }
      need(cell.exclude, span, Infinity);
    } else for (const query of cell.reads.queries) need(query, Infinity, Infinity);
  }
  return { spans, mostRows };
}

/** Milliseconds, or a little more. */
function longest(window: Window | null): number {
  if (window === null) return Infinity;
  return window.is === 'span' ? window.ms : (31 * window.months + 2) * DAY_MS;
}
