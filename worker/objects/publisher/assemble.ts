import { drizzle } from 'drizzle-orm/d1';
import { type Instant, parseSpace, type Sequence } from '../../../core/lib/ids.ts';
import { createAuditStore } from '../../stores/audit-store.ts';
import { createChangeSetStore } from '../../stores/change-set-store.ts';
import { createConfigStore } from '../../stores/config-store.ts';
import { createContentStore } from '../../stores/content-store.ts';
import { createFreezeStore } from '../../stores/freeze-store.ts';
import { createOperatorStore } from '../../stores/operator-store.ts';
import { createSessionStore } from '../../stores/session-store.ts';
import { sweepStub } from '../../stores/sweep-stub.ts';
import { createAuditChain } from './audit-chain.ts';
import { createLedger } from './ledger.ts';
import { reportFailure } from './report-failure.ts';

export interface PublisherEnv {
  readonly CONTROL: D1Database;
  readonly RULESETS: KVNamespace;
  /** Absent: nobody is brought up to date after a publish but by a visit. */
  readonly SWEEP?: DurableObjectNamespace;
}

/** After a commit, and after a follow-up that failed. KV takes one write a second per key. */
const RETRY_MS = 5000;

/** Everything that the object works with. Throws when the object has no space for a name. */
export function assemble({ id, storage }: DurableObjectState, env: PublisherEnv) {
  const space = parseSpace(id.name ?? '');
  if (space === null) throw new Error('a publisher object must be named by its space');
  const db = drizzle(env.CONTROL);
  const ledger = createLedger(storage);
  const audits = createAuditStore(db);
  /** There is one alarm: the earliest wish counts, and whoever wakes looks at everything. */
  const wakeAt = async (at: number): Promise<void> => {
    const held = await storage.getAlarm();
    if (held === null || at < held) await storage.setAlarm(at);
  };
  return {
    space,
    ledger,
    audits,
    config: createConfigStore(db),
    contents: createContentStore(db),
    changeSets: createChangeSetStore(db),
    freezes: createFreezeStore(db),
    operators: createOperatorStore(db),
    sessions: createSessionStore(db),
    cache: env.RULESETS,
    chain: createAuditChain(space, ledger, audits, async (statements) => void (await db.batch(statements))),
    now: () => Date.now() as Instant,
    retryLater: () => wakeAt(Date.now() + RETRY_MS),
    wakeAt,
    startSweep: async (sequence: Sequence) => {
      await sweepStub(env, space)?.start({ sequence, ratePerSecond: null, again: false });
    },
    report: reportFailure,
  };
}
