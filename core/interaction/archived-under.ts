import type { ProfileId } from '../lib/ids.ts';
import { countsHere, type Strand } from '../profile/strand.ts';
import type { ProfileState } from './state.ts';

/** Names under which facts of a strand lie in the archive, here and where it was before: `<profile>/<serial>`. */
export function archivedUnder({ serial, archived, facts }: Strand, profile: ProfileId): readonly string[] {
  return facts > 0 ? [...new Set([`${profile}/${serial}`, ...archived])] : archived;
}

/** The same of everything that is here, or was until it was erased. */
export function archiveKeysOf({ strands, profile, archiveKeys }: ProfileState): readonly string[] {
  const here = strands.filter((strand) => countsHere(strand) || strand.state === 'incoming');
  return [...new Set([...archiveKeys, ...here.flatMap((strand) => archivedUnder(strand, profile))])];
}
