import { createCoreEngine } from './create-core-engine.ts';
import { generalCode } from './general-code.ts';
import type { Program } from './program.ts';
import type { Engine } from './resident/resident-state.ts';

export type { Engine } from './resident/resident-state.ts';

/** An engine that runs every program. */
export function createEngine(program: Program): Engine {
  return createCoreEngine(program, generalCode);
}
