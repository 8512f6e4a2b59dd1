import type { Label } from '../../policy/labels.ts';
import type { Assembly } from './assembly.ts';
import { type PlanReads, readsOf } from './cell-reads.ts';
import { type Formula, visitLiterals } from './formula.ts';
import { type CellLineage, type DirectReads, type EventReads, eventReads, type Lineage } from './lineage.ts';
import { type NumberedLog, queryColumns } from './number-program.ts';

interface LineageInput extends Assembly {
  readonly formulas: readonly Formula[];
  /** In the numbers of Tables, in the order of the program. */
  readonly cells: readonly number[];
  readonly origins: ReadonlyMap<number, ReadonlySet<string>>;
  readonly measuresOf: ReadonlyMap<string, ReadonlySet<string>>;
  /** Positions in the program. */
  readonly measureCells: Readonly<Record<string, number>>;
  readonly numbered: NumberedLog;
}

/** Writes down what each node of a program reads itself. */
export function compileLineage(input: LineageInput): Lineage {
  const { tables, numbered, attributes } = input;
  const attributeName = (attribute: number) => tables.attributes[attribute] ?? '';
  const segmentId = (segment: number) => input.segments[segment]?.id ?? '';
  const position = (cell: number) => numbered.numbers.cells.get(cell) ?? -1;
  const labelled = [...(attributes ?? [])].filter(([, { labels }]) => labels.length > 0);
  return {
    segments: Object.fromEntries(
      input.segments.map(({ id, purpose }, i) => {
        const reads = formulaReads(input.formulas[i]);
        return [
          id,
          {
            purpose,
            measures: [...(input.measuresOf.get(id) ?? [])].sort(),
            attributes: [...reads.attributes].map(attributeName).sort(),
            events: [],
            eventLabels: [],
            models: [],
            cells: [...reads.cells].map(position).sort((a, b) => a - b),
            segments: [...reads.segments].map(segmentId).sort(),
          },
        ];
      }),
    ),
    measures: Object.fromEntries(
      input.measures.map(({ id, purpose }) => [id, { cell: input.measureCells[id] ?? -1, purpose }]),
    ),
    cells: input.cells.map((cell): CellLineage => {
      const reads = readsOf(tables.cellAt(cell));
      const events = eventsOf(reads, input);
      const direct: DirectReads = {
        attributes: [...reads.attributes].map(attributeName).sort(),
        events,
        eventLabels: labelsOf(events, input.eventLabels),
        models: [...reads.models].sort(),
        cells: [...reads.cells].map(position).sort((a, b) => a - b),
        segments: [...reads.segments].map(segmentId).sort(),
      };
      const origins = [...(input.origins.get(cell) ?? [])].sort();
      const named = (kind: string) =>
        origins.filter((origin) => origin.startsWith(kind)).map((origin) => origin.slice(kind.length));
      return { ...direct, ofMeasures: named('measure '), ofSegments: named('segment ') };
    }),
    attributeLabels: Object.fromEntries(labelled.map(([name, { labels }]) => [name, [...labels].sort()])),
  };
}

function formulaReads(formula: Formula | undefined) {
  const reads = { attributes: new Set<number>(), cells: new Set<number>(), segments: new Set<number>() };
  if (!formula) return reads;
  visitLiterals(formula, (leaf) => {
    if (leaf.kind === 'predicate') reads.attributes.add(leaf.attribute);
    else if (leaf.kind === 'cell') reads.cells.add(leaf.cell);
    else reads.segments.add(leaf.segment);
  });
  return reads;
}

/** A field that general code reads may be read of every event that the code sees. */
function eventsOf(reads: PlanReads, { tables }: LineageInput): readonly EventReads[] {
  const found = new Map<string | null, Set<string>>();
  for (const position of reads.queries) {
    const query = tables.queryAt(position);
    const columns = [...queryColumns(query), ...reads.columns];
    const fields = columns.map((column) => tables.columns[column]?.steps.join('.') ?? '');
    for (const type of query.types ?? [null]) {
      const known = found.get(type) ?? new Set();
      for (const field of fields) known.add(field);
      found.set(type, known);
    }
  }
  return eventReads(found);
}

function labelsOf(events: readonly EventReads[], labels: Assembly['eventLabels']): readonly Label[] {
  if (!labels) return [];
  const found = new Set(events.flatMap(({ type, fields }) => fields.flatMap((field) => labels(type ?? '*', field))));
  return [...found].sort();
}
