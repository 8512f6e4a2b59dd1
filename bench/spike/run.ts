/**
 * node bench/spike/run.ts [part …] — prints markdown. Parts: probe rows throughput wake birth snapshot storage rpc hmac zod.
 * Evidence for docs/decisions/0001-profile-object-storage.md.
 */

import { measureBirth } from './experiments/birth.ts';
import { measureCases } from './experiments/cpu.ts';
import { measureRows } from './experiments/rows.ts';
import { measureThroughput } from './experiments/throughput.ts';
import { measureWake } from './experiments/wake.ts';
import { Client } from './load.ts';
import { startServer } from './server.ts';
import { renderTable, type Table } from './stats.ts';

const wanted = new Set(process.argv.slice(2));
const wants = (part: string): boolean => wanted.size === 0 || wanted.has(part);
const print = (table: Table): void => console.log(renderTable(table));

const server = await startServer();
const client = new Client(server.origin, 16);
try {
  if (wants('probe')) {
    const facts = JSON.parse(await client.text('/probe')) as Readonly<Record<string, string>>;
    print({ title: 'What the runtime allows', columns: ['question', 'answer'], rows: Object.entries(facts) });
  }
  if (wants('rows')) print(await measureRows(client));
  const birth = wants('birth') ? await measureBirth(client, server) : undefined;
  if (wants('wake')) print(await measureWake(client, server));
  if (birth) print(await birth());
  if (wants('snapshot')) {
    const sizes = await client.text('/sizes');
    print(
      await measureCases(
        client,
        '5. Snapshot of 500 events, 40 attributes, 200 memberships',
        '/cpu',
        [
          'json encode',
          'json encode to bytes',
          'columns encode from objects',
          'columns encode, resident columns',
          'json decode',
          'json decode from bytes',
          'columns decode to objects',
          'columns decode to columns',
          'structuredClone (copy only)',
        ],
        [`bytes: ${sizes}`],
      ),
    );
  }
  if (wants('storage')) {
    print(
      await measureCases(client, '5 and 6. With SQLite, inside one object turn', '/micro', [
        'kv.put(state object): V8 serialisation + write',
        'JSON.stringify + upsert',
        'encode resident columns + upsert',
        'kv.get(state object): read + V8 deserialisation',
        'select + JSON.parse',
        'select + decode to columns',
        'detect: SELECT from a table that exists',
        'detect: SELECT from a missing table, caught',
        'detect: sqlite_master',
        'detect: CREATE TABLE IF NOT EXISTS',
        "detect: kv.get('version')",
      ]),
    );
  }
  if (wants('rpc')) {
    print(
      await measureCases(client, '7. One object call by kind of argument (~2 kB)', '/rpc', [
        'no argument',
        'plain object',
        'JSON string',
        'JSON in an ArrayBuffer',
        'fetch with a JSON body',
      ]),
    );
  }
  if (wants('hmac')) {
    print(
      await measureCases(client, '8. HMAC-SHA-256 of 44 bytes', '/cpu', [
        'hmac node:crypto',
        'hmac subtle, key imported once',
        'hmac subtle, key imported each time',
      ]),
    );
  }
  if (wants('zod')) {
    print(
      await measureCases(client, '9. Checking one event envelope', '/cpu', [
        'envelope check by hand',
        'zod safeParse, default',
        'zod safeParse, jitless',
        'zod schema construction',
      ]),
    );
  }
  if (wants('throughput')) print(await measureThroughput(client));
} finally {
  await client.close();
  await server.stop();
}
