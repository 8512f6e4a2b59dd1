import type { Instant, Sequence, Space } from '../../../core/lib/ids.ts';
import type { ChangeSetStore } from '../../stores/change-set-store.ts';
import type { ConfigStore } from '../../stores/config-store.ts';
import type { ContentStore } from '../../stores/content-store.ts';
import type { FreezeStore } from '../../stores/freeze-store.ts';
import type { AuditChain } from './audit-chain.ts';
import type { Ledger } from './ledger.ts';

/** What publishing works with. */
export interface PublishingContext {
  readonly space: Space;
  readonly ledger: Ledger;
  readonly chain: AuditChain;
  readonly config: ConfigStore;
  readonly contents: ContentStore;
  readonly changeSets: ChangeSetStore;
  readonly freezes: FreezeStore;
  readonly cache: KVNamespace;
  readonly now: () => Instant;
  /** Asks to be woken for another `finish`. */
  readonly retryLater: () => Promise<void>;
  /** Asks to be woken at that time, or before. */
  readonly wakeAt: (at: Instant) => Promise<void>;
  /** Brings profiles up to date that do not come by. */
  readonly startSweep: (sequence: Sequence) => Promise<void>;
  readonly report: (stage: string, error: unknown) => void;
}
