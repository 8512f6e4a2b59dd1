import type { Label } from '../../policy/labels.ts';
import { PURPOSES, type Purpose } from '../../policy/purposes.ts';

/** What is read of events of one type. */
export interface EventReads {
  /** Null: of any type. */
  readonly type: string | null;
  /** Dotted paths in the event's data, or from `context` on; the envelope is not named. Sorted. */
  readonly fields: readonly string[];
}

/** What one node of the program reads itself; what it reads through others is found by following `cells` and `segments`. */
export interface DirectReads {
  readonly attributes: readonly string[];
  readonly events: readonly EventReads[];
  /** Of those fields of events. */
  readonly eventLabels: readonly Label[];
  readonly models: readonly string[];
  /** Positions in the program. */
  readonly cells: readonly number[];
  /** Ids. */
  readonly segments: readonly string[];
}

export interface SegmentLineage extends DirectReads {
  readonly purpose: Purpose;
  /** Ids. A measure may have become part of a cell of another kind. */
  readonly measures: readonly string[];
}

export interface CellLineage extends DirectReads {
  /** Measures and segments for which the cell stands. */
  readonly ofMeasures: readonly string[];
  readonly ofSegments: readonly string[];
}

/** Plain JSON, for operators: policies, erasure, explain. Linear in the size of the program. */
export interface Lineage {
  readonly segments: Readonly<Record<string, SegmentLineage>>;
  readonly measures: Readonly<Record<string, { readonly cell: number; readonly purpose: Purpose }>>;
  /** By position in the program. */
  readonly cells: readonly CellLineage[];
  /** Of attributes that have some. */
  readonly attributeLabels: Readonly<Record<string, readonly Label[]>>;
}

/** All that a rule reads, itself and through everything it is built on. Each list is sorted and without doubles. */
export interface RuleLineage {
  readonly attributes: readonly string[];
  readonly labels: readonly Label[];
  readonly events: readonly EventReads[];
  /** Ids, without the rule's own. */
  readonly measures: readonly string[];
  readonly segments: readonly string[];
  readonly models: readonly string[];
  /** Of the rule and of everything on the way: what consent it needs. In the order of PURPOSES. A cell alone has none of its own. */
  readonly purposes: readonly Purpose[];
}

/** Follows what a segment, a measure (by id) or a cell (by position) reads; null for none of that name. */
export function lineageOf(
  lineage: Lineage,
  kind: 'segment' | 'measure' | 'cell',
  id: string | number,
): RuleLineage | null {
  const found = new Collector(lineage);
  if (kind === 'segment') found.segment(String(id));
  else if (kind === 'measure') found.measure(String(id));
  else found.cell(Number(id));
  if (found.isEmpty) return null;
  found.follow();
  if (kind === 'segment') found.segments.delete(String(id));
  if (kind === 'measure') found.measures.delete(String(id));
  return found.result();
}

class Collector {
  readonly segments = new Set<string>();
  readonly measures = new Set<string>();
  readonly purposes = new Set<Purpose>();
  readonly #lineage: Lineage;
  readonly #attributes = new Set<string>();
  readonly #labels = new Set<Label>();
  readonly #models = new Set<string>();
  readonly #events = new Map<string | null, Set<string>>();
  readonly #seen = new Set<string | number>();
  readonly #open: DirectReads[] = [];

  constructor(lineage: Lineage) {
    this.#lineage = lineage;
  }

  get isEmpty(): boolean {
    return this.#seen.size === 0;
  }

  segment(id: string): void {
    const reads = Object.hasOwn(this.#lineage.segments, id) ? this.#lineage.segments[id] : undefined;
    if (reads === undefined || this.#seen.has(id)) return;
    this.#seen.add(id);
    this.segments.add(id);
    this.purposes.add(reads.purpose);
    this.#open.push(reads);
    for (const measure of reads.measures) this.measure(measure);
  }

  measure(id: string): void {
    const measure = Object.hasOwn(this.#lineage.measures, id) ? this.#lineage.measures[id] : undefined;
    if (measure === undefined) return;
    this.measures.add(id);
    this.purposes.add(measure.purpose);
    this.cell(measure.cell);
  }

  cell(position: number): void {
    const reads = this.#lineage.cells[position];
    if (reads === undefined || this.#seen.has(position)) return;
    this.#seen.add(position);
    this.#open.push(reads);
    for (const id of reads.ofMeasures) this.measure(id);
    for (const id of reads.ofSegments) this.segment(id);
  }

  follow(): void {
    for (let reads = this.#open.pop(); reads; reads = this.#open.pop()) {
      for (const name of reads.attributes) {
        this.#attributes.add(name);
        const labels = Object.hasOwn(this.#lineage.attributeLabels, name) ? this.#lineage.attributeLabels[name] : [];
        for (const label of labels ?? []) this.#labels.add(label);
      }
      for (const label of reads.eventLabels) this.#labels.add(label);
      for (const model of reads.models) this.#models.add(model);
      for (const { type, fields } of reads.events) {
        const known = this.#events.get(type) ?? new Set();
        for (const field of fields) known.add(field);
        this.#events.set(type, known);
      }
      for (const cell of reads.cells) this.cell(cell);
      for (const id of reads.segments) this.segment(id);
    }
  }

  result(): RuleLineage {
    return {
      attributes: [...this.#attributes].sort(),
      labels: [...this.#labels].sort(),
      events: eventReads(this.#events),
      measures: [...this.measures].sort(),
      segments: [...this.segments].sort(),
      models: [...this.#models].sort(),
      purposes: PURPOSES.filter((purpose) => this.purposes.has(purpose)),
    };
  }
}

/** By type, "any" first. */
export function eventReads(found: ReadonlyMap<string | null, ReadonlySet<string>>): readonly EventReads[] {
  return [...found]
    .sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))
    .map(([type, fields]) => ({ type, fields: [...fields].sort() }));
}
