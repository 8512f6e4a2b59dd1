import { createCoreEngine, type Engine } from './create-core-engine.ts';
import { generalCode } from './general-code.ts';
import type { Program } from './program.ts';

export type { Engine } from './create-core-engine.ts';

/** An engine that runs every program. */
export function createEngine(program: Program): Engine {
  return createCoreEngine(program, generalCode);
}
