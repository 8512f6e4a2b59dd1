import type { Fact, Identity } from '../event/event.ts';
import type { Instant, ProfileId } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { applyEvent, createStrand, reopenStrand, type Strand, sameIdentity } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { insertEvent, removeStrand } from '../segment/runtime/log/log.ts';
import type { ReleaseStrandCommand } from './command.ts';
import { bringUpToDate, Evaluation } from './evaluate.ts';
import { type CausedChange, openChunk } from './outbox.ts';
import { findStrand, type LinkIntent, type ProfileState, personOf } from './state.ts';

/** What the source of a move does. `travels`: the strand's facts go along (nobody had claimed them). */
export type Release =
  | {
      readonly kind: 'released';
      readonly index: number;
      readonly epoch: number;
      readonly generation: number;
      readonly travels: boolean;
    }
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
  const changes = bringUpToDate(state, ruleset, command.now);
  const claimed = personOf(state) !== null;
  strand.state = claimed ? 'closed' : 'gone';
  strand.movedTo = command.to;
  strand.session = null;
  if (!claimed) removeStrand(state.log, index);
  settle(state, ruleset, command.now, changes);
  state.revision++;
  return answer(!claimed);
}

/**
 * Opens the strand that was released to this profile and takes in the facts that travelled. Facts must be new to this profile. The
 * intent stays until the giver knows: `settleIntent`.
 */
export function importStrand(
  state: ProfileState,
  intent: LinkIntent,
  released: { readonly epoch: number; readonly generation: number; readonly from: ProfileId | null },
  facts: readonly Fact[],
  ruleset: LoadedRuleset,
  now: Instant,
): { readonly facts: readonly Fact[]; readonly changes: readonly CausedChange[] } {
  const changes = bringUpToDate(state, ruleset, now);
  const { strand, index } = strandOfArrival(state, intent, released, now);
  if (strand.state === 'owned')
    strand.session = { person: intent.person, until: (now + limit('sessionMs')) as Instant };
  const imported = facts.map((fact) => ({ ...fact, strand: index }));
  for (const fact of imported) {
    applyEvent(strand, fact);
    insertEvent(state.log, fact);
  }
  const { from } = released;
  state.intents = state.intents.flatMap((open) =>
    open !== intent ? [open] : from ? [{ ...open, takenFrom: from }] : [],
  );
  state.revision++;
  settle(state, ruleset, now, changes);
  return { facts: imported, changes };
}

/**
 * The device itself may have come before its history, led here by its old profile: then its strand is open, or closed again by a
 * sign-out, and the history joins it as it is.
 */
function strandOfArrival(
  state: ProfileState,
  intent: LinkIntent,
  released: { readonly epoch: number; readonly generation: number },
  now: Instant,
): { readonly strand: Strand; readonly index: number } {
  const present = findStrand(state, intent.identity);
  if (present && present.strand.state !== 'gone' && present.strand.epoch >= released.epoch) return present;
  if (present?.strand.state === 'closed') {
    reopenStrand(present.strand, released);
    return present;
  }
  const strand = createStrand(intent.identity, 'anonymous', released.epoch, released.generation, now);
  return { strand, index: state.strands.push(strand) - 1 };
}

/** The giver knows that the facts arrived: nothing is left to do. */
export function settleIntent(state: ProfileState, identity: Identity, from: ProfileId): void {
  state.intents = state.intents.filter(
    (intent) => intent.takenFrom !== from || !sameIdentity(intent.identity, identity),
  );
  state.revision++;
}

/** A strand came or went, with all that it brought. */
function settle(state: ProfileState, ruleset: LoadedRuleset, now: Instant, changes: CausedChange[]): void {
  const evaluation = new Evaluation(state, ruleset, now);
  evaluation.moved();
  evaluation.settle('link', changes);
  if (changes.length > 0) openChunk(state.outbox, now).changes.push(...changes);
}
