import type { Client } from '../load.ts';
import { digits, median, type Table } from '../stats.ts';

const rounds = 7;
const targetMs = 40;

/** Times a case from outside the request: no clock inside the isolate has to be believed. */
export async function measureCases(
  client: Client,
  title: string,
  route: string,
  cases: readonly string[],
  notes: readonly string[] = [],
): Promise<Table> {
  const path = (name: string, n: number): string => `${route}?case=${encodeURIComponent(name)}&n=${n}`;
  const loops = new Map<string, number>();
  for (const name of cases) {
    let n = 4;
    while (n < 4_000_000 && (await client.timed(path(name, n))) < targetMs) n *= 2;
    loops.set(name, n);
  }
  const samples = new Map(cases.map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of cases) {
      const n = loops.get(name) ?? 1;
      const overheadMs = await client.timed(path(name, 0));
      samples.get(name)?.push((((await client.timed(path(name, n))) - overheadMs) * 1000) / n);
    }
  }
  const first = median(samples.get(cases[0] ?? '') ?? []);
  return {
    title: `${title} (median of ${rounds} interleaved rounds)`,
    columns: ['case', 'µs', '× first'],
    rows: cases.map((name) => {
      const us = median(samples.get(name) ?? []);
      return [name, digits(us), digits(us / first)];
    }),
    notes,
  };
}
