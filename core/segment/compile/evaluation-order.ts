import { readsOf } from './cell-reads.ts';
import { type Formula, visitLiterals } from './formula.ts';
import type { Tables } from './tables.ts';

/**
 * Every cell c that something needs as `c` and every segment s as `~s`, each after all that it reads. Cells come first
 * where they can, so that segments stand in long runs.
 */
export function evaluationOrder(
  tables: Tables,
  formulas: readonly Formula[],
  roots: readonly number[],
): readonly number[] {
  const needsOf = (node: number) => nodeNeeds(tables, formulas, node);
  const order: number[] = [];
  const started = new Set<number>();
  const open: { readonly node: number; readonly needs: readonly number[]; next: number }[] = [];
  const start = (node: number) => {
    if (started.has(node)) return;
    started.add(node);
    open.push({ node, needs: needsOf(node), next: 0 });
  };
  const run = (root: number) => {
    start(root);
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const need = top.needs[top.next++];
      if (need !== undefined) start(need);
      else {
        open.pop();
        order.push(top.node);
      }
    }
  };
  for (const formula of formulas) for (const need of formulaNeeds(formula)) if (need >= 0) run(need);
  for (const root of roots) run(root);
  for (let segment = 0; segment < formulas.length; segment++) run(~segment);
  return order;
}

/** These segments, and those that they read, themselves or through others. */
export function readSegments(
  tables: Tables,
  formulas: readonly Formula[],
  segments: readonly number[],
): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = segments.map((segment) => ~segment);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...nodeNeeds(tables, formulas, node));
  }
  return new Set([...seen].flatMap((node) => (node < 0 ? [~node] : [])));
}

/** What a cell `c`, or a segment `~s`, reads itself. */
function nodeNeeds(tables: Tables, formulas: readonly Formula[], node: number): readonly number[] {
  if (node < 0) return formulaNeeds(formulas[~node]);
  const { cells, segments } = readsOf(tables.cellAt(node));
  return [...cells, ...[...segments].map((segment) => ~segment)];
}

function formulaNeeds(formula: Formula | undefined): readonly number[] {
  const needs: number[] = [];
  if (formula) {
    visitLiterals(formula, (leaf) => {
      if (leaf.kind === 'cell') needs.push(leaf.cell);
      if (leaf.kind === 'segment') needs.push(~leaf.segment);
    });
  }
  return needs;
}
