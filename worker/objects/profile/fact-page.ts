import type { FactKey } from '../../../core/interaction/command.ts';
import type { FactPage } from '../../../core/interaction/rpc.ts';
import { type ProfileState, personOf } from '../../../core/interaction/state.ts';
import { limit } from '../../../core/lib/limits.ts';
import { countsHere } from '../../../core/profile/strand.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';
import { withIdentities } from './drain.ts';

export const NO_PROFILE: FactPage = { profile: null, known: false, memberships: [], facts: [], next: null };

/** One page of what a profile holds. Facts of a strand that left are the other profile's to tell. */
export function factPage(state: ProfileState, store: ProfileStore, after: FactKey | null): FactPage {
  const size = limit('historyPage');
  const page = store.page(after, size);
  const last = page.at(-1);
  return {
    profile: state.profile,
    known: personOf(state) !== null,
    memberships: after
      ? []
      : [...state.memberships].map(([segment, { member, since }]) => ({ segment, member, since })),
    facts: withIdentities(
      state,
      page.filter((fact) => {
        const strand = state.strands[fact.strand];
        return strand !== undefined && (countsHere(strand) || strand.state === 'incoming');
      }),
    ),
    next: last && page.length === size ? { source: last.source, id: last.id } : null,
  };
}
