import { createAttributeBits } from './bits/attribute-bits.ts';
import { createSegmentBits } from './bits/segments.ts';
import type { CoreEngine } from './core-engine.ts';
import type { Program } from './program.ts';

/** Whether a program can only run with the interpreter of general code. */
export function needsGeneralCode({ cells, queries }: Pick<Program, 'cells' | 'queries'>): boolean {
  return cells.some(({ kind }) => kind === 'value' || kind === 'truth') || queries.some(({ rest }) => rest !== null);
}

/**
 * The small engine, a quarter of the whole, for browsers: it evaluates from scratch, and events anew for each cell. Throws if the program needs general code;
 * `Evaluator.evaluate` throws for a log with folded days.
 */
export function createCoreEngine(program: Program): CoreEngine {
  if (needsGeneralCode(program)) throw new Error('the program has general code');
  return { program, bits: createAttributeBits(program), segments: createSegmentBits(program), createRun: null };
}
