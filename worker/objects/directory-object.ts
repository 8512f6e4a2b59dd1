import { DurableObject } from 'cloudflare:workers';
import type { DirectoryEntry, DirectoryRpc } from '../../core/interaction/rpc.ts';
import type { Instant, ProfileId } from '../../core/lib/ids.ts';
import type { Env } from '../env.ts';

interface OwnerRow extends Record<string, SqlStorageValue> {
  readonly owner: string;
  readonly epoch: number;
}

const NO_TABLE = /no such table/;

/** Who owns one foreign identity: one row, the place where ownership is decided one call after the other. Asking stores nothing. */
export class DirectoryObject extends DurableObject<Env> implements DirectoryRpc {
  #entry: Omit<DirectoryEntry, 'created'> | null = null;

  async resolve(mint: ProfileId | null, now: Instant): Promise<DirectoryEntry | null> {
    this.#entry ??= this.#read();
    if (this.#entry) return { ...this.#entry, created: false };
    if (!mint) return null;
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec(
        'CREATE TABLE IF NOT EXISTS owner (id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT NOT NULL, epoch INTEGER NOT NULL, since INTEGER NOT NULL)',
      );
      this.ctx.storage.sql.exec('INSERT INTO owner VALUES (1, ?, 1, ?)', mint, now);
    });
    this.#entry = { owner: mint, epoch: 1 };
    return { ...this.#entry, created: true };
  }

  #read(): Omit<DirectoryEntry, 'created'> | null {
    try {
      const row = this.ctx.storage.sql.exec<OwnerRow>('SELECT owner, epoch FROM owner').toArray()[0];
      return row ? { owner: row.owner as ProfileId, epoch: row.epoch } : null;
    } catch (error) {
      if (error instanceof Error && NO_TABLE.test(error.message)) return null;
      throw error;
    }
  }
}
