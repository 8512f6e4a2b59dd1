import type { FactEffect } from '../identity/protocol/handled.ts';
import type { ProfileNode } from '../identity/protocol/node-state.ts';
import type { StrandName } from '../identity/protocol/strand-row.ts';
import type { Instant } from '../lib/ids.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { insertEvent, removeStrand } from '../segment/runtime/log/log.ts';
import { archiveKeysOf } from './archived-under.ts';
import { catchUp, endMemberships } from './catch-up.ts';
import { Evaluation } from './evaluate.ts';
import { type FactRows, NO_CHANGES, type RowChanges } from './fact-rows.ts';
import { nodeOf } from './node.ts';
import { type Cause, type CausedChange, openChunk } from './outbox.ts';
import { isSomebody, type ProfileState } from './state.ts';
import { StrandMove } from './strand-move.ts';
import { carryAll, syncStrands } from './sync-strands.ts';
import { sendArrived } from './unsent.ts';
import { wipeProfile } from './wipe-profile.ts';

/** What the protocol said of a profile, as the object must store it. */
export interface Applied {
  readonly rows: RowChanges;
  readonly changes: readonly CausedChange[];
}

/**
 * Makes a profile what the link protocol says it is, and moves facts as it says. Numbers of strands stay, so that no row is rewritten, but where
 * two histories of one name meet. Memberships are evaluated anew when strands came or went.
 */
export function applyHandled(
  state: ProfileState,
  { node, effects }: { readonly node: ProfileNode; readonly effects: readonly FactEffect[] },
  rows: FactRows,
  ruleset: LoadedRuleset,
  now: Instant,
): Applied {
  state.revision++;
  // Strands go one by one while somebody is erased; the names of all of them must outlive them.
  if (node.state === 'erasing' && state.stitch.state !== 'erasing') state.archiveKeys = archiveKeysOf(state);
  const forwards = node.state === 'forwarded' && state.stitch.state !== 'forwarded';
  if (forwards && state.strands.some(({ trust }) => trust === 'verified')) openChunk(state.outbox, now).ended = true;
  if (effects.some(({ kind }) => kind === 'wipe')) {
    const changes = wipeProfile(state, node, ruleset, now);
    return { rows: { ...NO_CHANGES, wipe: true }, changes };
  }
  if (effects.length === 0 && sameNames(countedIn(nodeOf(state)), countedIn(node))) {
    syncStrands(state, node, ruleset.stitch, now);
    return { rows: NO_CHANGES, changes: [] };
  }
  // Before anybody comes or goes: time passes for those who were here.
  const changes = catchUp(state, ruleset, now);
  const move = new StrandMove(state, rows);
  for (const effect of effects) if (effect.kind === 'rename') move.rename(effect);
  syncStrands(state, node, ruleset.stitch, now);
  move.parcelOut();
  for (const effect of effects) {
    if (effect.kind === 'takeIn') {
      state.activeAt = now;
      move.takeIn(effect.strand, effect.page, now);
    }
    if (effect.kind === 'leave') move.leave(effect.strand, now);
  }
  move.settleLost();
  sendArrived(state, now);
  // What came in with a page may bind the person it came to.
  if (effects.some(({ kind }) => kind === 'takeIn')) carryAll(state);
  settle(state, move, ruleset, now, node.state === 'erasing' ? 'erase' : 'link', changes);
  if (changes.length > 0) openChunk(state.outbox, now).changes.push(...changes);
  return { rows: move.rows(), changes };
}

/** Strands came or went, with all that they brought. */
function settle(
  state: ProfileState,
  move: StrandMove,
  ruleset: LoadedRuleset,
  now: Instant,
  cause: Cause,
  changes: CausedChange[],
): void {
  const { gone, facts } = move.outcome();
  for (const number of gone) removeStrand(state.log, number);
  for (const fact of facts) insertEvent(state.log, fact);
  if (!isSomebody(state)) {
    changes.push(...endMemberships(state, ruleset, now, cause));
    return;
  }
  const evaluation = new Evaluation(state, ruleset, now);
  evaluation.moved();
  evaluation.settle(cause, changes);
}

/** Names of the facts that count. */
function countedIn({ strands, kept }: ProfileNode): ReadonlySet<StrandName> {
  const names = new Set<StrandName>();
  for (const [name, { state }] of Object.entries(strands)) if (state === 'owned') names.add(name as StrandName);
  for (const [name, { state }] of Object.entries(kept)) if (state === 'kept') names.add(name as StrandName);
  return names;
}

function sameNames(one: ReadonlySet<StrandName>, other: ReadonlySet<StrandName>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}
