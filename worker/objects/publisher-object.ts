import { DurableObject } from 'cloudflare:workers';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { AuditEntry } from '../../core/ruleset/audit-entry.ts';
import type { Manifest } from '../../core/ruleset/manifest.ts';
import type * as Rpc from '../../core/ruleset/publisher-rpc.ts';
import { sha256Hex } from '../sha256.ts';
import { assemble, type PublisherEnv } from './publisher/assemble.ts';
import { changeChangeSet } from './publisher/change-sets.ts';
import { changeResource, recordAct } from './publisher/changes.ts';
import { finish } from './publisher/finish.ts';
import { setFreeze } from './publisher/freeze.ts';
import { goOn } from './publisher/gradual.ts';
import { setOperator } from './publisher/operator-changes.ts';
import { publishChangeSet } from './publisher/publish-change-set.ts';
import { publishDrafts } from './publisher/publish-drafts.ts';
import { wakeUp } from './publisher/publish-due.ts';
import { putData } from './publisher/put-data.ts';
import { reportFailure } from './publisher/report-failure.ts';
import { rollback } from './publisher/rollback.ts';
import { createTurnstile } from './publisher/turnstile.ts';

export type { PublisherEnv };

type Answer<T> = Promise<Result<T, Rpc.PublisherProblem>>;

/** One per space, named by it: the single serialised writer of configuration, sequences and audit. A thin shell over `publisher/`. */
export class PublisherObject extends DurableObject<PublisherEnv> implements Rpc.PublisherRpc {
  readonly #parts: ReturnType<typeof assemble>;
  readonly #turnstile = createTurnstile();

  constructor(state: DurableObjectState, env: PublisherEnv) {
    super(state, env);
    this.#parts = assemble(state, env);
  }

  change(command: Rpc.ChangeCommand): Answer<Rpc.Changed> {
    return this.#write('change', () => changeResource(this.#parts, command));
  }

  setOperator(command: Rpc.OperatorCommand): Answer<null> {
    return this.#write('setOperator', () => setOperator(this.#parts, command));
  }

  record(command: Rpc.RecordCommand): Answer<null> {
    return this.#write('record', () => recordAct(this.#parts, command));
  }

  publish(command: Rpc.PublishCommand): Answer<Rpc.Published> {
    return this.#inTurn('publish', () => publishDrafts(this.#parts, command));
  }

  publishChangeSet(command: Rpc.PublishChangeSetCommand): Answer<Rpc.Published> {
    return this.#inTurn('publishChangeSet', () => publishChangeSet(this.#parts, command));
  }

  changeSet(command: Rpc.ChangeSetCommand): Answer<Rpc.ChangeSetDone> {
    return this.#write('changeSet', () => changeChangeSet(this.#parts, command));
  }

  freeze(command: Rpc.FreezeCommand): Answer<Rpc.Freeze | null> {
    return this.#write('freeze', () => setFreeze(this.#parts, command));
  }

  goOn(command: Rpc.GoOnCommand): Answer<Rpc.Published> {
    return this.#inTurn('goOn', () => goOn(this.#parts, command));
  }

  rollback(command: Rpc.RollbackCommand): Answer<Rpc.Published> {
    return this.#inTurn('rollback', () => rollback(this.#parts, command));
  }

  storePart(body: string): Answer<string> {
    return this.#safely('storePart', async () => {
      const hash = await sha256Hex(body);
      this.#parts.ledger.storePart(hash, body, this.#parts.now());
      return ok(hash);
    });
  }

  missingParts(hashes: readonly string[]): Answer<readonly string[]> {
    return this.#safely('missingParts', async () => ok(this.#parts.ledger.missingParts(hashes, this.#parts.now())));
  }

  putData(command: Rpc.PutDataCommand): Answer<Rpc.DataPut> {
    return this.#inTurn('putData', () => putData(this.#parts, command));
  }

  sequences(page: Rpc.PageCommand): Answer<readonly Rpc.SequenceInfo[]> {
    return this.#safely('sequences', async () => ok(this.#parts.ledger.page(page)));
  }

  current(): Answer<Manifest | null> {
    return this.#safely('current', async () => ok(this.#parts.ledger.current()));
  }

  manifest(sequence: number): Answer<Manifest | null> {
    return this.#safely('manifest', async () => ok(this.#parts.ledger.find(sequence)));
  }

  part(hash: string): Answer<string | null> {
    return this.#safely('part', async () => ok(this.#parts.ledger.part(hash)));
  }

  audit({ limit, before }: Rpc.PageCommand): Answer<readonly AuditEntry[]> {
    return this.#safely('audit', async () => ok(await this.#parts.audits.page(this.#parts.space, limit, before)));
  }

  verifyAudit(): Answer<Rpc.AuditReport> {
    return this.#inTurn('verifyAudit', async () => ok(await this.#parts.chain.verify()));
  }

  override async alarm(): Promise<void> {
    await this.#inTurn('alarm', async () => ok(await wakeUp(this.#parts)));
  }

  /** What an earlier sequence still owes to the audit comes before the next entry. */
  #write<T>(method: string, task: () => Answer<T>): Answer<T> {
    return this.#inTurn(method, async () => {
      await finish(this.#parts);
      return task();
    });
  }

  /** One writer after another: while one waits for D1 or KV, the next must not start. */
  #inTurn<T>(method: string, task: () => Answer<T>): Answer<T> {
    return this.#safely(method, () => this.#turnstile(task));
  }

  /** Errors lose their class over RPC and would tell the caller about our insides, so they end here. */
  async #safely<T>(method: string, task: () => Answer<T>): Answer<T> {
    try {
      return await task();
    } catch (error) {
      reportFailure(method, error);
      return err({ kind: 'unavailable' });
    }
  }
}
