import type { Fact } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { applyEvent, createStrand } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { addFact, dropStrand } from '../segment/postings.ts';
import type { ReleaseStrandCommand } from './command.ts';
import { type CausedChange, reevaluate } from './evaluate.ts';
import { openChunk } from './outbox.ts';
import { type LinkIntent, type ProfileState, findStrand, personOf, refreshAttributes } from './state.ts';

/** What the source of a move does. `travels`: the strand's facts go along (nobody had claimed them). */
export type Release =
  | { readonly kind: 'released'; readonly index: number; readonly epoch: number; readonly generation: number; readonly travels: boolean }
  | { readonly kind: 'moved'; readonly to: ReleaseStrandCommand['to']; readonly epoch: number }
  | { readonly kind: 'unknown' };

/**
 * Gives a device's strand away. A history that a person has claimed stays with that person (`anonymousHistory: stay`) and only
 * the device's next generation opens elsewhere; an unclaimed history travels. Repeating the call repeats the answer.
 */
export function releaseStrand(state: ProfileState, command: ReleaseStrandCommand, ruleset: LoadedRuleset): Release {
  const found = findStrand(state, command.identity);
  if (!found) return { kind: 'unknown' };
  const { strand, index } = found;
  const answer = (travels: boolean): Release => ({
    kind: 'released',
    index,
    epoch: strand.epoch + 1,
    generation: strand.generation + 1,
    travels,
  });
  if (strand.state !== 'owned') {
    if (strand.movedTo === command.to) return answer(strand.state === 'gone');
    return { kind: 'moved', to: strand.movedTo ?? command.profile, epoch: strand.epoch + 1 };
  }
  const claimed = personOf(state) !== null;
  strand.state = claimed ? 'closed' : 'gone';
  strand.movedTo = command.to;
  strand.session = null;
  if (!claimed) {
    dropStrand(ruleset.segments, state.postings, index);
    refreshAttributes(state);
    settle(state, ruleset, command.now);
  }
  state.revision++;
  return answer(!claimed);
}

/** Opens the strand that was released to this profile and takes in the facts that travelled. Facts must be new to this profile. */
export function importStrand(
  state: ProfileState,
  intent: LinkIntent,
  released: { readonly epoch: number; readonly generation: number },
  facts: readonly Fact[],
  ruleset: LoadedRuleset,
  now: Instant,
): { readonly facts: readonly Fact[]; readonly changes: readonly CausedChange[] } {
  const strand = createStrand(intent.identity, 'anonymous', released.epoch, released.generation, now);
  strand.session = { person: intent.person, until: (now + limit('sessionMs')) as Instant };
  const index = state.strands.push(strand) - 1;
  const imported = facts.map((fact) => ({ ...fact, strand: index }));
  for (const fact of imported) {
    applyEvent(strand, fact);
    addFact(ruleset.segments, state.postings, fact);
  }
  state.intents = state.intents.filter((open) => open !== intent);
  refreshAttributes(state);
  state.revision++;
  return { facts: imported, changes: settle(state, ruleset, now) };
}

function settle(state: ProfileState, ruleset: LoadedRuleset, now: Instant): readonly CausedChange[] {
  const changes: CausedChange[] = [];
  reevaluate(state, ruleset, now, 'link', changes);
  if (changes.length > 0) openChunk(state.outbox, now).changes.push(...changes);
  return changes;
}
