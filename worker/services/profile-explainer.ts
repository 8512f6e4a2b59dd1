import type { Identity } from '../../core/event/event.ts';
import type { ExplainCommand, ExplainedProfile } from '../../core/interaction/explain-command.ts';
import type { DirectoryRpc, ProfileRpc } from '../../core/interaction/rpc.ts';
import { type Instant, type Jurisdiction, type ProfileId, parseDeviceId, type Space } from '../../core/lib/ids.ts';
import type { IdentityNames } from '../http/identity-names.ts';
import { birthProfile } from '../http/visitor-token.ts';

/** A person as an operator names one. */
export type Who = { readonly profile: ProfileId } | { readonly identity: Identity };

/** Asks the profile of one person why a rule is true for it. */
export interface ProfileExplainer {
  /** `jurisdictions`: where profiles of the space may live. Null: nobody of that name is stored. */
  explain(
    space: Space,
    who: Who,
    jurisdictions: readonly Jurisdiction[],
    about: Omit<ExplainCommand, 'identity'>,
  ): Promise<ExplainedProfile | null>;
}

export interface ProfileExplainerParts {
  readonly names: IdentityNames;
  readonly profile: (space: Space, profile: ProfileId) => ProfileRpc;
  readonly directory: (space: Space, identity: Identity, hash: string) => DirectoryRpc;
  readonly now: () => Instant;
}

/** An identity moves at most this often while it is looked for; more is a loop. */
const MAX_MOVES = 4;

export function createProfileExplainer({ names, profile, directory, now }: ProfileExplainerParts): ProfileExplainer {
  /** Where the identity was born: devices and clients' own anonymous ids are in no directory. */
  async function homesOf(
    space: Space,
    identity: Identity,
    jurisdictions: readonly Jurisdiction[],
  ): Promise<readonly ProfileId[]> {
    if (identity.namespace === 'device') {
      const device = parseDeviceId(identity.value);
      return device ? jurisdictions.map((jurisdiction) => birthProfile(device, jurisdiction)) : [];
    }
    if (identity.namespace === 'anonymous')
      return Promise.all(jurisdictions.map((jurisdiction) => names.anonymousProfile(space, identity, jurisdiction)));
    const entry = await directory(space, identity, await names.directory(space, identity)).resolve(null, now());
    return entry ? [entry.owner] : [];
  }

  return {
    async explain(space, who, jurisdictions, about) {
      const identity = 'identity' in who ? who.identity : null;
      const homes = 'profile' in who ? [who.profile] : await homesOf(space, who.identity, jurisdictions);
      for (const home of homes) {
        let at = home;
        for (let move = 0; move <= MAX_MOVES; move++) {
          const reply = await profile(space, at).explain(space, { ...about, identity });
          if (reply.kind === 'explained') return reply;
          if (reply.kind === 'unknown') break;
          at = reply.to;
        }
      }
      return null;
    },
  };
}
