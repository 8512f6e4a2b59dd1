import { DurableObject } from 'cloudflare:workers';
import { grantLease } from '../../core/decision/lease.ts';
import type { Env } from '../env.ts';
import type { BudgetRpc } from '../stores/budget-stub.ts';

const GRANTED = 'granted';

/** How much of one offer's budget is handed out. What was granted is never taken back, so that it is never exceeded: a lease that is lost is not used. */
export class BudgetObject extends DurableObject<Env> implements BudgetRpc {
  async lease(total: number, wanted: number): Promise<number> {
    const granted = await this.granted();
    const more = grantLease(granted, total, wanted);
    // Nothing is told before it is written: the output gate holds the answer back.
    if (more > 0) await this.ctx.storage.put(GRANTED, granted + more);
    return more;
  }

  async granted(): Promise<number> {
    return (await this.ctx.storage.get<number>(GRANTED)) ?? 0;
  }
}
