import { drizzle } from 'drizzle-orm/d1';
import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { PublisherRpc } from '../../core/ruleset/publisher-rpc.ts';
import type { VisitorKeys } from '../http/visitor-keys.ts';
import type { SecretBox } from '../secret-box.ts';
import { sha256Hex } from '../sha256.ts';
import type { SignInSettings } from '../sign-in-settings.ts';
import { type ChangeSetStore, createChangeSetStore } from '../stores/change-set-store.ts';
import { type ConfigStore, createConfigStore } from '../stores/config-store.ts';
import { type ContentStore, createContentStore } from '../stores/content-store.ts';
import { createDeadLetterStore, type DeadLetterStore } from '../stores/dead-letter-store.ts';
import { createFreezeStore, type FreezeStore } from '../stores/freeze-store.ts';
import { createIdentityHealthStore, type IdentityHealthStore } from '../stores/identity-health-store.ts';
import type { LiveRpc } from '../stores/live-stub.ts';
import { createOperatorStore, type OperatorStore } from '../stores/operator-store.ts';
import { publisherStub } from '../stores/publisher-stub.ts';
import { createReportStore, type ReportStore } from '../stores/report-store.ts';
import type { RulesetStore } from '../stores/ruleset-store.ts';
import { createSegmentMemberStore, type SegmentMemberStore } from '../stores/segment-member-store.ts';
import { createSessionStore, type SessionStore } from '../stores/session-store.ts';
import { createUsageStore, type UsageStore } from '../stores/usage-store.ts';
import type { Budgets } from './budgets.ts';
import type { DecisionReader } from './decision-reader.ts';
import type { Erasures } from './erasures.ts';
import type { People } from './people.ts';
import type { ProfileExplainer } from './profile-explainer.ts';
import type { Reconciler } from './reconciler.ts';
import type { Samples } from './sample.ts';
import type { Sweeps } from './sweeps.ts';

/** Everything the operator routes use. Reads go to D1; every write goes through the publisher of the space. */
export interface AdminServices {
  readonly config: ConfigStore;
  readonly contents: ContentStore;
  readonly changeSets: ChangeSetStore;
  readonly freezes: FreezeStore;
  readonly operators: OperatorStore;
  readonly sessions: SessionStore;
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
  /** What operators watch. Left out where there is no such object. */
  readonly live?: (space: Space) => LiveRpc;
  readonly segmentMembers: SegmentMemberStore;
  /** Left out where nobody is sampled. */
  readonly samples?: Samples | undefined;
  readonly sweeps?: Sweeps | undefined;
  readonly deadLetters: DeadLetterStore;
  readonly usage: UsageStore;
  /** Gives a message to the queue. Left out where there is none. */
  readonly sendEffect?: (message: EffectMessage) => Promise<unknown>;
  readonly secrets: SecretBox;
  /** Left out: people do not sign in, they have tokens. */
  readonly signIn?: SignInSettings;
  /** False: whoever this key stands for has asked too often in the last minute. Left out: nothing is counted. */
  readonly mayAsk?: (key: string) => Promise<boolean>;
  /** SHA-256 (hex) of the first operator token; null: there is none. */
  readonly bootstrapTokenHash: string | null;
  readonly now: () => Instant;
  readonly randomBytes: (count: number) => Uint8Array;
  /** As 64 hex digits. */
  readonly sha256: (text: string) => Promise<string>;
}

export interface AdminOptions
  extends Omit<
    AdminServices,
    | 'config'
    | 'contents'
    | 'changeSets'
    | 'freezes'
    | 'operators'
    | 'sessions'
    | 'reports'
    | 'identityHealth'
    | 'publisher'
    | 'sha256'
    | 'deadLetters'
    | 'segmentMembers'
    | 'usage'
  > {
  readonly control: D1Database;
  readonly publisher: DurableObjectNamespace;
}

export function createAdminServices({ control, publisher, ...rest }: AdminOptions): AdminServices {
  const db = drizzle(control);
  return {
    ...rest,
    config: createConfigStore(db),
    contents: createContentStore(db),
    changeSets: createChangeSetStore(db),
    freezes: createFreezeStore(db),
    deadLetters: createDeadLetterStore(db),
    segmentMembers: createSegmentMemberStore(db),
    usage: createUsageStore(db),
    operators: createOperatorStore(db),
    sessions: createSessionStore(db),
    reports: createReportStore(db),
    identityHealth: createIdentityHealthStore(db),
    sha256: sha256Hex,
    publisher: (space) => publisherStub(publisher, space),
  };
}
