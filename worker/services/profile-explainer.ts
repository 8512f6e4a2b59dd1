import type { ExplainCommand, ExplainedProfile } from '../../core/interaction/explain-command.ts';
import type { ProfileRpc } from '../../core/interaction/rpc.ts';
import type { Jurisdiction, ProfileId, Space } from '../../core/lib/ids.ts';
import type { Directory } from '../directory.ts';
import { homesOf, type Who } from './homes.ts';

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
  readonly profile: (space: Space, profile: ProfileId) => ProfileRpc;
  readonly directory: Directory;
}

/** An identity moves at most this often while it is looked for; more is a loop. */
const MAX_MOVES = 4;

export function createProfileExplainer({ profile, directory }: ProfileExplainerParts): ProfileExplainer {
  return {
    async explain(space, who, jurisdictions, about) {
      const identity = 'identity' in who ? who.identity : null;
      const homes = await homesOf(directory, space, who, jurisdictions);
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
