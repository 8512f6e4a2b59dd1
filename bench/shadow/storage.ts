import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** The SQL of an object's storage, on SQLite in memory: the sample's own code runs on it. */
export function memoryStorage(): DurableObjectStorage {
  const db = new DatabaseSync(':memory:');
  const prepared = new Map<string, StatementSync>();
  const own = (value: unknown) => (value instanceof Uint8Array ? value.buffer : value);
  const exec = (query: string, ...bindings: SQLInputValue[]) => {
    if (/;\s*\S/.test(query)) {
      db.exec(query);
      return { toArray: () => [] };
    }
    const statement = prepared.get(query) ?? db.prepare(query);
    prepared.set(query, statement);
    const rows = statement.all(...bindings);
    return {
      toArray: () =>
        rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, own(value)]))),
    };
  };
  const transactionSync = <T>(work: () => T): T => work();
  return { sql: { exec }, transactionSync } as unknown as DurableObjectStorage;
}
