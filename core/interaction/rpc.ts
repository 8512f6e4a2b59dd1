import type { Fact, Identity } from '../event/event.ts';
import type { Instant, ProfileId, Space } from '../lib/ids.ts';
import type { FactKey, InteractCommand, InteractReply, ReleaseStrandCommand, ReleaseStrandReply } from './command.ts';
import type { ExplainCommand, ExplainReply } from './explain-command.ts';

/** The whole RPC surface of a profile object. A test compares it with the prototype: TypeScript's `private` does not hide a method. */
export interface ProfileRpc {
  interact(command: InteractCommand): Promise<InteractReply>;
  releaseStrand(command: ReleaseStrandCommand, after: FactKey | null): Promise<ReleaseStrandReply>;
  /** The other side has the strand's facts for good: they may be deleted here. */
  confirmRelease(space: Space, identity: Identity, to: ProfileId): Promise<void>;
  /** Facts of owned and closed strands in key order, for export and reconciling. A profile of another space is none. */
  readFacts(space: Space, after: FactKey | null): Promise<FactPage>;
  /** Finishes links and sends everything that waits, now. Returns the number of chunks sent. */
  drainNow(space: Space): Promise<number>;
  /** Why a rule is true for this profile, or is not. Changes nothing. */
  explain(space: Space, command: ExplainCommand): Promise<ExplainReply>;
}

export interface FactPage {
  /** null: this object has never stored a profile. */
  readonly profile: ProfileId | null;
  /** Somebody has proven or a server has named who this is. */
  readonly known: boolean;
  /** Segments that the profile is a member of, or has left not long ago. With the first page only. */
  readonly memberships: readonly { readonly segment: string; readonly member: boolean; readonly since: Instant }[];
  readonly facts: readonly (Fact & { readonly identity: Identity })[];
  /** null: that was the last page. A page may be empty and not the last. */
  readonly next: FactKey | null;
}

/** The whole RPC surface of a directory object: who owns one foreign identity. */
export interface DirectoryRpc {
  /** The owner; when there is none yet, `mint` becomes it. null: nobody, and nothing to mint. */
  resolve(mint: ProfileId | null, now: Instant): Promise<DirectoryEntry | null>;
}

export interface DirectoryEntry {
  readonly owner: ProfileId;
  readonly epoch: number;
  /** The person's own profile was made by this very call. */
  readonly created: boolean;
}
