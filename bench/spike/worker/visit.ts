import { DurableObject } from 'cloudflare:workers';

export interface VisitPlan {
  readonly facts: number;
  readonly stateKb: number;
  readonly alarm: boolean;
  readonly transaction: boolean;
  /** Where the state goes: its own table, a row of the fact table, or the built-in key-value table. */
  readonly stateIn: string;
}

const fact = JSON.stringify({
  type: 'product.viewed',
  productId: 'sku-10431',
  category: 'shoes',
  price: 7995,
  page: '/p/10431',
});

/** The load target: one visit is some facts, one state row, perhaps an alarm. */
export class Visit extends DurableObject<{ readonly Visit: DurableObjectNamespace<Visit> }> {
  #state = new Uint8Array(0);
  #turn = 0;
  #ready = false;

  ping(): string {
    return 'ok';
  }

  async pingThrough(name: string): Promise<string> {
    return this.env.Visit.getByName(name).ping();
  }

  visit(plan: VisitPlan): string {
    this.#migrate();
    if (plan.transaction) this.ctx.storage.transactionSync(() => this.#write(plan));
    else this.#write(plan);
    if (plan.alarm) void this.ctx.storage.setAlarm(Date.now() + 3_600_000 + this.#turn);
    return 'ok';
  }

  #migrate(): void {
    if (this.#ready) return;
    const sql = this.ctx.storage.sql;
    sql.exec(
      'CREATE TABLE IF NOT EXISTS fact(source INTEGER, event_id TEXT, at INTEGER, purposes INTEGER, data TEXT, PRIMARY KEY(source, event_id)) WITHOUT ROWID',
    );
    sql.exec('CREATE TABLE IF NOT EXISTS state(id INTEGER PRIMARY KEY, data BLOB)');
    this.#ready = true;
  }

  #write(plan: VisitPlan): void {
    const sql = this.ctx.storage.sql;
    for (let i = 0; i < plan.facts; i++) {
      sql.exec('INSERT INTO fact VALUES (1, ?, ?, 7, ?) ON CONFLICT DO NOTHING', crypto.randomUUID(), Date.now(), fact);
    }
    if (plan.stateKb > 0) {
      if (this.#state.length !== plan.stateKb * 1024) this.#state = new Uint8Array(plan.stateKb * 1024).fill(7);
      this.#state[this.#turn % this.#state.length] = this.#turn++ & 255;
      if (plan.stateIn === 'kv') this.ctx.storage.kv.put('state', this.#state);
      else if (plan.stateIn === 'fact')
        sql.exec(
          "INSERT INTO fact VALUES (0, '', 0, 0, ?) ON CONFLICT DO UPDATE SET data = excluded.data",
          this.#state,
        );
      else sql.exec('INSERT INTO state VALUES (1, ?) ON CONFLICT(id) DO UPDATE SET data = excluded.data', this.#state);
    }
  }

  override alarm(): void {}
}
