import type { Client } from '../load.ts';
import type { BirthResult } from '../results.ts';
import type { Server } from '../server.ts';
import { digits, median, type Table } from '../stats.ts';

const variants = [
  'nothing',
  'kv',
  't1',
  't1,t2',
  't1,t2,t3,t4',
  't1,t2,alarm',
  't1,fact,state-in-fact',
  't1,fact,state-in-kv',
  't1,t2,fact,state',
  't1,t2,fact,state,kv',
  't1,t2,t3,t4,fact,state',
];
const objects = 40;

/** Returns the table as a function: the sizes on disk are read later, when idle objects have been closed. */
export async function measureBirth(client: Client, server: Server): Promise<() => Promise<Table>> {
  const times = variants.map((): number[] => []);
  const results: BirthResult[] = [];
  const own = new Map<string, string[]>();
  for (let turn = 0; turn < objects; turn++) {
    for (const [i, variant] of variants.entries()) {
      const before = turn === 0 ? new Set((await server.files('Birth')).keys()) : undefined;
      const started = performance.now();
      results[i] = JSON.parse(await client.text(`/birth?variant=${variant}&o=${i}-${turn}`)) as BirthResult;
      times[i]?.push(performance.now() - started);
      if (before)
        own.set(
          variant,
          [...(await server.files('Birth')).keys()].filter((f) => !before.has(f) && !f.startsWith('metadata')),
        );
    }
  }
  const baseline = median(times[0] ?? []);
  return async () => {
    const after = await server.files('Birth');
    return {
      title: `6. First visit (${objects} fresh objects each, interleaved, 1 connection)`,
      columns: [
        'steps',
        'p50 ms',
        "over 'nothing', ms",
        'rows written by cursors',
        'databaseSize',
        'on disk after idle',
      ],
      rows: variants.map((variant, i) => {
        const files = own.get(variant) ?? [];
        const kept = files.filter((f) => after.has(f)).map((f) => `${f.slice(f.lastIndexOf('.'))} ${after.get(f)}`);
        const p50 = median(times[i] ?? []);
        return [
          variant,
          digits(p50),
          digits(p50 - baseline),
          String(results[i]?.rowsWritten),
          String(results[i]?.databaseSize),
          kept.join(', ') || 'no file',
        ];
      }),
      notes: [
        't1 fact (WITHOUT ROWID), t2 state, t3 meta, t4 outbox; kv = one storage.kv.put; rows of kv and alarm are billed but no cursor shows them',
      ],
    };
  };
}
