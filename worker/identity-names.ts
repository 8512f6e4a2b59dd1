import type { Identity } from '../core/event/event.ts';
import {
  type BirthTier,
  type DeviceId,
  deviceIdBytes,
  formatProfileId,
  type Instant,
  type Jurisdiction,
  mintUuidV7,
  type ProfileId,
  type Space,
} from '../core/lib/ids.ts';
import type { Env } from './env.ts';
import { secretBytes } from './secret-bytes.ts';

/** Names made from identities by a keyed hash: no object's name carries a person's id, and nobody without the key can make one. */
export interface IdentityNames {
  /** 64 hex digits for the directory object of an identity. */
  directory(space: Space, identity: Identity): Promise<string>;
  /** Birth profile of a client's own anonymous id: the same id always gives the same profile, without a directory. */
  anonymousProfile(space: Space, identity: Identity, jurisdiction: Jurisdiction): Promise<ProfileId>;
  /** 10 bytes for a device that is minted for a first visit: the same visit sent again gives the same device. */
  deviceSeed(space: Space, visit: string): Promise<Uint8Array>;
}

/** By the secret of the deployment. */
export function namesOf({ IDENTITY_KEY }: Pick<Env, 'IDENTITY_KEY'>): IdentityNames {
  return createIdentityNames(secretBytes(IDENTITY_KEY, 'IDENTITY_KEY'));
}

export function createIdentityNames(key: Uint8Array): IdentityNames {
  let imported: Promise<CryptoKey> | null = null;
  const encoder = new TextEncoder();
  const hash = async (space: Space, identity: Identity): Promise<Uint8Array> => {
    imported ??= crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    return new Uint8Array(
      await crypto.subtle.sign(
        'HMAC',
        await imported,
        encoder.encode(`${space}\n${identity.namespace}\n${identity.value}`),
      ),
    );
  };
  return {
    async directory(space, identity) {
      return Array.from(await hash(space, identity), (byte) => byte.toString(16).padStart(2, '0')).join('');
    },
    async anonymousProfile(space, identity, jurisdiction) {
      return formatProfileId((await hash(space, identity)).subarray(0, 16), 1, jurisdiction);
    },
    async deviceSeed(space, visit) {
      return (await hash(space, { namespace: 'first visit', value: visit })).subarray(0, 10);
    },
  };
}

/** A new profile id: opaque, ordered by tier, then time. */
export function mintProfileId(
  now: Instant,
  random: Uint8Array,
  tier: BirthTier,
  jurisdiction: Jurisdiction,
): ProfileId {
  return formatProfileId(mintUuidV7(now, random), tier, jurisdiction);
}

/** Birth profile of a minted device: its own bytes, so that no lookup is needed. */
export function birthProfile(device: DeviceId, jurisdiction: Jurisdiction): ProfileId {
  return formatProfileId(deviceIdBytes(device), 1, jurisdiction);
}
