import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** What `createProfileStore` takes of an object's storage, on SQLite in memory. */
export function sqliteStorage(): DurableObjectStorage {
  let db = new DatabaseSync(':memory:');
  let prepared = new Map<string, StatementSync>();
  const exec = (query: string, ...bindings: SQLInputValue[]) => {
    // As an object's storage does: several statements at once take no bindings.
    if (/;\s*\S/.test(query)) {
      db.exec(query);
      return cursorOf([]);
    }
    const statement = prepared.get(query) ?? db.prepare(query);
    prepared.set(query, statement);
    const rows = statement.all(...bindings);
    return cursorOf(
      rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, own(value)]))),
    );
  };
  const storage = {
    sql: { exec },
    transactionSync<T>(work: () => T): T {
      db.exec('SAVEPOINT work');
      try {
        const result = work();
        db.exec('RELEASE work');
        return result;
      } catch (error) {
        db.exec('ROLLBACK TO work; RELEASE work');
        throw error;
      }
    },
    async deleteAll() {
      db.close();
      db = new DatabaseSync(':memory:');
      prepared = new Map();
    },
  };
  return storage as unknown as DurableObjectStorage;
}

function cursorOf(rows: readonly unknown[]) {
  return { toArray: () => rows, rowsRead: 0, rowsWritten: 0 };
}

/** Objects read blobs as buffers, not as views. */
function own(value: unknown): unknown {
  return value instanceof Uint8Array ? value.slice().buffer : value;
}
