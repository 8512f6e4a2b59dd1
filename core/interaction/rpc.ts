import type { Fact, Identity } from '../event/event.ts';
import type { Quarantine } from '../identity/hot-value.ts';
import type { DirectoryNode } from '../identity/protocol/directory-node.ts';
import type { DirectoryMessage, ProfileMessage, ProfileReply } from '../identity/protocol/message.ts';
import type { Instant, ProfileId, Sequence, Space } from '../lib/ids.ts';
import type { FactKey, InteractCommand, InteractReply } from './command.ts';
import type { SampleReply } from './copy-for-sample.ts';
import type { ExplainCommand, ExplainReply } from './explain-command.ts';
import type { ProfileGraph } from './profile-graph.ts';

/** The whole RPC surface of a profile object. A test compares it with the prototype: TypeScript's `private` does not hide a method. */
export interface ProfileRpc {
  interact(command: InteractCommand): Promise<InteractReply>;
  /** One message of the link protocol, `profile` being the one it is for. Rejects when it was not handled: it may be sent again. */
  protocol(space: Space, profile: ProfileId, message: ProfileMessage): Promise<ProfileReply>;
  /** Everything about who is here, for operators. Null: nobody ever was, or not in this space. Changes nothing. */
  view(space: Space): Promise<ProfileGraph | null>;
  /** Facts of owned and closed strands in key order, for export and reconciling. A profile of another space is none. */
  readFacts(space: Space, after: FactKey | null): Promise<FactPage>;
  /** Finishes links and sends everything that waits, now. Returns the number of chunks sent. */
  drainNow(space: Space): Promise<number>;
  /** Why a rule is true for this profile, or is not. Changes nothing. */
  explain(space: Space, command: ExplainCommand): Promise<ExplainReply>;
  /** All that rules read of the profile. Changes nothing. */
  copyForSample(space: Space): Promise<SampleReply>;
  /** A sweep: memberships become what the ruleset of this sequence, or a newer one, says; they are sent as a visit's would be. */
  catchUp(space: Space, sequence: Sequence): Promise<CaughtUp>;
}

/** `current`: the sequence had been applied before. `gone`: nobody lives here. */
export type CaughtUp = 'applied' | 'current' | 'gone';

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

/** The whole RPC surface of a directory object: who owns one identity. */
export interface DirectoryRpc {
  /**
   * Answers with the node as it is afterwards. Asking without `mint` stores nothing. `device`: hash of the device that wants to be joined to the
   * identity; too many of them put it into quarantine.
   */
  handle(message: DirectoryMessage, now: Instant, device?: number | null): Promise<DirectoryAnswer>;
}

export interface DirectoryAnswer extends DirectoryNode {
  readonly quarantine: Quarantine | null;
}
