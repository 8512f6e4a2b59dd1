import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../load.ts';
import type { Server } from '../server.ts';
import { digits, median, quantile, type Table } from '../stats.ts';

const variants = ['nothing', 'snapshot', 'snapshot-objects', 'facts-raw', 'facts-parsed'];
const objects = 24;
const idleMs = 12_500;
const rounds = 2;

interface Touch {
  readonly instance: string;
}

/** Objects with 500 facts and one snapshot row; touched again after they were evicted for idleness. */
export async function measureWake(client: Client, server: Server): Promise<Table> {
  const woken = variants.map((): number[] => []);
  const warm = variants.map((): number[] => []);
  const instances = new Map<string, string>();
  const names = variants.flatMap((variant, v) =>
    Array.from({ length: objects }, (_, i) => ({ v, variant, name: `${i}-${v}` })),
  );
  names.sort((a, b) => Number.parseInt(a.name, 10) - Number.parseInt(b.name, 10));
  for (const { name } of names) instances.set(name, await client.text(`/wake/fill?o=${name}`));
  const openBefore = await server.openDatabases();
  let openAfter = 0;
  let evicted = 0;
  for (let round = 0; round < rounds; round++) {
    await sleep(idleMs);
    openAfter = await server.openDatabases();
    for (let turn = 0; turn < 3; turn++) {
      for (const { v, variant, name } of names) {
        const started = performance.now();
        const body = await client.text(`/wake/touch?variant=${variant}&o=${name}`);
        (turn === 0 ? woken : warm)[v]?.push(performance.now() - started);
        const { instance } = JSON.parse(body) as Touch;
        if (turn === 0 && instances.get(name) !== instance) evicted++;
        instances.set(name, instance);
      }
    }
  }
  const base = median(woken[0] ?? []);
  return {
    title: `4. Waking after ${idleMs / 1000} s idle (${objects} objects × ${rounds} rounds, 1 connection)`,
    columns: [
      'read on wake',
      'p50 ms, woken',
      'p90 ms, woken',
      "over 'nothing', ms",
      'p50 ms, read again while resident',
      'rows read',
    ],
    rows: variants.map((variant, v) => {
      const p50 = median(woken[v] ?? []);
      const rows = variant === 'nothing' ? 0 : variant.startsWith('snapshot') ? 1 : 500;
      return [
        variant,
        digits(p50),
        digits(quantile(woken[v] ?? [], 0.9)),
        digits(p50 - base),
        digits(median(warm[v] ?? [])),
        String(rows),
      ];
    }),
    notes: [
      `${evicted} of ${names.length * rounds} first touches met a new instance; open SQLite files: ${openBefore} before idling, ${openAfter} after`,
    ],
  };
}
