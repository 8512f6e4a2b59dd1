import type { Fact } from '../event/event.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { addFact, createPostings } from '../segment/postings.ts';
import type { ProfileState } from './state.ts';

/** Makes the derived lists anew from all facts, because another program made the stored ones. Facts of strands that left do not count. */
export function rebuild(state: ProfileState, ruleset: LoadedRuleset, facts: Iterable<Fact>): void {
  const postings = createPostings(ruleset.segments);
  for (const fact of facts) {
    if (state.strands[fact.strand]?.state !== 'gone') addFact(ruleset.segments, postings, fact);
  }
  state.postings = postings;
  state.programHash = ruleset.program.hash;
  state.members = new Uint8Array(0);
  state.nextChange = state.nextChange ?? null;
}
