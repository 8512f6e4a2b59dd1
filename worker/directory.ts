import type { Identity } from '../core/event/event.ts';
import type { Quarantine } from '../core/identity/hot-value.ts';
import type { DirectoryMessage } from '../core/identity/protocol/message.ts';
import type { Whereabouts } from '../core/identity/protocol/whereabouts.ts';
import type { DirectoryAnswer, DirectoryRpc } from '../core/interaction/rpc.ts';
import { fnv1a32 } from '../core/lib/hash.ts';
import {
  type DeviceId,
  type Instant,
  type Jurisdiction,
  type ProfileId,
  parseDeviceId,
  type Space,
} from '../core/lib/ids.ts';
import { birthProfile, type IdentityNames } from './identity-names.ts';

/** Who owns which identity, as objects and routes ask it. */
export interface Directory {
  /** One call to the directory object of an identity. `joined`: who wants to be joined to it. Rejects when it cannot be reached. */
  call(
    space: Space,
    identity: Identity,
    message: DirectoryMessage,
    like: Jurisdiction,
    joined?: string,
  ): Promise<DirectoryAnswer>;
  /**
   * Where an identity lives; `mint` becomes the owner of one that nobody has heard of. Null: nobody, and nothing to mint. `device`: wants to be joined
   * to it.
   */
  find(
    space: Space,
    identity: Identity,
    mint: ProfileId | null,
    like: Jurisdiction,
    device?: DeviceId,
  ): Promise<Home | null>;
  /** The profile that an identity is born with, where its value alone tells; null for all others. */
  birthOf(space: Space, identity: Identity, like: Jurisdiction): Promise<ProfileId | null>;
}

export interface Home extends Whereabouts {
  readonly owner: ProfileId;
  readonly quarantine: Quarantine | null;
  /** An erasure asked for the value to count as blocked. */
  readonly suppressed: boolean;
}

export interface DirectoryParts {
  readonly names: IdentityNames;
  readonly now: () => Instant;
  readonly stub: (space: Space, identity: Identity, hash: string) => DirectoryRpc;
}

/**
 * Identities whose ids tell their birth profile (minted devices, a client's own anonymous ids) need no directory until they move:
 * an empty one means birth profile, epoch 1. `like`: the jurisdiction in which such a profile is born.
 */
export function createDirectory({ names, now, stub }: DirectoryParts): Directory {
  const birthOf: Directory['birthOf'] = async (space, identity, like) => {
    if (identity.namespace === 'anonymous') return names.anonymousProfile(space, identity, like);
    const device = identity.namespace === 'device' ? parseDeviceId(identity.value) : null;
    return device && birthProfile(device, like);
  };
  const call: Directory['call'] = async (space, identity, message, like, joined) => {
    const born = await birthOf(space, identity, like);
    const asked = born && message.kind === 'resolve' ? { ...message, mint: null } : message;
    const node = await stub(space, identity, await names.directory(space, identity)).handle(
      asked,
      now(),
      joined === undefined ? null : fnv1a32(joined),
    );
    return node.owner === null && born ? { ...node, owner: born, epoch: Math.max(node.epoch, 1) } : node;
  };
  return {
    birthOf,
    call,
    async find(space, identity, mint, like, device) {
      const answer = await call(space, identity, { kind: 'resolve', mint }, like, device);
      const { owner, epoch, erasedAt, quarantine, suppressed } = answer;
      return owner === null ? null : { owner: owner as ProfileId, epoch, erasedAt, quarantine, suppressed };
    },
  };
}
