import type { Space } from '../../core/lib/ids.ts';
import type { Env } from '../env.ts';
import { budgetStub } from '../stores/budget-stub.ts';

/** How much of an offer's budget is handed out, by space and offer. */
export type Budgets = (space: Space, offer: string) => { granted(): Promise<number> };

export function budgetsOf(env: Pick<Env, 'BUDGET'>): Budgets {
  return (space, offer) => budgetStub(env, space, offer);
}
