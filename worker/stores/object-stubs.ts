import type { Identity } from '../../core/event/event.ts';
import type { DirectoryRpc, ProfileRpc } from '../../core/interaction/rpc.ts';
import { jurisdictionOf, type ProfileId, type Space } from '../../core/lib/ids.ts';
import type { Env } from '../env.ts';

/** The object of one profile, in the jurisdiction that its id was born with. */
export function profileStub(env: Pick<Env, 'PROFILE' | 'JURISDICTIONS'>, space: Space, profile: ProfileId): ProfileRpc {
  const jurisdiction = jurisdictionOf(profile);
  // us has no Durable Object jurisdiction of its own yet: fedramp is the only one there, and not what people mean by it.
  const namespace = jurisdiction === 'eu' && env.JURISDICTIONS !== 'off' ? env.PROFILE.jurisdiction('eu') : env.PROFILE;
  return namespace.get(namespace.idFromName(`${space}:${profile}`)) as unknown as ProfileRpc;
}

/** The directory object of one identity. `hash` is the keyed hash of the normalised value, so that no name carries personal data. */
export function directoryStub(
  env: Pick<Env, 'DIRECTORY'>,
  space: Space,
  identity: Pick<Identity, 'namespace'>,
  hash: string,
): DirectoryRpc {
  return env.DIRECTORY.get(
    env.DIRECTORY.idFromName(`${space}:${identity.namespace}:${hash}`),
  ) as unknown as DirectoryRpc;
}
