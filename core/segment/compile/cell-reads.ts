import type { Code } from '../runtime/code.ts';
import { visitCode } from './code-walk.ts';
import type { CellPlan } from './tables.ts';

/** What a cell reads directly, in the numbers of Tables. */
export interface PlanReads {
  readonly attributes: Set<number>;
  readonly queries: Set<number>;
  readonly cells: Set<number>;
  readonly segments: Set<number>;
  readonly models: Set<string>;
  /** Columns that are read outside of queries. */
  readonly columns: Set<number>;
}

export function readsOf(plan: CellPlan): PlanReads {
  switch (plan.kind) {
    case 'value':
    case 'truth':
      return codeReads(plan.code);
    case 'count':
      return { ...nothing(), queries: new Set([plan.query]) };
    case 'sum':
      return { ...nothing(), queries: new Set([plan.query]), columns: new Set([plan.column]) };
    case 'sequence': {
      const queries = plan.steps.flatMap(({ query, exclude }) => [query, exclude]);
      return { ...nothing(), queries: new Set([...queries, plan.exclude].filter((query) => query >= 0)) };
    }
  }
}

function nothing(): PlanReads {
  return {
    attributes: new Set(),
    queries: new Set(),
    cells: new Set(),
    segments: new Set(),
    models: new Set(),
    columns: new Set(),
  };
}

export function codeReads(code: Code): PlanReads {
  const reads = nothing();
  visitCode(code, (node) => {
    switch (node.op) {
      case 'attribute':
        reads.attributes.add(node.attribute);
        if (node.otherwise >= 0) reads.cells.add(node.otherwise);
        return;
      case 'cell':
        reads.cells.add(node.cell);
        return;
      case 'member':
        reads.segments.add(node.segment);
        return;
      case 'score':
        reads.models.add(node.model);
        return;
      case 'rows':
        reads.queries.add(node.query);
        return;
      case 'field':
        if (node.column >= 0) reads.columns.add(node.column);
    }
  });
  return reads;
}
