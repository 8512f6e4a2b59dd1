import type { Space } from '../../core/lib/ids.ts';
import type { Env } from '../env.ts';

/** The whole RPC surface of a budget object. */
export interface BudgetRpc {
  /** Up to `wanted` of what is left of `total`; 0: it is spent. */
  lease(total: number, wanted: number): Promise<number>;
  /** Handed out so far, used or not. */
  granted(): Promise<number>;
}

export function budgetStub(env: Pick<Env, 'BUDGET'>, space: Space, offer: string): BudgetRpc {
  return env.BUDGET.get(env.BUDGET.idFromName(`${space}:${offer}`)) as unknown as BudgetRpc;
}
