import type { Instant, Sequence } from '../lib/ids.ts';
import type { Result } from '../lib/result.ts';
import type { AuditAction, AuditEntry } from './audit-entry.ts';
import type { ChangeSetState, StaleItem } from './change-set.ts';
import type { ChangeSetAct } from './change-set-rules.ts';
import type { DataFamily } from './data-parts.ts';
import type { PublishWarning } from './identity-warnings.ts';
import type { Manifest, ManifestParts } from './manifest.ts';
import type { OperatorRights } from './operator-rights.ts';
import type { ExternalIdentity, SessionDraft } from './operator-session.ts';
import type { RulesetProblem } from './problem.ts';
import type { ResourceKind } from './resources.ts';

/** Who does it, in which request and from where; all of it goes into the audit. */
export interface Actor {
  readonly name: string;
  readonly requestId: string;
  /** As in `AuditEntry`. */
  readonly from?: string;
}

export interface ChangeCommand {
  readonly actor: Actor;
  readonly kind: ResourceKind;
  readonly id: string;
  /** JSON of the stored form, checked and with its secrets encrypted; null archives. */
  readonly body: string | null;
  /** Refuse unless this is the newest version; 0: it must not exist. Left out: whatever is there. */
  readonly expectedVersion?: number;
}

export interface Changed {
  readonly version: number;
  readonly archived: boolean;
  /** False: it was so already, and nothing was written. */
  readonly changed: boolean;
}

export interface OperatorCommand {
  readonly actor: Actor;
  readonly name: string;
  readonly change: OperatorChange;
}

/** Hashes are SHA-256 (hex) of a new token, which takes the place of what was there. */
export type OperatorChange =
  | { readonly kind: 'create'; readonly hash: string; readonly rights: OperatorRights }
  | { readonly kind: 'rotate'; readonly hash: string; readonly rights: OperatorRights }
  /** Other rights, the same token. */
  | { readonly kind: 'change'; readonly rights: OperatorRights }
  | { readonly kind: 'revoke' }
  /** Without a token: whoever proves to hold the address signs in. */
  | { readonly kind: 'invite'; readonly email: string; readonly rights: OperatorRights }
  /** The first time it takes the address of the invitation, and from then on it is this person alone. */
  | {
      readonly kind: 'signIn';
      readonly identity: ExternalIdentity;
      /** The verified address, in lower case; null: none. */
      readonly email: string | null;
      readonly session: SessionDraft;
    }
  /** A `code` ends and a session of its operator begins. */
  | { readonly kind: 'exchange'; readonly code: string; readonly session: SessionDraft }
  | { readonly kind: 'signOut'; readonly session: string };

/** What was done to a profile, or read of it. Told by its opaque id: the audit holds no personal data. */
export interface RecordCommand {
  readonly actor: Actor;
  readonly action: Extract<
    AuditAction,
    | 'viewed'
    | 'linked'
    | 'unlinked'
    | 'split'
    | 'erased'
    | 'exported'
    | 'fenced'
    | 'swept'
    | 'replayed'
    | 'discarded'
    | 'failed'
  >;
  /** What it was done to, where that is no profile; `profile` is its id then. */
  readonly of?: 'live' | 'deadLetter' | 'segment' | 'sweep';
  readonly profile: string;
  /** The operator's reason. */
  readonly note: string | null;
}

export interface PublishCommand {
  readonly actor: Actor;
  readonly note?: string;
  /** Of the profiles, from 1 to 99; left out: all of them. */
  readonly percent?: number;
}

/** Everything but publishing it. */
export interface ChangeSetCommand {
  readonly actor: Actor;
  readonly change:
    | { readonly kind: 'create'; readonly title: string; readonly description: string }
    | { readonly kind: 'act'; readonly id: string; readonly act: HumanAct; readonly note: string | null }
    | { readonly kind: 'putItem'; readonly id: string; readonly item: ProposedItem }
    | {
        readonly kind: 'removeItem';
        readonly id: string;
        readonly item: { readonly kind: ResourceKind; readonly id: string };
      };
}

/** Items are put one by one, and only time itself lets a set fail. */
export type HumanAct = Exclude<ChangeSetAct, { readonly kind: 'items' | 'fail' }>;

export interface ProposedItem {
  readonly kind: ResourceKind;
  readonly id: string;
  /** As in `ChangeCommand`. */
  readonly body: string | null;
  /** The version that it was made from, which has to be the newest. Left out: the newest, whatever it is. */
  readonly baseVersion?: number;
}

export interface ChangeSetDone {
  readonly id: string;
  readonly revision: number;
  readonly state: ChangeSetState;
}

export interface PublishChangeSetCommand {
  readonly actor: Actor;
  readonly id: string;
  /** As in `PublishCommand`. */
  readonly percent?: number;
}

/** Goes on with a gradual publish: more of the profiles, or with 100 all of them. */
export interface GoOnCommand {
  readonly actor: Actor;
  readonly percent: number;
}

/** Null ends it. */
export interface FreezeCommand {
  readonly actor: Actor;
  readonly reason: string | null;
}

export interface Freeze {
  readonly by: string;
  readonly since: Instant;
  readonly reason: string;
}

export interface RollbackCommand {
  readonly actor: Actor;
  readonly sequence: number;
}

/** What a job or an import has worked out. Rules stay as they are. */
export interface PutDataCommand {
  readonly actor: Actor;
  /** They get `parts` in place of what they had. */
  readonly families: readonly DataFamily[];
  /** Hashes of bodies that were stored before. */
  readonly parts: ManifestParts;
  readonly note?: string;
}

