import { writeAttributes } from './bits/attribute-bits.ts';
import { evaluatePlain, rowsByType } from './cells/plain-cells.ts';
import type { CoreEngine, Run } from './core-engine.ts';
import type { Cell } from './program.ts';
import { runOrder } from './run-order.ts';

/** Evaluates from scratch with no more than the program says: events anew for each cell that asks. For few events, and small bundles. */
export function createPlainRun(engine: CoreEngine): Run {
  const { program, bits } = engine;
  const attributes: unknown[] = [];
  const words = new Int32Array(program.words);
  const members = new Uint8Array(program.segments.length);
  return (log, subject, now) => {
    if (log.folded !== null) throw new Error('the log has folded days');
    const { attributes: names, cells, queries, zone } = program;
    for (let i = 0; i < names.length; i++) attributes[i] = subject.attribute(names[i] as string);
    // Those of attributes and members are written in any case, but those of cells are only set.
    words.fill(0);
    writeAttributes(bits, attributes, words);
    const rows = { log, subject, queries, zone, now, byType: rowsByType(log) };
    runOrder(engine, words, members, (cell) => {
      const of = cells[cell] as Cell;
      if (of.kind === 'value' || of.kind === 'truth') return -1;
      return evaluatePlain(of, rows) ? of.ifTrue : of.ifFalse;
    });
    return members;
  };
}
