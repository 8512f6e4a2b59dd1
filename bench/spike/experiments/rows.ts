import type { Client } from '../load.ts';
import type { ShapeResult } from '../results.ts';
import type { Table } from '../stats.ts';

export async function measureRows(client: Client): Promise<Table> {
  const results = JSON.parse(await client.text('/shapes')) as readonly ShapeResult[];
  return {
    title: '1. Rows written (cursor.rowsWritten)',
    columns: ['shape', 'DDL, once', 'visit of 1 event', 'batch of 10', 'later', 'what later is'],
    rows: results.map((r) => [r.shape, String(r.ddl), String(r.one), String(r.ten), String(r.later), r.laterIs]),
  };
}
