import type { Loader, LoadResult } from './load.ts';
import type { CaseName } from './requests.ts';
import type { Server } from './servers.ts';
import { median, sum } from './stats.ts';

/** One of the things compared: a server, and the visitors it knows. */
export interface Side {
  readonly label: string;
  readonly server: Server;
  readonly visitors: readonly string[];
  readonly serverKey: string;
}

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of the whole workerd process per request. */
  readonly cpuMs: number;
  readonly last: LoadResult;
}

export interface Plan {
  readonly name: CaseName;
  readonly rounds: number;
  /** Requests of one round. */
  readonly count: number;
  readonly connections: number;
}

/** What each answer must hold. The floor gives the product's answers, so it is checked alike. */
const EXPECTED: Readonly<Record<CaseName, string>> = {
  warm: '"accepted":1,',
  woken: '"accepted":1,',
  first: '"isNew":true',
  batch: '"accepted":10,',
  decide: '"propositions":[{',
  seed: '"accepted":',
  empty: 'empty',
};

/** Event ids and addresses are made of it, so that no two requests of a run are the same. */
let number = 0;

export async function runOnce(
  loader: Loader,
  side: Side,
  plan: Omit<Plan, 'rounds'>,
  from = number,
): Promise<LoadResult> {
  number = Math.max(number, from) + plan.count;
  const recipe = { name: plan.name, visitors: side.visitors, serverKey: side.serverKey, from };
  const expect = side.label === 'empty' ? 'empty' : EXPECTED[plan.name];
  return loader.run({ origin: side.server.url, recipe, count: plan.count, connections: plan.connections, expect });
}

/** The sides take turns within each round, and each round begins with another one. Medians over the rounds. */
export async function measure(
  loader: Loader,
  sides: readonly Side[],
  plan: Plan,
): Promise<ReadonlyMap<string, Measured>> {
  const results = new Map(
    sides.map((side) => [side.label, [] as { readonly load: LoadResult; readonly cpuSeconds: number }[]]),
  );
  // Every side gets the same numbers: the same visitors in the same order.
  const start = Math.ceil(number / 1_000_000) * 1_000_000;
  for (let round = 0; round < plan.rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(round + turn) % sides.length];
      if (!side) continue;
      const before = await side.server.cpuSeconds();
      const load = await runOnce(loader, side, plan, start + round * plan.count);
      results.get(side.label)?.push({ load, cpuSeconds: (await side.server.cpuSeconds()) - before });
    }
  }
  return new Map([...results].map(([label, rounds]) => [label, summary(rounds)]));
}

function summary(rounds: readonly { readonly load: LoadResult; readonly cpuSeconds: number }[]): Measured {
  const loads = rounds.map(({ load }) => load);
  const last = loads.at(-1);
  if (!last) throw new Error('no rounds');
  return {
    perSecond: median(loads.map((load) => (load.count * 1000) / load.elapsedMs)),
    p50Ms: median(loads.map((load) => load.p50Ms)),
    p99Ms: median(loads.map((load) => load.p99Ms)),
    // Ticks are coarse: all rounds together.
    cpuMs: (sum(rounds.map(({ cpuSeconds }) => cpuSeconds)) * 1000) / sum(loads.map((load) => load.count)),
    last,
  };
}
