import type { Contender } from './contender.ts';

/** Our engine behind the benchmark's interface; null until it is there, and then baseline and GrowthBook are compared alone. */
export const selvedge: Contender | null = null;
