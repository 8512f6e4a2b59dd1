import type { Cell, Program } from '../program.ts';

/** Who must be computed anew after a change: places in `Program.order`. Only residents need it. */
export interface CellLinks {
  /** By attribute, query, cell, segment. */
  readonly ofAttribute: Links;
  readonly ofQuery: Links;
  readonly ofCell: Links;
  readonly ofSegment: Links;
  /** Cells that read a score. */
  readonly ofScores: readonly number[];
  /** By cell. */
  readonly positions: Int32Array;
  /** By literal: the cell or segment that sets it; -1: an attribute does. */
  readonly owners: Int32Array;
  /** Measures that no segment reads, at first or second hand; and by cell, 1 for all others. */
  readonly unread: readonly number[];
  readonly isRead: Uint8Array;
}

/** From item i: `targets` from `starts[i]` to `starts[i + 1]`. */
export interface Links {
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

/** Made at the first question, and kept with the engine. */
export function linksOf(engine: { readonly program: Program; links: CellLinks | null }): CellLinks {
  engine.links ??= createCellLinks(engine.program);
  return engine.links;
}

function createCellLinks({ order, cells, attributes, queries, segments, words }: Program): CellLinks {
  const positions = new Int32Array(cells.length);
  const owners = new Int32Array(32 * words).fill(-1);
  for (let i = 0; i < order.length; i++) {
    const node = order[i] as number;
    if (node >= 0) positions[node] = i;
    for (const literal of literalsOf(node)) if (literal >= 0) owners[literal] = i;
  }
  function literalsOf(node: number): readonly number[] {
    if (node >= 0) {
      const cell = cells[node];
      return cell === undefined || cell.kind === 'value' ? [] : [cell.ifTrue, cell.ifFalse];
    }
    const segment = segments[~node];
    return segment === undefined ? [] : [segment.ifMember, segment.ifNotMember];
  }
  /** A new row is the newest: of a sequence it can only be the last step, or what must not come after it. */
  const queriesOf = (cell: Cell): readonly number[] => {
    if (cell.kind !== 'sequence') return cell.reads.queries;
    const last = cell.steps.at(-1)?.query ?? -1;
    return cell.exclude < 0 || cell.exclude === last ? [last] : [last, cell.exclude];
  };
  // Whoever reads a cell comes after it.
  const isRead = Uint8Array.from(cells, ({ kind }) => (kind === 'value' ? 0 : 1));
  for (const node of order.toReversed()) {
    if (node >= 0 && isRead[node] === 1) for (const cell of cells[node]?.reads.cells ?? []) isRead[cell] = 1;
  }
  const links = (count: number, read: 'attributes' | 'queries' | 'cells' | 'segments'): Links => {
    const starts = new Int32Array(count + 1);
    const itemsOf = (cell: Cell) => (read === 'queries' ? queriesOf(cell) : cell.reads[read]);
    for (const cell of cells) for (const item of itemsOf(cell)) starts[item + 1] = (starts[item + 1] as number) + 1;
    for (let i = 0; i < count; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
    const targets = new Int32Array(starts[count] as number);
    const next = starts.slice();
    for (const [position, cell] of cells.entries()) {
      for (const item of itemsOf(cell)) {
        targets[next[item] as number] = positions[position] as number;
        next[item] = (next[item] as number) + 1;
      }
    }
    return { starts, targets };
  };
  return {
    ofAttribute: links(attributes.length, 'attributes'),
    ofQuery: links(queries.length, 'queries'),
    ofCell: links(cells.length, 'cells'),
    ofSegment: links(segments.length, 'segments'),
    ofScores: cells.flatMap(({ reads }, cell) => (reads.scores ? [positions[cell] as number] : [])),
    positions,
    owners,
    unread: cells.flatMap((_, cell) => (isRead[cell] === 1 ? [] : [cell])),
    isRead,
  };
}
