import type { Cell, CellReads, Program, ProgramSegment } from '../runtime/program.ts';
import type { Assembly } from './assembly.ts';
import { type PlanReads, readsOf } from './cell-reads.ts';
import { clusterSegments } from './cluster-segments.ts';
import { evaluationOrder, readSegments } from './evaluation-order.ts';
import { constant, type Formula, visitLiterals } from './formula.ts';
import { hoistShared } from './hoist-shared.ts';
import { JumpWriter } from './jump-code.ts';
import type { Lineage } from './lineage.ts';
import { compileLineage } from './lineage-of-program.ts';
import { layOutLiterals } from './literal-layout.ts';
import { type NumberedLog, numberCell, numberProgram } from './number-program.ts';
import type { RuleFormulas } from './rule-formulas.ts';

export function assembleProgram(
  rules: RuleFormulas,
  assembly: Assembly,
): { readonly program: Program; readonly lineage: Lineage; readonly measures: Readonly<Record<string, number>> } {
  const { segments, tables, zone } = assembly;
  const every = segments.map(({ id }) => rules.formula(id));
  const formulas = assembly.only ? withoutIdle(every, assembly.only, assembly) : every;
  const roots = assembly.measures.map(({ id }) => rules.cell(id));
  const isCell = (node: number) => node >= 0;
  hoistShared(tables, evaluationOrder(tables, formulas, roots).filter(isCell));
  // Once more: parts that were given a cell of their own come before those that read them.
  const needed = evaluationOrder(tables, formulas, roots);
  const cells = needed.filter(isCell);
  const numbered = numberProgram(tables, cells, predicated(formulas));
  const layout = layOutLiterals(formulas, numbered.numbers.attributes);
  const writer = new JumpWriter(layout);
  const accesses = formulas.map((formula) => writer.access(formula));
  const order = clusterSegments(needed, formulas, accesses);
  // What runs together stands together.
  const starts: number[] = [];
  for (const node of order) if (node < 0) starts[~node] = writer.write(formulas[~node] as Formula);
  const program: Program = {
    format: 2,
    logHash: numbered.logHash,
    queryHash: numbered.queryHash,
    log: numbered.log,
    zone,
    attributes: numbered.attributes,
    queries: numbered.queries,
    cells: cells.map((cell): Cell => {
      const plan = tables.cellAt(cell);
      const reads = numberReads(readsOf(plan), numbered);
      const pair = plan.kind === 'value' ? {} : layout.pair({ kind: 'cell', cell });
      return { ...numberCell(plan, numbered.numbers), ...pair, reads } as Cell;
    }),
    words: layout.words,
    predicates: layout.predicates,
    segments: segments.map(({ id }, segment): ProgramSegment => {
      const { ifTrue, ifFalse } = layout.pair({ kind: 'segment', segment });
      const [start, access] = [starts[segment] as number, accesses[segment] as number];
      return { id, start, access, ifMember: ifTrue, ifNotMember: ifFalse };
    }),
    code: writer.code,
    order: order.map((node) => (node < 0 ? node : (numbered.numbers.cells.get(node) ?? -1))),
  };
  const measures = Object.fromEntries(
    assembly.measures.map(({ id }, i) => [id, numbered.numbers.cells.get(roots[i] ?? -1) ?? -1]),
  );
  const lineage = compileLineage({
    ...assembly,
    formulas,
    cells,
    origins: rules.origins,
    measuresOf: rules.measuresOf,
    measureCells: measures,
    numbered,
  });
  return { program, lineage, measures };
}

/** Nobody is a member of a segment that is neither wanted nor read by one that is. */
function withoutIdle(
  formulas: readonly Formula[],
  wanted: ReadonlySet<string>,
  { segments, tables }: Assembly,
): readonly Formula[] {
  const read = readSegments(
    tables,
    formulas,
    segments.flatMap(({ id }, segment) => (wanted.has(id) ? [segment] : [])),
  );
  return formulas.map((formula, segment) => (read.has(segment) ? formula : constant(false)));
}

function predicated(formulas: readonly Formula[]): ReadonlySet<number> {
  const attributes = new Set<number>();
  for (const formula of formulas) {
    visitLiterals(formula, (leaf) => {
      if (leaf.kind === 'predicate') attributes.add(leaf.attribute);
    });
  }
  return attributes;
}

function numberReads(reads: PlanReads, { numbers }: NumberedLog): CellReads {
  const sorted = (items: ReadonlySet<number>, map: ReadonlyMap<number, number> | null) =>
    [...items].map((item) => map?.get(item) ?? item).sort((a, b) => a - b);
  return {
    attributes: sorted(reads.attributes, numbers.attributes),
    queries: sorted(reads.queries, numbers.queries),
    cells: sorted(reads.cells, numbers.cells),
    segments: sorted(reads.segments, null),
    scores: reads.models.size > 0,
  };
}
