import type { Rule } from '../rule.ts';
import { CODE_RULES } from './code.ts';
import { CYCLE_RULES } from './cycles.ts';
import { FILE_RULES } from './files.ts';
import { LAYER_RULES } from './layers.ts';
import { ROOM_RULES } from './rooms.ts';
import { START_UP_RULES } from './start-up.ts';

/** Every rule of the house that a machine can check. */
export const RULES: readonly Rule[] = [
  ...ROOM_RULES,
  ...LAYER_RULES,
  ...START_UP_RULES,
  ...CYCLE_RULES,
  ...FILE_RULES,
  ...CODE_RULES,
];
