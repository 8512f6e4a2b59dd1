import type { Identity } from '../event/event.ts';
import type { Link } from '../identity/replay/link.ts';
import type { Instant, ProfileId, Space } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { ConsentChoice, Purpose } from '../policy/purposes.ts';
import type { Strand } from '../profile/strand.ts';

/** Who one profile is, as operators see it: what is here, what holds it together, and what is still under way. */
export interface ProfileGraph {
  readonly space: Space;
  readonly profile: ProfileId;
  readonly state: 'live' | 'forwarded' | 'erasing' | 'erased';
  readonly forward: ProfileId | null;
  /** The identity that the profile was born for. */
  readonly anchor: Identity | null;
  readonly createdAt: Instant;
  readonly identities: readonly GraphIdentity[];
  readonly links: readonly GraphLink[];
  /** Merges that made this profile. */
  readonly merges: number;
  readonly lock: { readonly operation: string; readonly coordinator: ProfileId; readonly since: Instant } | null;
  readonly openWork: readonly OpenWork[];
  readonly attributes: Readonly<Record<string, JsonValue>>;
  /**
   * Names of the keys under which facts that live here, or lived here until they were erased, are sealed in the archive, wherever they were when they
   * were archived: `<profile>/<what came through one strand there>`.
   */
  readonly archiveKeys: readonly string[];
}

export interface GraphIdentity extends Identity {
  readonly trust: Strand['trust'];
  readonly epoch: number;
  /** `kept`: a closed history that stayed with `keptBy` when the device left. */
  readonly state: 'owned' | 'incoming' | 'kept' | 'gone';
  readonly keptBy: Identity | null;
  readonly movedTo: ProfileId | null;
  /** The identity that names the person whose history this is. */
  readonly claimant: Identity | null;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  readonly events: number;
  /** Other ids that its events claimed; they link nothing. */
  readonly claims: readonly Identity[];
  /** What was chosen through it last, and when. */
  readonly consent: readonly {
    readonly purpose: Purpose;
    readonly choice: ConsentChoice;
    readonly at: Instant | null;
    /** Who said yes through it while they were met on it; null: nobody by name, or its own word. */
    readonly by: Identity | null;
  }[];
}

export interface GraphLink {
  readonly a: Identity;
  readonly b: Identity;
  /** When it was last proven, and last claimed, and by whom. */
  readonly verifiedAt: Link['verifiedAt'];
  readonly claimedAt: Link['claimedAt'];
}

export interface OpenWork {
  readonly kind: 'intent' | 'operation' | 'erasure';
  readonly id: string;
  readonly identities: readonly Identity[];
  /** Times that it was begun. */
  readonly attempt: number;
  /** Where it stands. */
  readonly at: string;
}
