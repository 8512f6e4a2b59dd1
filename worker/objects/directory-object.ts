import { DurableObject } from 'cloudflare:workers';
import { noteUse, type Quarantine, UNUSED, type ValueUse } from '../../core/identity/hot-value.ts';
import { NO_DEFECTS } from '../../core/identity/protocol/defects.ts';
import { type DirectoryNode, EMPTY_DIRECTORY } from '../../core/identity/protocol/directory-node.ts';
import { handleDirectory } from '../../core/identity/protocol/handle-directory.ts';
import type { DirectoryMessage } from '../../core/identity/protocol/message.ts';
import type { DirectoryAnswer, DirectoryRpc } from '../../core/interaction/rpc.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { DAY_MS } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import type { Env } from '../env.ts';
import { logLine } from '../observe/log.ts';

const NO_TABLE = /no such table/;

type Stored = DirectoryNode & Partial<Pick<ValueUse, 'linkers' | 'quarantine'>>;

/**
 * Who owns one foreign identity: one row, the place where ownership is decided one call after the other. Asking stores nothing. The row is read
 * with every call: memory alone may belong to an object that has been replaced.
 */
export class DirectoryObject extends DurableObject<Env> implements DirectoryRpc {
  #calls = UNUSED.calls;

  async handle(message: DirectoryMessage, now: Instant, device: number | null = null): Promise<DirectoryAnswer> {
    const held = this.#read();
    const { linkers = [], quarantine = null, ...stored } = held ?? (EMPTY_DIRECTORY as Stored);
    const use = noteUse({ calls: this.#calls, linkers, quarantine }, device, now);
    this.#calls = use.calls;
    const node =
      use.quarantine && message.kind === 'resolve'
        ? stored
        : handleDirectory(stored, message, { now, defects: NO_DEFECTS });
    const worthARow = node !== stored || (held !== null && use.linkers !== linkers) || use.quarantine !== quarantine;
    if (worthARow) this.#write({ ...node, linkers: use.linkers, quarantine: use.quarantine });
    const alarm = alarmOf(stored, node, quarantine, use.quarantine, now);
    if (alarm) this.ctx.waitUntil(this.#tell(alarm, node.owner, now));
    return { ...node, quarantine: use.quarantine };
  }

  /** For the operators' health list. That one is late or missing must not cost anybody an answer. */
  async #tell({ kind, detail }: Alarm, owner: string | null, now: Instant): Promise<void> {
    const [space, namespace, hash] = this.ctx.id.name?.split(':') ?? [];
    if (!space || !namespace || !hash) return;
    try {
      await this.env.CONTROL.prepare(
        'INSERT INTO identity_alarm (space, kind, namespace, hash, pid, detail, at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (space, kind, namespace, hash) DO UPDATE SET pid = excluded.pid, detail = excluded.detail, at = excluded.at',
      )
        .bind(space, kind, namespace, hash, owner, detail, now)
        .run();
    } catch (error) {
      logLine({ kind: 'identityAlarm', outcome: 'failed', error: error instanceof Error ? error.name : 'unknown' });
    }
  }

  #read(): Stored | null {
    try {
      const row = this.ctx.storage.sql.exec<{ body: string }>('SELECT body FROM directory').toArray()[0];
      return row ? (JSON.parse(row.body) as Stored) : null;
    } catch (error) {
      if (error instanceof Error && NO_TABLE.test(error.message)) return this.#readFormer();
      throw error;
    }
  }

  /** The layout before identities could be erased. */
  #readFormer(): DirectoryNode | null {
    try {
      const row = this.ctx.storage.sql
        .exec<{ owner: string; epoch: number }>('SELECT owner, epoch FROM owner')
        .toArray()[0];
      return row ? { ...EMPTY_DIRECTORY, owner: row.owner, epoch: row.epoch } : null;
    } catch (error) {
      if (error instanceof Error && NO_TABLE.test(error.message)) return null;
      throw error;
    }
  }

  #write(row: Stored): void {
    this.ctx.storage.transactionSync(() => {
      const { sql } = this.ctx.storage;
      sql.exec('CREATE TABLE IF NOT EXISTS directory (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL)');
      sql.exec(
        'INSERT INTO directory VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
        JSON.stringify(row),
      );
    });
  }
}

interface Alarm {
  readonly kind: 'sharedDevice' | 'quarantined';
  readonly detail: string;
}

/** Owners within a day that make a device a shared one. */
function alarmOf(
  before: DirectoryNode,
  after: DirectoryNode,
  held: Quarantine | null,
  quarantine: Quarantine | null,
  now: Instant,
): Alarm | null {
  if (quarantine && quarantine.since !== held?.since) return { kind: 'quarantined', detail: quarantine.reason };
  if (after.owners === before.owners) return null;
  const owners = new Set(after.owners.filter(({ at }) => at > now - DAY_MS).map(({ pid }) => pid)).size;
  return owners > limit('ownersPerDeviceDay') ? { kind: 'sharedDevice', detail: String(owners) } : null;
}