export interface DataPut {
  readonly manifest: Manifest;
  readonly cached: boolean;
  /** False: it was so already, and there is no new sequence. */
  readonly changed: boolean;
}

export interface Published {
  readonly manifest: Manifest;
  /** The cache (KV) has it already; if not, it follows within seconds, and readers ask the object meanwhile. */
  readonly cached: boolean;
  /** What the change means for people who are known already. */
  readonly warnings: readonly PublishWarning[];
}

export interface SequenceInfo {
  readonly sequence: Sequence;
  readonly publishedAt: Instant;
  readonly actor: string;
  readonly note: string | null;
  /** The sequence whose content a rollback brought back. */
  /** Of the profiles that got it while it was the newest; null: all. */
  readonly percent: number | null;
  readonly restored: Sequence | null;
  /** Families of data that it replaced, such as `catalogue`; null: it brought rules. */
  readonly data: string | null;
  /** The change set that it brought; null: another, or none. */
  readonly changeSet: string | null;
}

/** One page, newest first. `before` takes the number of the last item seen. */
export interface PageCommand {
  readonly limit: number;
  readonly before?: number;
}

export interface AuditReport {
  readonly intact: boolean;
  /** Entries that were read. */
  readonly entries: number;
  /** The first break: which number, and what is wrong with it. */
  readonly broken: { readonly number: number; readonly why: AuditBreak } | null;
}

/** `missing`: a number is not there; `altered`: an entry does not fit its hash; `unlinked`: it does not follow the entry before; `body`: the
 * version it speaks of was altered; `truncated`: the chain ends before the head that the object remembers. */
export type AuditBreak = 'missing' | 'altered' | 'unlinked' | 'body' | 'truncated';

/** `unavailable`: nothing is known about the outcome; ask again. Nothing else is ever thrown over this border. */
export type PublisherProblem =
  | { readonly kind: 'unavailable' }
  /** Only a part of the profiles has the last publish yet. */
  | { readonly kind: 'gradual'; readonly percent: number }
  /** There is no gradual publish that could go on. */
  | { readonly kind: 'notGradual' }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'stale'; readonly version: number }
  | { readonly kind: 'immutable'; readonly pointer: string }
  /** An old sequence in a form that the code no longer runs. */
  | { readonly kind: 'outdated' }
  /** Nothing was published yet that data could belong to. */
  | { readonly kind: 'notPublished' }
  /** Bodies of these hashes were never stored, or are kept no more. */
  | { readonly kind: 'missingParts'; readonly hashes: readonly string[] }
  | ({ readonly kind: 'frozen' } & Freeze)
  | { readonly kind: 'needsReview' }
  | { readonly kind: 'staleChangeSet'; readonly items: readonly StaleItem[] }
  /** The state does not allow it. */
  | { readonly kind: 'wrongState'; readonly state: ChangeSetState }
  /** Nobody approves what they made themselves. */
  | { readonly kind: 'ownWork' }
  /** The items are not those that were looked at. */
  | { readonly kind: 'otherItems'; readonly hash: string }
  | { readonly kind: 'past' }
  | { readonly kind: 'emptyChangeSet' }
  | { readonly kind: 'changeSetFull'; readonly limit: 'changeSetItems' | 'changeSetBytes' }
  /** What is live was published before contents were kept. */
  | { readonly kind: 'noContent' }
  | { readonly kind: 'invalid'; readonly problems: readonly RulesetProblem[] };

type Answer<T> = Promise<Result<T, PublisherProblem>>;

/**
 * The publisher of one space over RPC: the single serialised writer of configuration, sequences and the audit chain.
 * A test holds this list and the object's prototype together.
 */
export interface PublisherRpc {
  change(command: ChangeCommand): Answer<Changed>;
  setOperator(command: OperatorCommand): Answer<null>;
  record(command: RecordCommand): Answer<null>;
  publish(command: PublishCommand): Answer<Published>;
  /** Makes what is live, with the items of a change set laid over it, live under the next sequence. */
  publishChangeSet(command: PublishChangeSetCommand): Answer<Published>;
  changeSet(command: ChangeSetCommand): Answer<ChangeSetDone>;
  freeze(command: FreezeCommand): Answer<Freeze | null>;
  goOn(command: GoOnCommand): Answer<Published>;
  rollback(command: RollbackCommand): Answer<Published>;
  /** Keeps the body of a data part for a later `putData`, for a day; answers its hash. */
  storePart(body: string): Answer<string>;
  /** Those of the hashes whose bodies are not here. Those that are stay for another day. */
  missingParts(hashes: readonly string[]): Answer<readonly string[]>;
  putData(command: PutDataCommand): Answer<DataPut>;
  sequences(page: PageCommand): Answer<readonly SequenceInfo[]>;
  /** The live manifest; null: nothing was ever published, and asking has stored nothing. */
  current(): Answer<Manifest | null>;
  /** The manifest of any sequence; null: there is none. */
  manifest(sequence: number): Answer<Manifest | null>;
  /** JSON of a part, or null. */
  part(hash: string): Answer<string | null>;
  audit(page: PageCommand): Answer<readonly AuditEntry[]>;
  verifyAudit(): Answer<AuditReport>;
}

export const PUBLISHER_METHODS = [
  'change',
  'setOperator',
  'record',
  'publish',
  'publishChangeSet',
  'changeSet',
  'freeze',
  'goOn',
  'rollback',
  'storePart',
  'missingParts',
  'putData',
  'sequences',
  'current',
  'manifest',
  'part',
  'audit',
  'verifyAudit',
] as const satisfies readonly (keyof PublisherRpc)[];
