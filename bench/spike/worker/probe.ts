/** What this runtime lets us do: facts that the design asks about. */

import * as v8 from 'node:v8';
import { util } from 'zod/v4/core';

function attempt(work: () => unknown): string {
  try {
    return String(work());
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

export function probeWorker(): Record<string, string> {
  return {
    'clock inside a request advances while computing': attempt(() => {
      const started = performance.now();
      let sink = 0;
      for (let i = 0; i < 20_000_000; i++) sink += i;
      return `${performance.now() - started > 1} (${sink > 0})`;
    }),
    'new Function': attempt(() => typeof new Function('')),
    'zod: eval probe answers': attempt(() => util.allowsEval.value),
    'node:v8 serialize': attempt(() => v8.serialize({ a: 1 }).length),
  };
}

function writeBlob(sql: SqlStorage, bytes: number): number {
  sql.exec('CREATE TABLE IF NOT EXISTS probe(id INTEGER PRIMARY KEY, data BLOB)');
  return sql.exec('INSERT OR REPLACE INTO probe VALUES (1, ?)', new Uint8Array(bytes)).rowsWritten;
}

export function probeSql(sql: SqlStorage): Record<string, string> {
  return {
    'PRAGMA user_version': attempt(() => JSON.stringify(sql.exec('PRAGMA user_version').toArray())),
    'SELECT from a missing table': attempt(() => sql.exec('SELECT 1 FROM missing').toArray().length),
    'SELECT name FROM sqlite_master': attempt(() =>
      JSON.stringify(sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'").toArray()),
    ),
    'bytes stored of a 3-byte view on 8 bytes': attempt(
      () => sql.exec<{ n: number }>('SELECT length(?) AS n', new Uint8Array(8).subarray(2, 5)).one().n,
    ),
    'a blob of 2,000,000 bytes': attempt(() => writeBlob(sql, 2_000_000)),
    'a blob of 2,200,000 bytes': attempt(() => writeBlob(sql, 2_200_000)),
    'rows written by a blob of 1,000,000 bytes': attempt(() => writeBlob(sql, 1_000_000)),
    'SELECT total_changes()': attempt(() => JSON.stringify(sql.exec('SELECT total_changes() AS n').toArray())),
    'PRAGMA page_size': attempt(() => JSON.stringify(sql.exec('PRAGMA page_size').toArray())),
  };
}
