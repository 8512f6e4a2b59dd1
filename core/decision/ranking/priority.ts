import type { Ranking } from './ranking.ts';

/** The offer's own priority. */
export function rankByPriority(): Ranking {
  return { is: 'static', rank: ({ priority }) => priority };
}
