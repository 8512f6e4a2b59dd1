import { DurableObject } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/d1';
import { type Instant, parseSpace } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { AuditEntry } from '../../core/ruleset/audit-entry.ts';
import type { Manifest } from '../../core/ruleset/manifest.ts';
import type * as Rpc from '../../core/ruleset/publisher-rpc.ts';
import { sha256Hex } from '../sha256.ts';
import { createAuditStore } from '../stores/audit-store.ts';
import { createConfigStore } from '../stores/config-store.ts';
import { createOperatorStore } from '../stores/operator-store.ts';
import { createAuditChain } from './publisher/audit-chain.ts';
import { changeResource, recordAct, setOperator } from './publisher/changes.ts';
import { createLedger } from './publisher/ledger.ts';
import { finish, publish, putData, rollback } from './publisher/publishing.ts';
import { reportFailure } from './publisher/report-failure.ts';
import { createTurnstile } from './publisher/turnstile.ts';

export interface PublisherEnv {
  readonly CONTROL: D1Database;
  readonly RULESETS: KVNamespace;
}

/** After a commit, and after a follow-up that failed. KV takes one write a second per key. */
const RETRY_MS = 5000;

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
    return this.#inTurn('publish', () => publish(this.#parts, command));
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
    await this.#inTurn('alarm', async () => ok(await finish(this.#parts)));
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

function assemble(state: DurableObjectState, env: PublisherEnv) {
  const space = parseSpace(state.id.name ?? '');
  if (space === null) throw new Error('a publisher object must be named by its space');
  const db = drizzle(env.CONTROL);
  const ledger = createLedger(state.storage);
  const audits = createAuditStore(db);
  return {
    space,
    ledger,
    audits,
    config: createConfigStore(db),
    operators: createOperatorStore(db),
    cache: env.RULESETS,
    chain: createAuditChain(space, ledger, audits, async (statements) => void (await db.batch(statements))),
    now: () => Date.now() as Instant,
    retryLater: () => state.storage.setAlarm(Date.now() + RETRY_MS),
    report: reportFailure,
  };
}
