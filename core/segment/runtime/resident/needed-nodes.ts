import { linksOf } from './cell-links.ts';
import type { Engine } from './resident-state.ts';

/** By place in `Program.order`: 1 for each cell and segment that these segments read, at first or second hand, and for themselves. */
export function neededNodes(engine: Engine, segments: Iterable<number>): Uint8Array {
  const { program, segments: bits } = engine;
  const { positions, owners } = linksOf(engine);
  const needed = new Uint8Array(program.order.length);
  const open: number[] = [];
  const need = (position: number) => {
    if (position < 0 || needed[position] === 1) return;
    needed[position] = 1;
    open.push(position);
  };
  for (const segment of segments) need(bits.positions[segment] as number);
  for (let position = open.pop(); position !== undefined; position = open.pop()) {
    const node = program.order[position] as number;
    if (node >= 0) {
      const reads = program.cells[node]?.reads;
      for (const cell of reads?.cells ?? []) need(positions[cell] as number);
      for (const segment of reads?.segments ?? []) need(bits.positions[segment] as number);
    } else for (const literal of literalsOf(bits, ~node)) need(owners[literal] as number);
  }
  return needed;
}

/** Every literal that the segment's code may read. */
function literalsOf({ code, starts, accesses }: Engine['segments'], segment: number): ReadonlySet<number> {
  const literals = new Set<number>();
  const seen = new Set<number>();
  const open = [starts[segment] as number];
  if ((accesses[segment] as number) >= 0) literals.add(accesses[segment] as number);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at < 0 || seen.has(at)) continue;
    seen.add(at);
    literals.add(code[at] as number);
    open.push(code[at + 1] as number, code[at + 2] as number);
  }
  return literals;
}
