import { type Client, type Load, medianLoad } from '../load.ts';
import { digits, type Table } from '../stats.ts';

const objects = 32;
const rounds = 6;

interface Scenario {
  readonly name: string;
  readonly path: string;
}

const visit = (name: string, query: string): Scenario => ({ name, path: `/visit?${query}&o=` });

const scenarios: readonly Scenario[] = [
  { name: 'empty Worker', path: '/empty?o=' },
  { name: 'one object hop, no write', path: '/ping?o=' },
  { name: 'two hops, Worker calls A then B', path: '/ping-two?o=' },
  { name: 'two hops, A calls B', path: '/ping-nested?o=' },
  visit('1 insert', 'facts=1'),
  visit('1 insert + state 4 kB', 'facts=1&stateKb=4'),
  visit('1 insert + state 16 kB', 'facts=1&stateKb=16'),
  visit('1 insert + state 64 kB', 'facts=1&stateKb=64'),
  visit('1 insert + state 16 kB, setAlarm each time', 'facts=1&stateKb=16&alarm=1'),
  visit('1 insert + state 16 kB, transactionSync', 'facts=1&stateKb=16&transaction=1'),
  visit('1 insert + state 16 kB as a fact row', 'facts=1&stateKb=16&stateIn=fact'),
  visit('1 insert + state 16 kB in storage.kv', 'facts=1&stateKb=16&stateIn=kv'),
  visit('10 inserts + state 16 kB', 'facts=10&stateKb=16'),
];

/** Every scenario has its own objects; rounds interleave the scenarios; the first round only warms up. */
export async function measureThroughput(client: Client): Promise<Table> {
  const single = scenarios.map((): Load[] => []);
  const sixteen = scenarios.map((): Load[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, scenario] of scenarios.entries()) {
      const path = (turn: number): string => `${scenario.path}s${i}-${turn % objects}`;
      const one = await client.load(path, 1, 220);
      const many = await client.load(path, 16, 300);
      if (round > 0) {
        single[i]?.push(one);
        sixteen[i]?.push(many);
      }
    }
  }
  const base = medianLoad(single[1] ?? []);
  return {
    title: `2 and 3. Latency and throughput (${objects} objects a scenario, median of ${rounds} interleaved rounds)`,
    columns: [
      'scenario',
      'p50 ms, 1 conn.',
      'p99 ms, 1 conn.',
      '× one hop',
      'p50 ms, 16 conn.',
      'p99 ms, 16 conn.',
      'requests/s, 16 conn.',
    ],
    rows: scenarios.map((scenario, i) => {
      const one = medianLoad(single[i] ?? []);
      const many = medianLoad(sixteen[i] ?? []);
      return [
        scenario.name,
        digits(one.p50Ms),
        digits(one.p99Ms),
        digits(one.p50Ms / base.p50Ms),
        digits(many.p50Ms),
        digits(many.p99Ms),
        many.requestsPerSecond.toFixed(0),
      ];
    }),
  };
}
