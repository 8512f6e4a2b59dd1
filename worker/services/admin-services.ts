import { drizzle } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { PublisherRpc } from '../../core/ruleset/publisher-rpc.ts';
import type { VisitorKeys } from '../http/visitor-keys.ts';
import type { SecretBox } from '../secret-box.ts';
import { sha256Hex } from '../sha256.ts';
import { type ConfigStore, createConfigStore } from '../stores/config-store.ts';
import { createIdentityHealthStore, type IdentityHealthStore } from '../stores/identity-health-store.ts';
import { createOperatorStore, type OperatorStore } from '../stores/operator-store.ts';
import { publisherStub } from '../stores/publisher-stub.ts';
import { createReportStore, type ReportStore } from '../stores/report-store.ts';
import type { RulesetStore } from '../stores/ruleset-store.ts';
import type { Budgets } from './budgets.ts';
import type { DecisionReader } from './decision-reader.ts';
import type { Erasures } from './erasures.ts';
import type { People } from './people.ts';
import type { ProfileExplainer } from './profile-explainer.ts';
import type { Reconciler } from './reconciler.ts';

/** Everything the operator routes use. Reads go to D1; every write goes through the publisher of the space. */
export interface AdminServices {
  readonly config: ConfigStore;
  readonly operators: OperatorStore;
  readonly reports: ReportStore;
  readonly identityHealth: IdentityHealthStore;
  readonly publisher: (space: Space) => PublisherRpc;
  readonly rulesets: RulesetStore;
  /** Left out where there are no profiles to reconcile with. */
  readonly reconciler?: Reconciler;
  /** Left out where there are no profiles to ask. */
  readonly explainer?: ProfileExplainer;
  /** Left out where there are no profiles. */
  readonly people?: People;
  readonly erasures?: Erasures;
  /** Who owns an identity, by the keyed hash that names its directory object. Left out where there are none. */
  readonly ownerOf?: (space: Space, namespace: string, hash: string) => Promise<string | null>;
  /** Left out where there is no archive. */
  readonly decisions?: DecisionReader;
  /** Left out where there are no visitors. */
  readonly budget?: Budgets;
  /** They sign preview links. Left out where there are no visitors. */
  readonly visitorKeys?: VisitorKeys;
  readonly secrets: SecretBox;
  /** SHA-256 (hex) of the first operator token; null: there is none. */
  readonly bootstrapTokenHash: string | null;
  readonly now: () => Instant;
  readonly randomBytes: (count: number) => Uint8Array;
  /** As 64 hex digits. */
  readonly sha256: (text: string) => Promise<string>;
}

export interface AdminOptions
  extends Omit<AdminServices, 'config' | 'operators' | 'reports' | 'identityHealth' | 'publisher' | 'sha256'> {
  readonly control: D1Database;
  readonly publisher: DurableObjectNamespace;
}

export function createAdminServices({ control, publisher, ...rest }: AdminOptions): AdminServices {
  const db = drizzle(control);
  return {
    ...rest,
    config: createConfigStore(db),
    operators: createOperatorStore(db),
    reports: createReportStore(db),
    identityHealth: createIdentityHealthStore(db),
    sha256: sha256Hex,
    publisher: (space) => publisherStub(publisher, space),
  };
}
