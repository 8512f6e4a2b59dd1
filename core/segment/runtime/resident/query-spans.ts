import { longestSpan } from '../cells/window-end.ts';
import type { Program } from '../program.ts';

/**
 * How far back rows of each query matter to the cells that read it, in milliseconds. Time does not go back: what is out of all windows once is of no
 * use again.
 */
export function querySpans({ queries, cells }: Program): Float64Array {
  const spans = new Float64Array(queries.length);
  const need = (query: number, span: number) => {
    if (query >= 0) spans[query] = Math.max(spans[query] as number, span);
  };
  for (const cell of cells) {
    if (cell.kind === 'count' || cell.kind === 'sum') need(cell.query, longestSpan(cell.window));
    else if (cell.kind === 'sequence') {
      // All that matters is later than the first row of the chain.
      let span = Number.POSITIVE_INFINITY;
      for (const step of cell.steps) {
        need(step.exclude, span);
        span = Math.min(span, longestSpan(step.window));
        need(step.query, span);
      }
      need(cell.exclude, span);
    } else for (const query of cell.reads.queries) need(query, Number.POSITIVE_INFINITY);
  }
  return spans;
}
